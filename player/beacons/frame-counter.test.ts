import { expect, it } from 'vitest';
import { FrameCounter } from './frame-counter.ts';

it('FrameCounter goes on where a new source begins again', () => {
  const counter = new FrameCounter();
  expect(counter.add({ total: 100, dropped: 2 })).toEqual({ total: 100, dropped: 2 });
  expect(counter.add({ total: 150, dropped: 3 })).toEqual({ total: 150, dropped: 3 });
  expect(counter.add({ total: 0, dropped: 0 })).toEqual({ total: 150, dropped: 3 });
  expect(counter.add({ total: 30, dropped: 1 })).toEqual({ total: 180, dropped: 4 });
});
