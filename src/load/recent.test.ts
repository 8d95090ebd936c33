import { describe, expect, it } from 'vitest';
import { RecentMeasures } from './recent.ts';

describe('RecentMeasures', () => {
  it('keeps the worst of each five seconds, for five minutes', () => {
    const recent = new RecentMeasures();
    const take = (loop: number, freeBytes: number) =>
      recent.take([
        { resource: 'event-loop', value: loop, unit: 'ms', words: '' },
        { resource: 'disk', value: freeBytes, unit: 'bytes', isFree: true, words: '' },
      ]);
    for (const [at, loop] of [1, 9, 2, 3, 4, 7, 5].entries()) take(loop, 100 - at);
    expect([recent.of('event-loop'), recent.of('disk'), recent.of('memory')]).toEqual([[9, 7], [96, 94], []]);
    for (let second = 0; second < 400; second++) take(8, 50);
    expect(recent.of('event-loop')).toEqual(Array.from({ length: 60 }, () => 8));
  });
});
