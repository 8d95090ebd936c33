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

  it.each([1, 3, 15])('does not take %i s without a source for being slow', (awaySeconds) => {
    const clock = new TestClock();
    const watch = new LoadWatch(clock);
    const lookAheadMs = 1500;
    const lookUntil = (fromMs: number, toMs: number, reachedMs: (fedMs: number) => number) => {
      for (let fedMs = fromMs; fedMs <= toMs; fedMs += 1000) {
        clock.advance(1000);
        expect(watch.isTooSlow({ lastDtsMs: fedMs, skips: 0 }, reachedMs(fedMs))).toBe(false);
      }
    };
    lookUntil(0, 12_000, (fedMs) => fedMs - lookAheadMs);
    clock.advance(awaySeconds * 1000);
    watch.sourceLeapt();
    const backMs = 12_000 + awaySeconds * 1000;
    // What is looked ahead from before it was away comes out as what is of after it goes in.
    lookUntil(backMs + 500, backMs + 1000, () => 11_500);
    lookUntil(backMs + 2000, backMs + 60_000, (fedMs) => fedMs - lookAheadMs);
  });
});
