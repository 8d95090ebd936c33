import { expect, it } from 'vitest';
import { GiveWay } from './give-way.ts';

const rung = (name: string, weight: number, isLazy = false) => ({ name, weight, isLazy });
const low = rung('low', 1);
const middle = rung('middle', 2);
const high = rung('high', 3);
const viewed = rung('viewed', 9, true);

it('gives up nothing without a reason, then what only runs for its viewers, then the topmost, one in ten seconds', () => {
  const way = new GiveWay();
  const chosen = (nowMs: number, pressure: object, ...running: (typeof low)[]) =>
    way.choose(running, pressure, nowMs).map((each) => `${each.rung.name}: ${each.reason}`);
  expect(chosen(0, {}, low, high, viewed)).toEqual([]);
  expect(chosen(0, { lazy: 'busy' }, low, high, viewed)).toEqual(['viewed: busy']);
  const both = { lazy: 'busy', top: 'full' };
  expect(chosen(1000, both, low, viewed, high, middle)).toEqual(['viewed: busy', 'high: full']);
  expect(chosen(10_999, both, low, middle)).toEqual([]);
  expect(chosen(11_000, both, low, middle)).toEqual(['middle: full']);
  expect(chosen(99_000, both, low)).toEqual([]);
  expect(chosen(99_000, both, viewed, low)).toEqual(['viewed: busy']);
});
