import type { TrackSet } from '../live/index.ts';
import type { Segment } from './segment.ts';
import type { SegmentWindow } from './segment-window.ts';

/** A segment from before those in memory that can still be had. */
export type EarlierSegment = Pick<
  Segment,
  'number' | 'wallMs' | 'durationMs' | 'isDiscontinuity' | 'discontinuities'
> & { readonly initName: string };

/** Whoever keeps segments for longer. */
export interface EarlierSegments {
  /** Before the first read, playlists would begin later than they do after it. */
  readonly isLoaded: boolean;
  read(number: number): Promise<void>;
  /** The last ones before a number that it knows of, numbered without a hole. */
  before(number: number): readonly EarlierSegment[];
}

/**
 * The segments to list before those of the window: those of before, and those that the window keeps but lists no more.
 * None where they don't join, or are of before the first that may be listed.
 */
export function earlierSegments(
  window: SegmentWindow,
  source: EarlierSegments,
  initName: (tracks: TrackSet) => string,
  lowest: number,
): EarlierSegment[] {
  const first = window.listed()[0]?.number;
  if (first === undefined) return [];
  const known = source.before(first).filter(({ number }) => number >= lowest);
  const last = known.at(-1)?.number;
  if (last === undefined) return [];
  const kept = window.segments.filter(({ number, isWhole }) => isWhole && number > last && number < first);
  if (last + 1 + kept.length !== first) return [];
  return [...known, ...kept.map((segment) => earlierOf(segment, initName(segment.tracks)))];
}

function earlierOf(segment: Segment, initName: string): EarlierSegment {
  const { number, wallMs, durationMs, isDiscontinuity, discontinuities } = segment;
  return { number, wallMs, durationMs, isDiscontinuity, discontinuities, initName };
}
