import type { ArchivedExtent, ArchivedSegment } from '../archive/index.ts';
import { MediaPlaylistPrinter } from '../protocol/m3u8/index.ts';
import { discontinuitiesBefore, MediaSegments, type SegmentForm, secondsOf, versionOf } from './media-segments.ts';

/**
 * All of a time at once, with an end, in pieces of whole lines: one for each page of segments.
 *
 * @param pages in the order of their numbers; what came after the extent was taken is left out
 * @param startMs where to begin, by the wall clock of the first
 */
export async function* vodPlaylist(
  pages: AsyncIterable<readonly ArchivedSegment[]>,
  { lastNumber, longestMs }: ArchivedExtent,
  startMs: number,
  form: SegmentForm,
): AsyncGenerator<string> {
  const printer = new MediaPlaylistPrinter();
  const listed = new MediaSegments(form);
  let isBegun = false;
  for await (const page of pages) {
    const segments = page.filter(({ number }) => number <= lastNumber);
    const head = isBegun ? '' : printer.head(headOf(segments[0], longestMs, startMs, form));
    isBegun = true;
    yield head + printer.segments(listed.of(segments));
  }
  if (isBegun) yield printer.tail({ isEnded: true });
}

function headOf(first: ArchivedSegment | undefined, longestMs: number, startMs: number, form: SegmentForm) {
  const aheadMs = first ? startMs - first.wallMs : 0;
  const isInside = first !== undefined && aheadMs > 0 && aheadMs < first.durationMs;
  return {
    version: versionOf(form.container),
    targetDurationSeconds: secondsOf(longestMs),
    mediaSequence: first?.number ?? 0,
    discontinuitySequence: discontinuitiesBefore(first),
    playlistType: 'VOD' as const,
    ...(isInside ? { start: { timeOffsetSeconds: aheadMs / 1000, isPrecise: true } } : {}),
  };
}
