import { describe, expect, it } from 'vitest';
import { archivedSegment } from '../../test/support/archive.ts';
import type { ArchivedSegment } from '../archive/index.ts';
import { parseMediaPlaylist } from '../protocol/m3u8/index.ts';
import { cutSlices, type ExportedSlice, slicePlaylistOf } from './index.ts';

const other = { ...archivedSegment().slice, initName: 'init-of-others.mp4' };

describe('cutSlices', () => {
  const numbers = (from: number, to: number, changed: Partial<ArchivedSegment> = {}) =>
    Array.from({ length: to - from + 1 }, (_, index) => archivedSegment({ number: from + index, ...changed }));

  it.each<[string, readonly ArchivedSegment[], readonly (readonly number[])[], readonly boolean[]]>([
    ['nothing', [], [], []],
    ['at the first segment past the length', numbers(1, 7), [[1, 2, 3], [4, 5, 6], [7]], [true, true, false]],
    ['where numbers are missing', [...numbers(1, 2), ...numbers(5, 5)], [[1, 2], [5]], [true, false]],
    [
      'at a discontinuity',
      [...numbers(1, 1), ...numbers(2, 3, { isDiscontinuity: true })],
      [[1], [2], [3]],
      [true, true, false],
    ],
    ['at other tracks', [...numbers(1, 2), ...numbers(3, 3, { slice: other })], [[1, 2], [3]], [true, false]],
    ['segments longer than a slice', numbers(1, 2, { durationMs: 9000 }), [[1], [2]], [true, true]],
  ])('cuts %s', (_name, segments, expected, areWhole) => {
    const slices = cutSlices(segments, 6000);
    expect(slices.map((slice) => slice.segments.map(({ number }) => number))).toEqual(expected);
    expect(slices.map(({ isWhole }) => isWhole)).toEqual(areWhole);
    for (const slice of slices) {
      expect(slice.durationMs).toBe(slice.segments.reduce((sum, { durationMs }) => sum + durationMs, 0));
      expect(slice.isDiscontinuity).toBe(slice.segments[0]!.isDiscontinuity);
    }
  });
});

describe('slicePlaylistOf', () => {
  const slice = (
    first: number,
    last: number,
    changed: Partial<ExportedSlice> & { readonly closedGaps?: number } = {},
  ): ExportedSlice => {
    const { closedGaps = 0, ...more } = changed;
    const times = { durationMs: (last - first + 1) * 2000, wallMs: Date.UTC(2026, 0, 1, 0, 0, first * 2) };
    return {
      uri: `${first}.ts`,
      isDiscontinuity: false,
      report: { ...times, firstSegment: first, lastSegment: last, closedGaps },
      ...more,
    };
  };

  it('lists slices to their end', () => {
    expect(slicePlaylistOf([slice(1, 3), slice(4, 4)])).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:3',
        '#EXT-X-TARGETDURATION:6',
        '#EXT-X-MEDIA-SEQUENCE:0',
        '#EXT-X-PLAYLIST-TYPE:VOD',
        '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:02.000Z',
        '#EXTINF:6.000,',
        '1.ts',
        '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:08.000Z',
        '#EXTINF:2.000,',
        '4.ts',
        '#EXT-X-ENDLIST',
        '',
      ].join('\n'),
    );
  });

  it.each<[string, ExportedSlice, ExportedSlice, boolean]>([
    ['no discontinuity between slices that go on', slice(1, 3), slice(4, 6), false],
    ['one where the slice is one', slice(1, 3), slice(4, 6, { isDiscontinuity: true }), true],
    ['one where segments are missing between them', slice(1, 2), slice(4, 6), true],
    ['one after a slice that is shorter than stream time', slice(1, 3, { closedGaps: 1 }), slice(4, 6), true],
    ['one at another init segment', slice(1, 3, { initUri: 'a.mp4' }), slice(4, 6, { initUri: 'b.mp4' }), true],
  ])('has %s', (_name, first, second, expected) => {
    const { segments } = parseMediaPlaylist(slicePlaylistOf([first, second]));
    expect(segments.map(({ isDiscontinuity = false }) => isDiscontinuity)).toEqual([false, expected]);
    expect(segments.map(({ map }) => map?.uri)).toEqual([first.initUri, second.initUri]);
  });

  it('has a first slice that is no discontinuity, as nothing is before it', () => {
    const { segments } = parseMediaPlaylist(slicePlaylistOf([slice(1, 3, { isDiscontinuity: true })]));
    expect(segments[0]!.isDiscontinuity).toBeUndefined();
  });
});
