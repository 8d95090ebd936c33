import { describe, expect, it } from 'vitest';
import { TestClock } from '../live/test-clock.ts';
import { LoadWatch } from './load-watch.ts';

/** Looks once a second for so many seconds, at a speed and with so much delay from the start; says when it is too slow. */
function slowAfter({ speed = 1, lagMs = 100, seconds = 60, source = 1 }): number | undefined {
  const clock = new TestClock();
  const watch = new LoadWatch(clock);
  for (let second = 1; second <= seconds; second++) {
    clock.advance(1000);
    const fedMs = second * 1000 * source + lagMs;
    if (watch.isTooSlow({ lastDtsMs: fedMs, skips: 0 }, second * 1000 * source * speed)) return second;
  }
  return undefined;
}

describe('LoadWatch', () => {
  it.each([
    ['as fast as the source', {}, undefined],
    ['late but as fast', { lagMs: 5000 }, undefined],
    ['at half speed', { speed: 0.5 }, 11],
    ['a little too slow, noticed when it is 2 s behind', { speed: 0.95 }, 39],
    ['slow while nothing comes', { speed: 0.5, source: 0 }, undefined],
  ] as const)('%s', (_what, run, expected) => {
    expect(slowAfter(run)).toBe(expected);
  });

  it('takes a skip for being too slow, once', () => {
    const watch = new LoadWatch(new TestClock());
    expect(watch.isTooSlow({ lastDtsMs: 0, skips: 1 }, undefined)).toBe(true);
    expect(watch.isTooSlow({ lastDtsMs: 0, skips: 1 }, undefined)).toBe(false);
  });
});
