import { describe, expect, it } from 'vitest';
import type { ArchivedSegment } from '../archive/index.ts';
import { cutRange, lastRange } from './cut-range.ts';

const segment = (number: number, wallMs: number, startDtsMs: number, fields: Partial<ArchivedSegment> = {}) =>
  ({ number, wallMs, startDtsMs, durationMs: 2000, isDiscontinuity: false, ...fields }) as ArchivedSegment;

const before = [segment(4, 10_000, 0), segment(5, 12_003, 2000), segment(6, 14_000, 4000)];
const after = [segment(9, 50_000, 30_000, { isDiscontinuity: true }), segment(10, 52_000, 32_000)];
const all = [...before, ...after];

function cut(segments: readonly ArchivedSegment[], startMs: number, endMs: number) {
  const range = cutRange(segments, startMs, endMs);
  return range && [range.first.number, range.last.number, range.fromMs, range.toMs];
}

describe('cutRange', () => {
  it.each([
    ['within a segment', 10_500, 11_000, [4, 4, 500, 1000]],
    ['over several', 10_500, 14_100, [4, 6, 500, 4100]],
    ['up to a boundary', 10_000, 12_000, [4, 4, 0, 2000]],
    ['in the milliseconds that a clock went on', 12_001, 12_002, undefined],
    ['from one boundary to another', 12_003, 14_000, [5, 5, 2000, 3997]],
    ['up to where a clock went on', 11_000, 12_002, [4, 4, 1000, 2000]],
    ['from before all', 0, 10_500, [4, 4, 0, 500]],
    ['to behind all', 53_000, 99_000, [10, 10, 33_000, Number.POSITIVE_INFINITY]],
    ['over a gap', 15_000, 50_500, [6, 9, 5000, 30_500]],
    ['from a gap', 20_000, 50_500, [9, 9, 30_000, 30_500]],
    ['into a gap', 15_000, 20_000, [6, 6, 5000, Number.POSITIVE_INFINITY]],
    ['of a gap', 20_000, 30_000, undefined],
    ['before all', 0, 1000, undefined],
    ['behind all', 90_000, 91_000, undefined],
    ['reversed', 12_500, 10_500, undefined],
    ['of no length', 12_500, 12_500, undefined],
  ])('%s', (_, startMs, endMs, range) => {
    expect(cut(all, startMs, endMs)).toEqual(range);
  });

  it('is of nothing where there is nothing', () => {
    expect(cutRange([], 0, 1e12)).toBeUndefined();
  });
});

describe('lastRange', () => {
  it.each([
    ['within a segment', 11_500, 1000, [4, 4, 500, 1500]],
    ['over several', 14_500, 3000, [4, 6, 1500, 4500]],
    ['of a whole segment', 12_000, 2000, [4, 4, 0, 2000]],
    ['of more than there is', 14_500, 60_000, [4, 6, 0, 4500]],
    ['over a gap, which does not count', 50_500, 1500, [6, 9, 5000, 30_500]],
    ['from a gap back', 20_000, 1000, [6, 6, 5000, Number.POSITIVE_INFINITY]],
    ['from behind all', 99_000, 3000, [9, 10, 31_000, Number.POSITIVE_INFINITY]],
    ['from before all', 9000, 3000, undefined],
  ])('is so much of the stream %s', (_, endMs, lengthMs, expected) => {
    const range = lastRange(all, endMs, lengthMs);
    expect(range && [range.first.number, range.last.number, range.fromMs, range.toMs]).toEqual(expected);
  });

  it('counts what came unevenly', () => {
    // Held up for two seconds on the way, and then all at once.
    const late = [segment(1, 10_000, 0), segment(2, 14_000, 2000), segment(3, 14_300, 4000)];
    const range = lastRange(late, 15_300, 4000);
    expect(range).toMatchObject({ fromMs: 1000, toMs: 5000 });
  });
});
