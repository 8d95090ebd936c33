import { describe, expect, it } from 'vitest';
import { SampleClock } from './sample-clock.ts';

const DAY_MS = 86_400_000;

describe('SampleClock', () => {
  it.each([44_100, 48_000])('is exact to the sample at %d Hz for a day of times rounded to ms', (rate) => {
    const clock = new SampleClock(rate);
    for (let samples = 0; (samples * 1000) / rate < DAY_MS; samples += 1024) {
      const time = clock.stamp(Math.round((samples * 1000) / rate), 1024);
      if (time !== samples) expect(time).toBe(samples);
    }
  });

  it.each([
    ['fast', 1.0005],
    ['slow', 0.9995],
  ])('follows an encoder whose clock is %s, never going back', (_name, speed) => {
    const clock = new SampleClock(48_000);
    let last = -1;
    let worst = 0;
    for (let frame = 0; frame < 50_000; frame++) {
      const dtsMs = Math.round((frame * 1024 * speed) / 48);
      const time = clock.stamp(dtsMs, 1024);
      expect(time).toBeGreaterThan(last);
      worst = Math.max(worst, Math.abs(time / 48 - dtsMs));
      last = time;
    }
    expect(worst).toBeLessThanOrEqual(31);
  });

  it('leaves gaps that the encoder leaves, and is exact again behind them', () => {
    const clock = new SampleClock(48_000);
    expect([0, 21, 43].map((dtsMs) => clock.stamp(dtsMs, 1024))).toEqual([0, 1024, 2048]);
    expect([5000, 5021].map((dtsMs) => clock.stamp(dtsMs, 1024))).toEqual([240_000, 241_024]);
  });

  it('takes what jitters around the truth by less than 30 ms', () => {
    const clock = new SampleClock(48_000);
    const jitter = [0, 12, -20, 25, -8, 3];
    expect(jitter.map((ms, index) => clock.stamp(1000 + index * 20 + ms, 960))).toEqual(
      jitter.map((_, index) => 48_000 + index * 960),
    );
  });
});
