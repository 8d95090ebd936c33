import type { ArchivedSegment } from '../archive/index.ts';

/** A programme is over where nothing follows for this long; until then players wait for what comes next. */
export const LONGEST_HOLE_MS = 60_000;
/** Players begin with the third segment from the end (RFC 8216, 6.3.3), which is to be the one asked for. */
const SEGMENTS_AHEAD = 2;
/** RFC 8216, 6.2.2: no segment may leave a playlist that would become shorter than this. */
const LEAST_TARGET_DURATIONS = 3;
const LEAST_LISTED = 3;
const READ_AHEAD_MS = 30_000;

export type SlidingOptions = {
  /** The moment that players are to show. */
  readonly pivotMs: number;
  readonly nowMs: number;
  readonly windowSegments: number;
  readonly segmentMs: number;
  readonly targetSeconds: number;
  /** Nothing before and behind it is listed. */
  readonly bounds?: { readonly startMs: number; readonly endMs: number } | undefined;
};

export type Sliding = {
  readonly segments: readonly ArchivedSegment[];
  readonly isEnded: boolean;
  /** Whether more of the time around could not change it. */
  readonly isCertain: boolean;
  /** The segment that the pivot lies in, or the nearest: as long as it does, what is certain stays as it is. */
  readonly pivot: ArchivedSegment;
};

/** From a moment to before another one. */
export type Around = { readonly fromMs: number; readonly toMs: number };

/**
 * The time around a pivot that says all in most cases, without holes and with segments as long as planned, and for some
 * reloads to come.
 */
export function nearAround(pivotMs: number, windowMs: number): Around {
  return { fromMs: pivotMs - 1.5 * windowMs, toMs: pivotMs + windowMs + READ_AHEAD_MS };
}

/** The time around a pivot that says all in any case. */
export function farAround(pivotMs: number, windowMs: number): Around {
  return { fromMs: pivotMs - LONGEST_HOLE_MS - 2 * windowMs, toMs: pivotMs + 2 * LONGEST_HOLE_MS + windowMs };
}

/**
 * What a playlist lists that plays a moment of the past as live: segments without a hole in their numbers, so that each
 * keeps its media sequence number from one reload to the next.
 *
 *     [96] [97] [98] [99] [100: pivot] [101] [102]   ... 103 is not listed yet
 *
 * @param around all segments of the time around the pivot, in the order of their numbers
 */
export function slidingWindow(around: readonly ArchivedSegment[], options: SlidingOptions): Sliding | undefined {
  const { bounds } = options;
  const all = bounds ? around.filter((each) => each.wallMs < bounds.endMs && endOf(each) > bounds.startMs) : around;
  const at = indexAt(all, options.pivotMs);
  const pivot = all[at];
  if (!pivot) return undefined;
  let last = at;
  while (last < at + SEGMENTS_AHEAD && isNext(all[last], all[last + 1])) last++;
  let first = last;
  while (isNext(all[first - 1], all[first]) && !isEnough(all.slice(first, last + 1), options)) first--;
  const segments = all.slice(first, last + 1);
  const isCertain = isEnough(segments, options) && isNext(all[last], all[last + 1]);
  return { segments, isEnded: isEnded(all, last, options), isCertain, pivot };
}

/** The segment that a moment lies in, else the last before it, else the first; -1 where there is none. */
export function indexAt(segments: readonly ArchivedSegment[], wallMs: number): number {
  const inside = segments.findIndex((each) => isWithin(each, wallMs));
  if (inside >= 0) return inside;
  const before = segments.findLastIndex((each) => each.wallMs <= wallMs);
  return before >= 0 ? before : segments.length > 0 ? 0 : -1;
}

export function isWithin(segment: ArchivedSegment, wallMs: number): boolean {
  return segment.wallMs <= wallMs && wallMs < endOf(segment);
}

export function endOf({ wallMs, durationMs }: ArchivedSegment): number {
  return wallMs + durationMs;
}

function isNext(before: ArchivedSegment | undefined, after: ArchivedSegment | undefined): boolean {
  return before !== undefined && after?.number === before.number + 1;
}

function isEnough(listed: readonly ArchivedSegment[], options: SlidingOptions): boolean {
  const { windowSegments, segmentMs, targetSeconds } = options;
  const lengthMs = listed.reduce((sum, { durationMs }) => sum + durationMs, 0);
  if (listed.length < LEAST_LISTED || lengthMs < LEAST_TARGET_DURATIONS * targetSeconds * 1000) return false;
  return listed.length >= windowSegments || lengthMs >= windowSegments * segmentMs;
}

function isEnded(all: readonly ArchivedSegment[], last: number, { nowMs, bounds }: SlidingOptions): boolean {
  const listed = all[last];
  const next = all[last + 1];
  if (!listed || isNext(listed, next)) return false;
  if (bounds && !next && endOf(listed) >= bounds.endMs) return true;
  return (next?.wallMs ?? nowMs) - endOf(listed) > LONGEST_HOLE_MS;
}
