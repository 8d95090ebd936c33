import type { JsonObject } from './job.ts';

/** A step of a job that is to be tried again. */
export type PastStep = {
  readonly name: string;
  readonly input: JsonObject;
  readonly output: JsonObject | null;
  readonly after: readonly string[];
  readonly runsAlways: boolean;
  readonly isDone: boolean;
  readonly attempts: number;
};

/** What must be done again although it succeeded, and which steps wait for that beside what they wait for anyway. */
export type Redo = {
  readonly names: readonly string[];
  readonly waits: readonly { readonly name: string; readonly after: readonly string[] }[];
};

/**
 * What a clean-up has taken away and is needed again. A step that always runs and was given a storage and a prefix has
 * cleaned up below it: whoever left objects there that a step to be tried again is given, or waits for, makes them anew.
 */
export function stepsToRedo(steps: readonly PastStep[]): Redo {
  const cleaned = steps.filter(({ runsAlways, attempts }) => runsAlways && attempts > 0).map(({ input }) => input);
  const lost = new Map<string, readonly string[]>();
  for (const { name, runsAlways, isDone, output } of steps) {
    if (runsAlways || !isDone) continue;
    const objects = objectsIn(output).filter((object) => cleaned.some((place) => isBelow(object, place)));
    if (objects.length > 0) lost.set(name, objects);
  }
  if (lost.size === 0) return { names: [], waits: [] };
  const needs = new Map(steps.map((step) => [step.name, needsOf(step, lost)]));
  const again = steps.filter(({ runsAlways, isDone }) => !runsAlways && !isDone).map(({ name }) => name);
  const all = new Set(again);
  for (const name of all) for (const each of needs.get(name) ?? []) all.add(each);
  const names = [...all].filter((name) => !again.includes(name));
  const waits = steps
    .filter(({ name }) => all.has(name))
    .map(({ name, after }) => ({ name, after: [...(needs.get(name) ?? [])].filter((each) => !after.includes(each)) }))
    .filter(({ after }) => after.length > 0);
  return { names, waits };
}

/** The steps whose lost objects this one waits for, or is given. */
function needsOf({ name, after, input }: PastStep, lost: ReadonlyMap<string, readonly string[]>): Set<string> {
  const given = new Set(objectsIn(input));
  const needed = [...lost].filter(([by, objects]) => after.includes(by) || objects.some((each) => given.has(each)));
  return new Set(needed.map(([by]) => by).filter((by) => by !== name));
}

/** Objects of storages, as one text each. */
function objectsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  if (typeof value !== 'object' || value === null) return [];
  const { storage, object } = value as Readonly<Record<string, unknown>>;
  const own = typeof storage === 'string' && typeof object === 'string' ? [textOf(storage, object)] : [];
  return [...own, ...Object.values(value).flatMap(objectsIn)];
}

function isBelow(object: string, { storage, prefix }: JsonObject): boolean {
  return typeof storage === 'string' && typeof prefix === 'string' && object.startsWith(textOf(storage, prefix));
}

const textOf = (storage: string, object: string) => JSON.stringify([storage, object]).slice(0, -2);
