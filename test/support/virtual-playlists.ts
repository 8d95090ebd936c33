import { expect } from 'vitest';
import { HlsPackager } from '../../src/packager/index.ts';
import { type MediaPlaylist, parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import type { VirtualEncoder } from './virtual-encoder.ts';

/** As the server packages by default. */
export function packagerOf({ stream }: VirtualEncoder): HlsPackager {
  return new HlsPackager({
    stream,
    windowSegments: 6,
    segmentMs: 2000,
    partMs: 300,
    lowLatency: true,
    maxBytes: 256 * 1024 * 1024,
  });
}

/** The playlist of fragmented MP4 as it is now. */
export const playlistOf = (packager: HlsPackager, isDelta = false): MediaPlaylist =>
  parseMediaPlaylist(new TextDecoder().decode(packager.playlist('fmp4', isDelta)?.text));

/** What RFC 8216 asks of a playlist by itself, and of one after another. */
export function expectLegal(playlist: MediaPlaylist, before: MediaPlaylist | undefined): void {
  const { segments, mediaSequence, targetDurationSeconds, partTargetSeconds = 0 } = playlist;
  const all = [...segments, playlist.openSegment ?? {}];
  const isTooLong = segments.some(({ durationSeconds }) => Math.round(durationSeconds) > targetDurationSeconds);
  const parts = all.flatMap((each) => each.parts ?? []);
  const isPartTooLong = parts.some(({ durationSeconds }) => durationSeconds > partTargetSeconds);
  const numbers = segments.map(({ uri }) => Number.parseInt(uri, 10));
  const isInOrder = numbers.every((number, index) => number === mediaSequence + index);
  const isBroken = all.some(({ isDiscontinuity }) => isDiscontinuity);
  const last = before?.mediaSequence ?? 0;
  const isBack = mediaSequence < last || targetDurationSeconds < (before?.targetDurationSeconds ?? 0);
  expect({ isTooLong, isPartTooLong, isInOrder, isBroken, isBack }).toEqual({
    isTooLong: false,
    isPartTooLong: false,
    isInOrder: true,
    isBroken: false,
    isBack: false,
  });
}
