import type { ArchivedSegment } from '../archive/index.ts';
import { type HlsContainer, segmentName } from '../packager/index.ts';
import type { MediaSegment } from '../protocol/m3u8/index.ts';

/** How segments are named in a playlist. */
export type SegmentForm = {
  readonly container: HlsContainer;
  /** The name of the key that a segment is encrypted with; left out, none is. */
  readonly keyName?: ((segment: Pick<ArchivedSegment, 'wallMs'>) => string) | undefined;
};

/** The initialization vector that an EXT-X-KEY without one stands for (RFC 8216, 5.2). */
function ivOf(number: number): Uint8Array {
  const iv = new Uint8Array(16);
  new DataView(iv.buffer).setBigUint64(8, BigInt(number));
  return iv;
}

/**
 * Segments of an archive as a playlist lists them, one by one. Behind a hole in their numbers the sequence number that a
 * player counts is no longer the segment's own, so that there the initialization vector is written.
 */
export class MediaSegments {
  readonly #form: SegmentForm;
  /** The number that a player counts for the next one. */
  #counted: number | undefined;
  #last: number | undefined;

  constructor(form: SegmentForm) {
    this.#form = form;
  }

  /** The next ones. */
  *of(segments: readonly ArchivedSegment[]): Generator<MediaSegment> {
    for (const segment of segments) yield this.#next(segment);
  }

  #next(segment: ArchivedSegment): MediaSegment {
    const { container, keyName } = this.#form;
    const { number, durationMs, wallMs, slice, isDiscontinuity } = segment;
    const counted = this.#counted ?? number;
    const isAfterHole = this.#last !== undefined && this.#last !== number - 1;
    const iv = number === counted ? {} : { iv: ivOf(number) };
    this.#counted = counted + 1;
    this.#last = number;
    return {
      uri: segmentName(number, container),
      durationSeconds: durationMs / 1000,
      programDateTimeMs: wallMs,
      ...(container === 'fmp4' ? { map: { uri: slice.initName } } : {}),
      ...(keyName ? { key: { method: 'AES-128', uri: keyName(segment), ...iv } } : {}),
      ...(isDiscontinuity || isAfterHole ? { isDiscontinuity: true } : {}),
    };
  }
}

/** EXT-X-TARGETDURATION: each duration, rounded, is at most this (RFC 8216, 4.3.3.1). */
export function targetSecondsOf(segments: readonly ArchivedSegment[], leastMs = 0): number {
  let longestMs = leastMs;
  for (const { durationMs } of segments) longestMs = Math.max(longestMs, durationMs);
  return secondsOf(longestMs);
}

/** The same of the longest segment. */
export function secondsOf(longestMs: number): number {
  return Math.max(1, Math.round(longestMs / 1000));
}

/** EXT-X-DISCONTINUITY-SEQUENCE: discontinuities before the first listed segment. */
export function discontinuitiesBefore(first: ArchivedSegment | undefined): number {
  return first ? Math.max(0, first.discontinuities - (first.isDiscontinuity ? 1 : 0)) : 0;
}

/** EXT-X-VERSION: maps in playlists with more than I-frames came with 6, as live has them 7. */
export function versionOf(container: HlsContainer): number {
  return container === 'ts' ? 3 : 7;
}
