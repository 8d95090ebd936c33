import { posix } from 'node:path';
import { renderMediaPlaylist } from '../protocol/m3u8/index.ts';
import type { RecordedSlice } from '../record/index.ts';

/** Clocks of slices that follow each other may differ by that much. */
const SEAM_MS = 500;

/** The index over slices: their addresses are relative, but for those in another storage, which `addressOf` gives. */
export function indexPlaylist(
  slices: readonly RecordedSlice[],
  object: string,
  addressOf: (slice: RecordedSlice) => string | undefined,
): string {
  return renderMediaPlaylist({
    targetDurationSeconds: Math.max(1, ...slices.map(({ durationMs }) => Math.ceil(durationMs / 1000))),
    mediaSequence: 0,
    playlistType: 'VOD',
    isEnded: true,
    segments: slices.map((slice, index) => ({
      uri: addressOf(slice) ?? relative(object, slice.object),
      durationSeconds: slice.durationMs / 1000,
      programDateTimeMs: slice.wallMs,
      ...(isBreak(slices[index - 1], slice) ? { isDiscontinuity: true } : {}),
    })),
  });
}

/**
 * Slices that ended within the range, as ApsaraVideo takes them; one more, where it is wanted, so that the end of the
 * range is covered.
 *
 *     slices   |--A--|--B--|--C--|--D--|
 *     range       [==========]              A and B; with the end included, C too
 */
export function slicesWithin(
  slices: readonly RecordedSlice[],
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  isEndIncluded: boolean,
): RecordedSlice[] {
  const endOf = ({ wallMs, durationMs }: RecordedSlice) => wallMs + durationMs;
  const within = slices.filter((slice) => endOf(slice) > startMs && endOf(slice) <= endMs);
  const next = slices.find((slice) => endOf(slice) > endMs);
  return isEndIncluded && next ? [...within, next] : within;
}

function isBreak(before: RecordedSlice | undefined, { wallMs, isDiscontinuity }: RecordedSlice): boolean {
  if (!before) return false;
  return isDiscontinuity || Math.abs(wallMs - (before.wallMs + before.durationMs)) > SEAM_MS;
}

function relative(from: string, to: string): string {
  return posix.relative(posix.dirname(from), to).split('/').map(encodeURIComponent).join('/');
}
