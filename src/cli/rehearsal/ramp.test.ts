import { expect, it } from 'vitest';
import { Ramp } from './ramp.ts';

it('Ramp lets them come evenly, and nobody faster after a pause', () => {
  const ramp = new Ramp(10, 1000, 5000);
  expect([5000, 5050, 5100, 5500].map((nowMs) => ramp.due(nowMs, false))).toEqual([1, 1, 1, 5]);
  expect([5600, 9000].map((nowMs) => ramp.due(nowMs, true))).toEqual([5, 5]);
  expect([9100, 9500, 99_000].map((nowMs) => ramp.due(nowMs, false))).toEqual([6, 10, 10]);
  expect(new Ramp(10, 0, 0).due(0, false)).toBe(10);
});
