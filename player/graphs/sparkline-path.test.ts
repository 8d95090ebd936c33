import { describe, expect, it } from 'vitest';
import { graphTop, sparklinePaths } from './sparkline-path.ts';

const box = { width: 100, height: 20, slots: 5, max: 10 };

describe('sparklinePaths', () => {
  it.each([
    ['nothing', [], '', ''],
    ['a full line', [0, 10, 5, 0, 20], 'M0 20L25 0L50 10L75 20L100 0', 'M0 20L0 20L25 0L50 10L75 20L100 0L100 20Z'],
    ['the newest at the right', [5, 10], 'M75 10L100 0', 'M75 20L75 10L100 0L100 20Z'],
    ['a gap', [5, undefined, 10], 'M50 10M100 0', 'M50 20L50 10L50 20ZM100 20L100 0L100 20Z'],
    [
      'only the last slots',
      [1, 1, 10, 10, 10, 10, 10],
      'M0 0L25 0L50 0L75 0L100 0',
      'M0 20L0 0L25 0L50 0L75 0L100 0L100 20Z',
    ],
  ])('draws %s', (_name, values, line, area) => {
    expect(sparklinePaths(values, box)).toEqual({ line, area });
  });

  it('draws no number that SVG cannot read', () => {
    expect(sparklinePaths([1, 2], { ...box, slots: 1, max: 0 }).line).not.toMatch(/NaN|Infinity/);
  });
});

describe('graphTop', () => {
  it.each([
    [[], 5, 5],
    [[1, undefined], 5, 5],
    [[100], 5, 115],
  ])('%j with %i is %i', (values, least, top) => expect(graphTop(values, least)).toBeCloseTo(top));
});
