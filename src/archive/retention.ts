import type { SliceState } from './archived-slices.ts';

/** From a segment's number to another's, both included. */
export type NumberSpan = { readonly from: number; readonly to: number };

/** What is kept of a stream: the union of what its views need. */
export type Keep = {
  /** What ended before goes. */
  readonly keepFromMs: number;
  /** So much at most, the oldest goes first; 0 for any amount. */
  readonly keepBytes: number;
  /** Held by open recordings, exports and clips: stays whatever the rest says. */
  readonly pins: readonly NumberSpan[];
};

type Slice = Pick<SliceState, 'first' | 'lastNumber' | 'endMs' | 'sizeBytes' | 'isEnded'>;

/**
 * The slices that nobody needs any more, oldest first.
 *
 * @param slices a stream's oldest ones, in the order of their numbers
 * @param totalBytes of all of the stream's
 */
export function slicesToDelete<T extends Slice>(slices: readonly T[], totalBytes: number, keep: Keep): T[] {
  const { keepFromMs, keepBytes, pins } = keep;
  let leftBytes = totalBytes;
  return slices.filter((slice) => {
    const isTooMuch = keepBytes > 0 && leftBytes > keepBytes;
    if (!slice.isEnded || (slice.endMs > keepFromMs && !isTooMuch) || isPinned(slice, pins)) return false;
    leftBytes -= slice.sizeBytes;
    return true;
  });
}

export function isPinned({ first, lastNumber }: Pick<Slice, 'first' | 'lastNumber'>, pins: readonly NumberSpan[]) {
  return pins.some(({ from, to }) => first <= to && lastNumber >= from);
}
