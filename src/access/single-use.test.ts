import { expect, it } from 'vitest';
import { SingleUse } from './single-use.ts';

it('SingleUse lets each in once until it expires, forgets the expired, and is never larger than its capacity', () => {
  let nowMs = 0;
  const used = new SingleUse({ capacity: 3, nowMs: () => nowMs });
  expect(used.use('a', 1000)).toBe('first');
  expect(used.use('a', 1000)).toBe('again');
  expect(used.isUsed('a')).toBe(true);
  expect(used.use('b', 50_000)).toBe('first');
  expect(used.use('c', 50_000)).toBe('first');
  expect(used.use('d', 50_000)).toBe('full');
  nowMs = 20_000;
  expect(used.isUsed('a')).toBe(false);
  expect(used.use('d', 50_000)).toBe('first');
  expect(used.size).toBe(3);
  used.release('d');
  expect(used.use('d', 50_000)).toBe('first');
});
