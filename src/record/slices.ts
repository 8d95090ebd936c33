import type { ArchivedSegment } from '../archive/index.ts';

/** Segments that become one object of an HLS recording. They share their tracks, and nothing is missing between them. */
export type Slice = {
  readonly segments: readonly ArchivedSegment[];
  readonly durationMs: number;
  /** What comes before is of other parameters or another time base. */
  readonly isDiscontinuity: boolean;
  /** As long as it was to be, or ended by what follows; else it grows while the stream goes on. */
  readonly isWhole: boolean;
};

/** Cuts segments into slices of at least `sliceMs`. */
export function cutSlices(segments: readonly ArchivedSegment[], sliceMs: number): Slice[] {
  const slices: Slice[] = [];
  let open: ArchivedSegment[] = [];
  const cut = (isWhole: boolean) => {
    const [first] = open;
    if (!first) return;
    const { isDiscontinuity } = first;
    slices.push({ segments: open, durationMs: durationOf(open), isDiscontinuity, isWhole });
    open = [];
  };
  for (const segment of segments) {
    const last = open.at(-1);
    if (last && !goesOn(last, segment)) cut(true);
    open.push(segment);
    if (durationOf(open) >= sliceMs) cut(true);
  }
  cut(false);
  return slices;
}

function goesOn(before: ArchivedSegment, { number, isDiscontinuity, slice }: ArchivedSegment): boolean {
  return number === before.number + 1 && !isDiscontinuity && slice.initName === before.slice.initName;
}

function durationOf(segments: readonly ArchivedSegment[]): number {
  return segments.reduce((sum, { durationMs }) => sum + durationMs, 0);
}
