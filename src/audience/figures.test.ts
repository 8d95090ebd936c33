import { describe, expect, it } from 'vitest';
import { DurationSketch } from './duration-sketch.ts';
import { UniqueCounter } from './unique-counter.ts';
import { ViewerCurve } from './viewer-curve.ts';

describe('UniqueCounter', () => {
  it.each([0, 1, 2, 2000])('counts %s exactly', (count) => {
    const counter = new UniqueCounter();
    for (let round = 0; round < 2; round++) for (let i = 0; i < count; i++) counter.add(`viewer ${i}`);
    expect(counter.count).toBe(count);
  });

  it.each([10_000, 100_000])('estimates %s within 5 %%', (count) => {
    const counter = new UniqueCounter();
    for (let i = 0; i < count; i++) counter.add(`viewer ${i}`);
    expect(Math.abs(counter.count - count) / count).toBeLessThan(0.05);
  });
});

describe('DurationSketch', () => {
  it('says nothing of nothing', () => expect(new DurationSketch().figures()).toBeUndefined());

  it('gives percentiles within 5 %', () => {
    const sketch = new DurationSketch();
    for (let ms = 1; ms <= 1000; ms++) sketch.add(ms);
    const { count, p50Ms, p95Ms } = sketch.figures() ?? { count: 0, p50Ms: 0, p95Ms: 0 };
    expect(count).toBe(1000);
    expect(Math.abs(p50Ms - 500) / 500).toBeLessThan(0.05);
    expect(Math.abs(p95Ms - 950) / 950).toBeLessThan(0.05);
  });

  it('takes any duration', () => {
    const sketch = new DurationSketch();
    for (const ms of [0, -5, 1e12]) sketch.add(ms);
    expect(sketch.figures()?.count).toBe(3);
  });
});

describe('ViewerCurve', () => {
  it('has the most viewers of each step, by door', () => {
    const curve = new ViewerCurve(0);
    curve.change('flv', 1, 1000);
    curve.change('hls', 1, 2000);
    curve.sent(500);
    curve.change('flv', -1, 3000);
    curve.tick(25_000);
    expect(curve.peak).toEqual({ viewers: 2, atMs: 2000 });
    expect(curve.points()).toMatchObject([
      { atMs: 0, viewers: { flv: 1, hls: 1, rtmp: 0 }, allViewers: 2, bytes: 500 },
      { atMs: 10_000, viewers: { flv: 0, hls: 1 }, allViewers: 1, bytes: 0 },
      { atMs: 20_000, allViewers: 1 },
    ]);
  });

  it('has no more than 721 points however long the show, and loses no peak and no byte', () => {
    const curve = new ViewerCurve(0);
    const dayMs = 86_400_000;
    for (let ms = 0; ms < 3 * dayMs; ms += 5000) {
      const isPeak = ms === dayMs;
      if (isPeak) for (let i = 0; i < 9; i++) curve.change('rtmp', 1, ms);
      if (isPeak) for (let i = 0; i < 9; i++) curve.change('rtmp', -1, ms + 1);
      curve.sent(10);
      curve.tick(ms);
    }
    const points = curve.points();
    expect(points.length).toBeLessThanOrEqual(721);
    expect(points.reduce((sum, { bytes }) => sum + bytes, 0)).toBe((3 * dayMs * 10) / 5000);
    expect(Math.max(...points.map(({ viewers }) => viewers.rtmp))).toBe(9);
    expect(points.every(({ atMs }, index) => atMs === index * curve.stepMs)).toBe(true);
  });

  it('survives a clock that was set forward by years', () => {
    const curve = new ViewerCurve(0);
    curve.change('flv', 1, 1000);
    curve.tick(1e12);
    expect(curve.points().length).toBeLessThanOrEqual(3);
  });
});
