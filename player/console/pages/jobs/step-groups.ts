import type { JobStep, StepState } from './read-jobs.ts';

/** A step, and those that it made: one for each item of a list. */
export type StepGroup = {
  readonly step: JobStep;
  readonly parts: readonly JobStep[];
  /** What it comes after, in words of the whole: parts are left out. */
  readonly after: readonly string[];
  readonly state: StepState;
  readonly percent: number;
};

/** As the server names what a step with `foreach` makes. */
const PART = /^(.+)-\d{5}$/;
/** What is told of the parts of a step: the first of these that one of them is. */
const WORST = ['failed', 'running', 'pending', 'waiting', 'cancelled', 'skipped'] as const;

/** Steps in their order, what comes after others below them, parts with the step that made them. */
export function groupSteps(steps: readonly JobStep[]): readonly StepGroup[] {
  const makers = new Map(steps.filter(({ action }) => action === 'foreach').map(({ name }) => [name, [] as JobStep[]]));
  const alone = steps.filter((step) => {
    const parts = makers.get(PART.exec(step.name)?.[1] ?? '');
    parts?.push(step);
    return parts === undefined;
  });
  const isAlone = new Set(alone.map(({ name }) => name));
  return inOrder(alone).map((step) => {
    const after = step.after.filter((name) => isAlone.has(name));
    return { step, after, ...toldOf(step, makers.get(step.name) ?? []) };
  });
}

function toldOf(step: JobStep, parts: readonly JobStep[]): Pick<StepGroup, 'parts' | 'state' | 'percent'> {
  if (parts.length === 0) return { parts, state: step.state, percent: step.percent };
  const isBegun = parts.some(({ state }) => state === 'succeeded');
  const worst = WORST.find((state) => parts.some((part) => part.state === state)) ?? 'succeeded';
  const isBetween = isBegun && (worst === 'pending' || worst === 'waiting');
  const done = parts.reduce((sum, { state, percent }) => sum + (state === 'succeeded' ? 100 : percent), 0);
  return { parts, state: isBetween ? 'running' : worst, percent: done / parts.length };
}

function inOrder(steps: readonly JobStep[]): readonly JobStep[] {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const depths = new Map<string, number>();
  const depthOf = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    depths.set(name, 0);
    const depth = Math.max(-1, ...(byName.get(name)?.after ?? []).map(depthOf)) + 1;
    depths.set(name, depth);
    return depth;
  };
  return steps.toSorted((a, b) => depthOf(a.name) - depthOf(b.name));
}
