import { describe, expect, it } from 'vitest';
import { wantedLevel } from './wanted-level.ts';

const KBPS = [300, 800, 2000].map((kbps) => kbps * 1000);

describe('wantedLevel', () => {
  it.each([
    ['stays where there is room for this one only', 1, 2_000_000, 1],
    ['goes up where there is room to spare', 1, 3_000_000, 2],
    ['goes up over a level', 0, 10_000_000, 2],
    ['stays though the room is not what it would go up for', 2, 2_200_000, 2],
    ['goes down', 2, 2_000_000, 1],
    ['goes down as far as it must', 2, 500_000, 0],
    ['takes the least where there is room for none', 2, 100_000, 0],
    ['stays while nothing is known', 1, Number.NaN, 1],
  ])('%s', (_what, current, estimate, wanted) => {
    expect(wantedLevel(KBPS, current, estimate)).toBe(wanted);
  });
});
