import { describe, expect, it } from 'vitest';
import { RateWindow } from './rate-window.ts';

describe('RateWindow', () => {
  it('knows nothing before the first piece', () => {
    expect(new RateWindow(8).kbps()).toBeUndefined();
  });

  it.each<[string, [number, number][], number]>([
    ['one segment', [[250_000, 2]], 1000],
    [
      'audio beside video',
      [
        [250_000, 2],
        [50_000, 0],
      ],
      1200,
    ],
    [
      'only the last seconds',
      [
        [9_000_000, 4],
        [500_000, 4],
        [500_000, 4],
      ],
      1000,
    ],
    ['one piece longer than the window', [[1_250_000, 10]], 1000],
  ])('%s', (_name, pieces, kbps) => {
    const rate = new RateWindow(8);
    for (const [bytes, durationS] of pieces) rate.add(bytes, durationS);
    expect(rate.kbps()).toBeCloseTo(kbps);
  });
});
