import { expect, it } from 'vitest';
import { backoffMs, newest } from './newest.ts';

it('newest keeps the last, the newest first', () => {
  expect(newest([4, 5], [3, 2, 1])).toEqual([5, 4, 3, 2, 1]);
  expect(newest([4, 5], [3, 2, 1], 3)).toEqual([5, 4, 3]);
  expect(newest([1, 2, 3, 4], [], 2)).toEqual([4, 3]);
  expect(newest([], [2, 1], 2)).toEqual([2, 1]);
});

it('backoffMs doubles up to half a minute', () => {
  expect([1, 2, 3, 4, 5, 6, 60].map((failures) => backoffMs(failures, 1))).toEqual([
    1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
  ]);
  expect(backoffMs(1, 0)).toBe(500);
});
