import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ShiftedPlaylist, shiftedPlaylistName, shiftedPlaylistOf } from './shifted-playlist.ts';

const NAMES: readonly [file: string, playlist: ShiftedPlaylist][] = [
  ['shift-1800000.m3u8', { container: 'fmp4', kind: 'shift', lagMs: 1_800_000 }],
  ['ts-shift-1800000.m3u8', { container: 'ts', kind: 'shift', lagMs: 1_800_000 }],
  ['window-1000-2000-60000.m3u8', { container: 'fmp4', kind: 'window', startMs: 1000, endMs: 2000, lagMs: 60_000 }],
  ['vod-1000-2000.m3u8', { container: 'fmp4', kind: 'vod', startMs: 1000, endMs: 2000 }],
  ['ts-vod-1000-2000.m3u8', { container: 'ts', kind: 'vod', startMs: 1000, endMs: 2000 }],
];

describe('shiftedPlaylistName', () => {
  it.each(NAMES)('%s, both ways', (file, playlist) => {
    expect(shiftedPlaylistName(playlist)).toBe(file);
    expect(shiftedPlaylistOf(file)).toEqual(playlist);
  });

  it('fits in a path with the longest times, both ways', () => {
    const ms = fc.integer({ min: 0, max: 253_402_300_799_999 });
    fc.assert(
      fc.property(ms, ms, ms, fc.constantFrom('ts' as const, 'fmp4' as const), (a, b, lagMs, container) => {
        fc.pre(a < b);
        const playlist = { container, kind: 'window' as const, startMs: a, endMs: b, lagMs };
        const file = shiftedPlaylistName(playlist);
        expect(file).toMatch(/^[a-z0-9.-]{1,64}$/);
        expect(shiftedPlaylistOf(file)).toEqual(playlist);
      }),
    );
  });
});

describe('shiftedPlaylistOf', () => {
  it.each([
    'live.m3u8',
    'shift-.m3u8',
    'shift-1-2.m3u8',
    'shift--1.m3u8',
    'shift-1.m3u8.m3u8',
    'vod-1.m3u8',
    'vod-2-1.m3u8',
    'vod-1-2-3.m3u8',
    'window-1-2.m3u8',
    'window-2-2-1.m3u8',
    'shift-1234567890123456.m3u8',
    'fmp4-shift-1.m3u8',
  ])('knows no %s', (file) => {
    expect(shiftedPlaylistOf(file)).toBeUndefined();
  });
});
