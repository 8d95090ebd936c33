import { describe, expect, it } from 'vitest';
import { TestClock } from '../live/test-clock.ts';
import { Backoff } from './backoff.ts';

describe('Backoff', () => {
  it('doubles up to 30 s, and begins anew after a run that lasted', () => {
    const clock = new TestClock();
    const backoff = new Backoff(clock);
    let starts = 0;
    const failAfter = (ranMs: number) => {
      const restMs = backoff.rest(ranMs, () => starts++);
      clock.advance(restMs - 1);
      expect(backoff.isResting).toBe(true);
      clock.advance(1);
      expect(backoff.isResting).toBe(false);
      return restMs;
    };
    const rests = [0, 100, 100, 100, 100, 100, 100, 100, 29_999, 30_000, 0].map(failAfter);
    expect(rests).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 500, 1000]);
    expect([starts, backoff.failures, backoff.failuresInARow]).toEqual([11, 11, 2]);
  });

  it('starts nothing once it is cancelled, and only once if it fails again while it rests', () => {
    const clock = new TestClock();
    const backoff = new Backoff(clock);
    let starts = 0;
    backoff.rest(0, () => starts++);
    backoff.rest(0, () => starts++);
    clock.advance(60_000);
    expect(starts).toBe(1);
    backoff.rest(0, () => starts++);
    backoff.cancel();
    clock.advance(60_000);
    expect([starts, clock.pendingTimers]).toEqual([1, 0]);
  });
});
