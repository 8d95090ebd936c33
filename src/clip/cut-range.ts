import type { ArchivedSegment } from '../archive/index.ts';

/** From the first to before the second, in stream time. */
export type StreamRange = { readonly fromMs: number; readonly toMs: number };

/** The segments that a range of wall time touches, and what of their stream time it is. */
export type CutRange = StreamRange & { readonly first: ArchivedSegment; readonly last: ArchivedSegment };

/**
 * A moment in a gap is the next start, or the last end; undefined where the range has nothing. Order is by number, as
 * clocks are set back: the first segment that reaches past the start, and the last one behind it that begins before the
 * end.
 */
export function cutRange(segments: readonly ArchivedSegment[], startMs: number, endMs: number): CutRange | undefined {
  const begin = segments.findIndex(({ wallMs, durationMs }) => wallMs + durationMs > startMs);
  const end = segments.findLastIndex(({ wallMs }) => wallMs < endMs);
  const [first, last, next] = [segments[begin], segments[end], segments[end + 1]];
  if (!first || !last || end < begin || !(endMs > startMs)) return undefined;
  const fromMs = first.startDtsMs + Math.max(0, startMs - first.wallMs);
  const goesOn = next?.number === last.number + 1 && !next.isDiscontinuity;
  const wholeMs = goesOn ? next.startDtsMs : Number.POSITIVE_INFINITY;
  const isInside = endMs <= last.wallMs + last.durationMs;
  const toMs = isInside ? last.startDtsMs + (endMs - last.wallMs) : wholeMs;
  return { first, last, fromMs, toMs };
}

/**
 * So much of the stream's own time before a moment: publishers send unevenly, and what was sent in so many seconds by
 * the wall clock may be less or more. Gaps do not count. From the first segment on where there is not as much.
 */
export function lastRange(segments: readonly ArchivedSegment[], endMs: number, lengthMs: number): CutRange | undefined {
  const whole = cutRange(segments, Number.NEGATIVE_INFINITY, endMs);
  if (!whole) return undefined;
  const { last, toMs } = whole;
  let leftMs = lengthMs - (Math.min(toMs, last.startDtsMs + last.durationMs) - last.startDtsMs);
  let at = segments.indexOf(last);
  for (; leftMs > 0 && at > 0; at--) leftMs -= segments[at - 1]?.durationMs ?? 0;
  const first = segments[at] ?? last;
  return { first, last, fromMs: first.startDtsMs + Math.max(0, -leftMs), toMs };
}
