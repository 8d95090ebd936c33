import { describe, expect, it } from 'vitest';
import { HeavyHitters } from './heavy-hitters.ts';

describe('HeavyHitters', () => {
  it('is exact while there is room', () => {
    const hitters = new HeavyHitters(3);
    for (const [value, bytes] of [
      ['a', 5],
      ['b', 7],
      ['a', 1],
    ] as const)
      hitters.add(value, bytes);
    expect([...hitters.values()]).toEqual([
      { value: 'a', bytes: 6, uncertainBytes: 0 },
      { value: 'b', bytes: 7, uncertainBytes: 0 },
    ]);
  });

  it('keeps the large ones among any number of strangers, and says how wrong it may be', () => {
    const hitters = new HeavyHitters(64);
    const real = new Map<string, number>();
    for (let i = 0; i < 50_000; i++) {
      const value = i % 10 === 0 ? `big ${(i / 10) % 5}` : `stranger ${i % 997}`;
      const bytes = i % 10 === 0 ? 400 : 10;
      hitters.add(value, bytes);
      real.set(value, (real.get(value) ?? 0) + bytes);
    }
    expect(hitters.size).toBe(64);
    const top = [...hitters.values()].sort((a, b) => b.bytes - a.bytes);
    expect(
      top
        .slice(0, 5)
        .map(({ value }) => value)
        .sort(),
    ).toEqual(['big 0', 'big 1', 'big 2', 'big 3', 'big 4']);
    for (const { value, bytes, uncertainBytes } of top) {
      expect(bytes).toBeGreaterThanOrEqual(real.get(value) ?? 0);
      expect(bytes - uncertainBytes).toBeLessThanOrEqual(real.get(value) ?? 0);
    }
  });
});
