import { expect, it } from 'vitest';
import { streamKey } from '../live/index.ts';
import { TestClock } from '../live/test-clock.ts';
import { streamSettingsSchema } from '../rules/index.ts';
import { type PublishedBefore, streamSetup } from './stream-setup.ts';

const DAY_MS = 86_400_000;

it('counts discontinuities on from node to node, in numbers that a player can walk', () => {
  const id = { domain: 'default', app: 'live', name: 'demo' };
  const settings = streamSettingsSchema.parse({});
  const limits = { gopBytes: 1e6, gopSeconds: 20 };
  const after = (goesOnAtMs: number | undefined, epoch: number) => {
    const before = { goesOnAtMs, epoch, leastSegment: 0 };
    return streamSetup(id, settings, limits, new Map<string, number>(), new TestClock(), before).plan.after;
  };
  expect(after(undefined, 7)).toBeUndefined();
  const counts = [
    [1000, 2],
    [1500, 3],
    [DAY_MS, 4],
    [365 * DAY_MS, 5],
  ] as const;
  const told = counts.map(([atMs, epoch]) => after(atMs, epoch)?.discontinuities ?? Number.NaN);
  expect(told).toEqual([...new Set(told)].toSorted((a, b) => a - b));
  expect(told.at(-1)).toBeLessThan(100_000);
});

it('counts them on where the stream was published before on this node, as after a crash', () => {
  const id = { domain: 'default', app: 'live', name: 'demo' };
  const limits = { gopBytes: 1e6, gopSeconds: 20 };
  const planOf = (marks: ReadonlyMap<string, number>, before?: PublishedBefore) =>
    streamSetup(id, streamSettingsSchema.parse({}), limits, marks, new TestClock(), before).plan;
  const key = streamKey(id);
  expect(planOf(new Map())).toMatchObject({ after: undefined, discontinuities: 0 });
  // What an older release remembered.
  expect(planOf(new Map([[key, 100]]))).toMatchObject({ after: undefined, discontinuities: 1 });
  const marks = new Map([
    [key, 100],
    [`${key} discontinuities`, 64],
  ]);
  expect(planOf(marks)).toMatchObject({ after: undefined, discontinuities: 65 });
  const elsewhere = { goesOnAtMs: 1000, leastSegment: 0 };
  expect(planOf(marks, { ...elsewhere, epoch: 7 }).after?.discontinuities).toBe(64);
  expect(planOf(marks, { ...elsewhere, epoch: 70 }).after?.discontinuities).toBe(70);
});
