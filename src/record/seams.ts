import type { ArchivedSegment } from '../archive/index.ts';

/** In stream time. */
export type TrackSpan = { readonly startMs: number; readonly endMs: number };
export type TrackSpans = { readonly video?: TrackSpan; readonly audio?: TrackSpan };

/** A shorter one is left as it is: at a change of parameters it is only that frames are not as long as expected. */
const SHORTEST_GAP_MS = 100;
const KINDS = ['video', 'audio'] as const;

/**
 * Closes the gaps between runs of segments: what comes after one is moved, both tracks by the same time, so that the
 * first of them goes on where it ended.
 *
 *     video  [=======]              [=====          video  [=======][=====
 *     audio  [=========]             [====    ->    audio  [=========][====
 */
export class Seams {
  #shiftMs = 0;
  #lastNumber: number | undefined;
  /** Where each track ended, with the gaps before it closed. */
  #ends: { video?: number; audio?: number } = {};
  #closedGaps = 0;

  get closedGaps(): number {
    return this.#closedGaps;
  }

  /** How much earlier than in stream time the segment's packets are to be; taken in the order of the file. */
  shiftMsOf({ number, isDiscontinuity }: ArchivedSegment, spans: TrackSpans): number {
    const goesOn = this.#lastNumber === undefined || (number === this.#lastNumber + 1 && !isDiscontinuity);
    // Whole ms, so that times that are rounded to ms keep their distances.
    const gapMs = goesOn ? 0 : Math.floor(this.#gapMs(spans));
    if (Math.abs(gapMs) >= SHORTEST_GAP_MS) {
      this.#shiftMs += gapMs;
      this.#closedGaps++;
    }
    this.#lastNumber = number;
    for (const kind of KINDS) {
      const span = spans[kind];
      if (span) this.#ends[kind] = span.endMs - this.#shiftMs;
    }
    return this.#shiftMs;
  }

  /** The least of the tracks' gaps, so that none overlaps; without a track that goes on, from the last end on. */
  #gapMs(spans: TrackSpans): number {
    const gaps: number[] = [];
    const starts: number[] = [];
    for (const kind of KINDS) {
      const span = spans[kind];
      const end = this.#ends[kind];
      if (span) starts.push(span.startMs - this.#shiftMs);
      if (span && end !== undefined) gaps.push(span.startMs - this.#shiftMs - end);
    }
    if (starts.length === 0) return 0;
    const lastEnd = Math.max(this.#ends.video ?? 0, this.#ends.audio ?? 0);
    return gaps.length > 0 ? Math.min(...gaps) : Math.min(...starts) - lastEnd;
  }
}

/** A time in a track's ticks, for moving all tracks by the same one. */
export function ticksOf(ms: number, timescale: number): number {
  return Math.round((ms * timescale) / 1000);
}
