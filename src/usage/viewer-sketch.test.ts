import { describe, expect, it } from 'vitest';
import { ViewerSketch, viewerHash } from './viewer-sketch.ts';

const sketchOf = (from: number, to: number) => {
  const sketch = new ViewerSketch();
  for (let n = from; n < to; n++) sketch.add(viewerHash(`address ${n}`));
  return sketch;
};

const reread = (sketch: ViewerSketch) => {
  const again = new ViewerSketch();
  again.merge(sketch.bytes());
  return again;
};

describe('ViewerSketch', () => {
  it.each([0, 1, 10, 100, 600, 5000, 50_000])('estimates %i within a twentieth, and no more bytes than 2049', (n) => {
    const sketch = sketchOf(0, n);
    expect(Math.abs(sketch.estimate() - n)).toBeLessThanOrEqual(Math.ceil(n * 0.05));
    expect(sketch.bytes().length).toBeLessThanOrEqual(2049);
    expect(reread(sketch).estimate()).toBe(sketch.estimate());
  });

  it('says whether anything changed, and counts nobody twice', () => {
    const sketch = new ViewerSketch();
    expect(sketch.add(viewerHash('a'))).toBe(true);
    expect(sketch.add(viewerHash('a'))).toBe(false);
    expect(sketch.estimate()).toBe(1);
  });

  it.each([
    [100, 200],
    [100, 3000],
    [3000, 9000],
  ])('merges 0 to %i with 50 to %i', (first, second) => {
    const merged = reread(sketchOf(0, first));
    merged.merge(sketchOf(50, second).bytes());
    expect(merged.estimate()).toBe(sketchOf(0, Math.max(first, second)).estimate());
  });

  it('takes nothing from bytes that are no sketch', () => {
    const sketch = new ViewerSketch();
    for (const bytes of [[], [1, 2, 3], [7, 1, 1], [0, 5]]) sketch.merge(Uint8Array.from(bytes));
    expect(sketch.estimate()).toBe(0);
  });
});
