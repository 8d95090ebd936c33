import { describe, expect, it } from 'vitest';
import { bufferedAheadMs, liveGap, type Ranges } from './buffer.ts';

const ranges = (...pairs: [number, number][]): Ranges => ({
  length: pairs.length,
  start: (index) => pairs[index]![0],
  end: (index) => pairs[index]![1],
});

describe('liveGap', () => {
  it.each([
    ['nothing', ranges(), 3, undefined],
    ['inside one range', ranges([0, 10]), 4, { startS: 0, endS: 10, behindS: 6, isAcrossGap: false }],
    ['before the first range', ranges([5, 10]), 0, { startS: 5, endS: 10, behindS: 10, isAcrossGap: true }],
    [
      'playing in an older range',
      ranges([0, 5], [20, 25]),
      3,
      { startS: 20, endS: 25, behindS: 22, isAcrossGap: false },
    ],
    [
      'at the end of an older range',
      ranges([0, 5], [20, 25]),
      5,
      { startS: 20, endS: 25, behindS: 20, isAcrossGap: true },
    ],
    ['past the end', ranges([0, 5]), 6, { startS: 0, endS: 5, behindS: 0, isAcrossGap: false }],
  ])('%s', (_name, buffered, position, gap) => {
    expect(liveGap(buffered, position)).toEqual(gap);
  });
});

describe('bufferedAheadMs', () => {
  it.each([
    [ranges(), 0, 0],
    [ranges([0, 5]), 2, 3000],
    [ranges([0, 5], [6, 9]), 2, 3000],
    [ranges([0, 5], [6, 9]), 7, 2000],
    [ranges([0, 5], [6, 9]), 5.5, 0],
    [ranges([0.05, 5]), 0, 5000],
  ])('case %#', (buffered, position, ms) => {
    expect(bufferedAheadMs(buffered, position)).toBeCloseTo(ms);
  });
});
