import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOCK_CELL_COUNT, decodeClock, encodeClock } from './clock-pattern.ts';

const cases: readonly [ms: number, cells: string][] = [
  [0, `101${'0'.repeat(42)}000`],
  [1, `101${'0'.repeat(41)}1001`],
  [2 ** 41, `1011${'0'.repeat(41)}001`],
  [2 ** 42 - 1, `101${'1'.repeat(42)}010`],
  // 1 800 000 000 000 = 0x1A3185C5000
  [1_800_000_000_000, '101011010001100011000010111000101000000000000101'],
];

const draw = (cells: readonly boolean[]) => cells.map((cell) => (cell ? '1' : '0')).join('');
const read = (drawn: string) => [...drawn].map((cell) => cell === '1');

describe('encodeClock', () => {
  it.each(cases)('draws %i', (ms, cells) => {
    expect(draw(encodeClock(ms))).toBe(cells);
  });

  it.each([-1, 0.5, 2 ** 42, Number.NaN])('refuses %d', (ms) => {
    expect(() => encodeClock(ms)).toThrow(RangeError);
  });
});

describe('decodeClock', () => {
  it.each(cases)('reads %i', (ms, cells) => {
    expect(decodeClock(read(cells))).toBe(ms);
  });

  it('returns every time that was drawn', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 42 - 1 }), (ms) => decodeClock(encodeClock(ms)) === ms));
  });

  it('notices any one wrong cell', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 42 - 1 }),
        fc.integer({ min: 0, max: CLOCK_CELL_COUNT - 1 }),
        (ms, wrong) => decodeClock(encodeClock(ms).map((cell, i) => (i === wrong ? !cell : cell))) === undefined,
      ),
    );
  });

  it.each([[[]], [read('1'.repeat(48))], [read('0'.repeat(48))], [read(`${cases[0]![1]}0`)]])(
    'refuses what is no clock (%#)',
    (cells) => {
      expect(decodeClock(cells)).toBeUndefined();
    },
  );
});
