import { describe, expect, it } from 'vitest';
import { positionIn, spriteUrlOf, wallMsIn } from './timeline.ts';

describe('wallMsIn', () => {
  const fragments = [
    { start: 10, programDateTime: 100_000 },
    { start: 12, programDateTime: 130_000 },
  ];
  it.each([
    [9, 99_000],
    [10, 100_000],
    [11.5, 101_500],
    [12, 130_000],
    [20, 138_000],
  ])('at %d s', (position, wall) => expect(wallMsIn(fragments, position)).toBe(wall));

  it('is not known without dates', () => {
    expect(wallMsIn([], 1)).toBeUndefined();
    expect(wallMsIn([{ start: 0, programDateTime: null }], 1)).toBeUndefined();
  });
});

describe('positionIn', () => {
  const fragments = [
    { start: 10, duration: 2, programDateTime: 100_000 },
    { start: 12, duration: 2, programDateTime: 130_000 },
  ];
  it.each([
    [99_999, undefined],
    [100_000, 10],
    [101_500, 11.5],
    [102_000, undefined],
    [131_000, 13],
    [132_000, undefined],
  ])('of %d', (wallMs, position) => expect(positionIn(fragments, wallMs)).toBe(position));

  it('is not known without dates', () => {
    expect(positionIn([{ start: 0, duration: 9, programDateTime: null }], 1)).toBeUndefined();
  });
});

describe('spriteUrlOf', () => {
  it.each([
    ['https://a.example/live/demo/~t.k/live.m3u8', 'https://a.example/live/demo/~t.k/sprite.vtt'],
    ['https://a.example/live/demo/~t.k/ld/ts.m3u8?_HLS_msn=3', 'https://a.example/live/demo/~t.k/sprite.vtt'],
    ['https://a.example/live/demo/~/live.m3u8?hw_token=t.k', 'https://a.example/live/demo/~/sprite.vtt?hw_token=t.k'],
    ['https://elsewhere.example/live/index.m3u8', undefined],
  ])('%s', (playlist, sprite) => expect(spriteUrlOf(playlist)).toBe(sprite));
});
