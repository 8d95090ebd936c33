import type { NewStep, StepState } from './job.ts';
import { JobError } from './job-error.ts';

const MAX_STEPS = 10_000;
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9._:-]{0,99}$/;

/** A step as far as the graph is concerned. */
export type GraphStep = {
  readonly name: string;
  readonly after: readonly string[];
  readonly runsAlways: boolean;
  readonly state: Exclude<StepState, 'running'>;
};

/** What follows from the states of the steps: who may run now, who never will, and whether all is over. */
export type Advance = {
  readonly ready: readonly string[];
  readonly skipped: readonly string[];
  readonly isOver: boolean;
};

/** Refuses steps that cannot become a graph: names twice, unknown ones, circles. `known` are steps already there. */
export function checkSteps(steps: readonly NewStep[], known: readonly string[] = []): void {
  const names = new Set(known);
  for (const { name, maxAttempts = 1 } of steps) {
    if (!NAME.test(name)) throw badSteps(`the step name ${JSON.stringify(name)} is none`);
    if (names.has(name)) throw badSteps(`the step ${name} is there twice`);
    if (!Number.isInteger(maxAttempts) || maxAttempts < 1) throw badSteps(`the step ${name} has no whole maxAttempts`);
    names.add(name);
  }
  if (steps.length === 0 && known.length === 0) throw badSteps('there is no step');
  if (names.size > MAX_STEPS) throw badSteps(`there are more than ${MAX_STEPS} steps`);
  for (const { name, after = [] } of steps) {
    const missing = after.find((each) => !names.has(each));
    if (missing !== undefined) throw badSteps(`the step ${name} comes after ${missing}, which there is not`);
  }
  checkCircles(steps);
}

/** Takes away what comes after nothing left, until nothing is left; known steps count as gone. */
function checkCircles(steps: readonly NewStep[]): void {
  const left = new Map(steps.map((step) => [step.name, new Set(step.after)]));
  for (const after of left.values()) for (const name of after) if (!left.has(name)) after.delete(name);
  const followers = new Map<string, string[]>();
  for (const [name, after] of left)
    for (const each of after) followers.set(each, [...(followers.get(each) ?? []), name]);
  const free = [...left].filter(([, after]) => after.size === 0).map(([name]) => name);
  for (let name = free.pop(); name !== undefined; name = free.pop()) {
    left.delete(name);
    for (const follower of followers.get(name) ?? []) {
      const after = left.get(follower);
      after?.delete(name);
      if (after?.size === 0) free.push(follower);
    }
  }
  const [first] = left.keys();
  if (first !== undefined) throw badSteps(`the step ${first} comes after itself`);
}

const OVER: ReadonlySet<StepState> = new Set(['succeeded', 'failed', 'skipped', 'cancelled']);

/** Looks at all steps of a job after one of them has changed. */
export function advance(steps: readonly GraphStep[]): Advance {
  const states = new Map<string, StepState>(steps.map(({ name, state }) => [name, state]));
  const byName = new Map(steps.map((step) => [step.name, step]));
  const ready: string[] = [];
  const skipped: string[] = [];
  for (let isMoved = true; isMoved; ) {
    isMoved = false;
    for (const step of steps) {
      if (states.get(step.name) !== 'waiting') continue;
      const verdict = verdictOn(step, states, byName);
      if (verdict === 'waiting') continue;
      states.set(step.name, verdict);
      (verdict === 'pending' ? ready : skipped).push(step.name);
      isMoved = true;
    }
  }
  return { ready, skipped, isOver: [...states.values()].every((state) => OVER.has(state)) };
}

function verdictOn(
  step: GraphStep,
  states: ReadonlyMap<string, StepState>,
  byName: ReadonlyMap<string, GraphStep>,
): 'waiting' | 'pending' | 'skipped' {
  const before = step.after.map((name) => states.get(name) ?? 'succeeded');
  if (before.every((state) => state === 'succeeded')) return 'pending';
  if (step.runsAlways) return isSettled(step, states, byName) ? 'pending' : 'waiting';
  return before.some((state) => OVER.has(state) && state !== 'succeeded') ? 'skipped' : 'waiting';
}

/** Whether all before it is over: a step is skipped at once, while what it would have waited for may still be at work. */
function isSettled(
  step: GraphStep,
  states: ReadonlyMap<string, StepState>,
  byName: ReadonlyMap<string, GraphStep>,
): boolean {
  const seen = new Set(step.after);
  for (const name of seen) {
    const state = states.get(name) ?? 'succeeded';
    if (!OVER.has(state)) return false;
    if (state === 'skipped') for (const each of byName.get(name)?.after ?? []) seen.add(each);
  }
  return true;
}

function badSteps(message: string): JobError {
  return new JobError(
    'JOB_STEPS_INVALID',
    message,
    'Name each step once, after others of the same job, without a circle.',
  );
}
