import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isClipId, newClipId } from './clip.ts';
import { clipRange } from './clip-range.ts';

const NOW = 1_800_000_000_000;

describe('clipRange', () => {
  it('is what is wanted, by wall clock', () => {
    expect(clipRange({ seconds: 30 }, NOW - 5000, NOW)).toEqual({ startMs: NOW - 35_000, endMs: NOW - 5000 });
    const range = { startMs: NOW - 3_600_000, endMs: NOW };
    expect(clipRange(range, 0, NOW)).toEqual(range);
    expect(clipRange({ startMs: NOW - 1, endMs: NOW + 1500 }, 0, NOW)).toEqual({ startMs: NOW - 1, endMs: NOW });
  });

  it.each([
    [{ seconds: 0 }, 'CLIP_RANGE'],
    [{ seconds: 0.5 }, 'CLIP_RANGE'],
    [{ seconds: 3600.1 }, 'CLIP_RANGE'],
    [{ seconds: Number.NaN }, 'CLIP_RANGE'],
    [{ startMs: NOW, endMs: NOW }, 'CLIP_RANGE'],
    [{ startMs: NOW, endMs: NOW - 1 }, 'CLIP_RANGE'],
    [{ startMs: NOW - 3_600_001, endMs: NOW }, 'CLIP_RANGE'],
    [{ startMs: -1, endMs: 1000 }, 'CLIP_RANGE'],
    [{ startMs: Number.NaN, endMs: NOW }, 'CLIP_RANGE'],
    [{ startMs: NOW, endMs: Number.POSITIVE_INFINITY }, 'CLIP_RANGE'],
    [{ startMs: NOW, endMs: NOW + 10_000 }, 'CLIP_IN_FUTURE'],
  ])('refuses %j', (wanted, code) => {
    expect(() => clipRange(wanted, NOW, NOW)).toThrow(expect.objectContaining({ code, remedy: expect.any(String) }));
  });
});

describe('newClipId', () => {
  it('is an id that no two have', () => {
    const ids = Array.from({ length: 1000 }, newClipId);
    expect([new Set(ids).size, ids.every(isClipId)]).toEqual([1000, true]);
    fc.assert(fc.property(fc.string(), (text) => !isClipId(text) || text.length === 25));
  });
});
