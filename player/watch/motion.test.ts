import { describe, expect, it } from 'vitest';
import { MotionWatch } from './motion.ts';

describe('MotionWatch', () => {
  it('tells how long the picture has moved, stood, and had no media', () => {
    const watch = new MotionWatch(1000);
    expect(watch.look(1250, 0, 0)).toEqual({ hasMoved: false, movingForMs: 0, stillForMs: 250, silentForMs: 250 });
    expect(watch.look(1500, 0, 900)).toMatchObject({ hasMoved: false, stillForMs: 500, silentForMs: 0 });
    expect(watch.look(1750, 0.2, 900)).toEqual({ hasMoved: true, movingForMs: 0, stillForMs: 0, silentForMs: 250 });
    expect(watch.look(2000, 0.45, 900)).toMatchObject({ movingForMs: 250, silentForMs: 500 });
    expect(watch.look(2250, 0.45, 900)).toMatchObject({ hasMoved: false, movingForMs: 0, stillForMs: 250 });
  });

  it('counts a jump back as motion', () => {
    const watch = new MotionWatch(0);
    watch.look(100, 5, 0);
    expect(watch.look(200, 3, 0).hasMoved).toBe(true);
  });

  it('takes no jumps for motion where nothing is shown', () => {
    const watch = new MotionWatch(0);
    watch.look(5000, 4, 0, false);
    expect(watch.look(10_000, 8, 0, false)).toMatchObject({ hasMoved: false, stillForMs: 10_000 });
  });

  it('forgets what is excused', () => {
    const watch = new MotionWatch(0);
    watch.excuse(10_000);
    expect(watch.look(10_250, 0, 0)).toMatchObject({ stillForMs: 250, silentForMs: 250 });
  });
});
