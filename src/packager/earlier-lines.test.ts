import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MediaSegment } from '../protocol/m3u8/index.ts';
import { EarlierLines } from './earlier-lines.ts';
import type { EarlierSegment } from './earlier-segments.ts';

const listed = ({ number, wallMs, initName, isDiscontinuity }: EarlierSegment, index: number): MediaSegment => ({
  uri: `${number}.m4s`,
  durationSeconds: 2,
  map: { uri: initName },
  key: { method: 'AES-128', uri: `${Math.floor(wallMs / 10_000)}.key` },
  ...(isDiscontinuity ? { isDiscontinuity } : {}),
  ...(index === 0 ? { programDateTimeMs: wallMs } : {}),
});

const segments: EarlierSegment[] = Array.from({ length: 60 }, (_, number) => ({
  number,
  wallMs: number * 2000,
  durationMs: 2000,
  isDiscontinuity: number % 13 === 0,
  discontinuities: Math.floor(number / 13),
  initName: `init-${Math.floor(number / 17)}.mp4`,
}));

describe('EarlierLines', () => {
  it('are the same as those of one that knows nothing yet, whatever was listed before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(59), fc.nat(60)), { minLength: 1, maxLength: 8 }), (windows) => {
        const lines = new EarlierLines();
        for (const [from, to] of windows) {
          const window = segments.slice(from, to).filter(({ number }) => to % 7 !== 0 || number % 5 !== 0);
          expect(lines.of(window, listed)).toBe(new EarlierLines().of(window, listed));
        }
      }),
    );
  });

  it('are printed once, but for the first', () => {
    const lines = new EarlierLines();
    const printed: number[] = [];
    const counted = (segment: EarlierSegment, index: number) => {
      printed.push(segment.number);
      return listed(segment, index);
    };
    lines.of(segments.slice(0, 50), counted);
    printed.length = 0;
    lines.of(segments.slice(1, 50), counted);
    expect(printed).toEqual([1]);
    printed.length = 0;
    lines.of(segments.slice(1, 51), counted);
    expect(new Set(printed)).toEqual(new Set([1, 49, 50]));
  });
});
