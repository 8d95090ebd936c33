import type { ArchivedSegment } from '../archive/index.ts';
import type { RecordFormatRule } from '../rules/index.ts';

/** A segment as recordings see it. */
export type WholeSegment = Pick<ArchivedSegment, 'number' | 'wallMs' | 'durationMs' | 'isDiscontinuity'>;

/** Segment numbers, both ends counted. */
export type SegmentRange = { readonly first: number; readonly last: number };

/** What stands in a file or a slice, by the numbers of its segments. */
export type Tally = {
  readonly firstSegment: number;
  readonly lastSegment: number;
  /** What is recorded between the first and the last: a recording that was stopped for a while leaves some out. */
  readonly ranges: readonly SegmentRange[];
  readonly startWallMs: number;
  /** Not before the start, even if the clock was set back. */
  readonly endWallMs: number;
  /** Of the segments together. */
  readonly durationMs: number;
};

/** Whose publish something was recorded of. */
export type RecordedPublish = {
  readonly sessionId: string;
  /** Its arguments that begin with `callback_`. */
  readonly pushArgs: Readonly<Record<string, string>>;
};

/** A file that is being recorded in one format. Plain JSON. */
export type OpenFile = RecordedPublish & {
  readonly rule: RecordFormatRule;
  readonly storage: string;
  readonly sequence: number;
  readonly tally: Tally;
  /** The slice that is not whole yet. */
  readonly slice?: { readonly sequence: number; readonly tally: Tally };
};

/** A boundary that misses the wanted length by less than an audio frame is as good as one that meets it. */
const TOLERANCE_MS = 20;

export function tallyWith(tally: Tally | undefined, { number, wallMs, durationMs }: WholeSegment): Tally {
  const startWallMs = tally?.startWallMs ?? wallMs;
  return {
    firstSegment: tally?.firstSegment ?? number,
    lastSegment: number,
    ranges: rangesWith(tally?.ranges ?? [], number),
    startWallMs,
    endWallMs: Math.max(startWallMs, wallMs + durationMs),
    durationMs: (tally?.durationMs ?? 0) + durationMs,
  };
}

/** The tally of those of its segments that are there; undefined when none is. */
export function tallyOfThose(tally: Tally, segments: readonly WholeSegment[]): Tally | undefined {
  const isIn = ({ number }: WholeSegment) => tally.ranges.some(({ first, last }) => first <= number && number <= last);
  return segments.filter(isIn).reduce<Tally | undefined>(tallyWith, undefined);
}

export function isFull(tally: Tally, seconds: number): boolean {
  return tally.durationMs >= seconds * 1000 - TOLERANCE_MS;
}

/** Whether a segment cannot be in one slice with those before it. */
export function breaksSlice(tally: Tally, { number, isDiscontinuity }: WholeSegment): boolean {
  return isDiscontinuity || number !== tally.lastSegment + 1;
}

function rangesWith(ranges: readonly SegmentRange[], number: number): readonly SegmentRange[] {
  const current = ranges.at(-1);
  if (current === undefined || number !== current.last + 1) return [...ranges, { first: number, last: number }];
  return [...ranges.slice(0, -1), { first: current.first, last: number }];
}
