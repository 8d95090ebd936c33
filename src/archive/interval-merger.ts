import type { ArchivedInterval } from './archived-segment.ts';

/** What follows each other may be this far apart by the wall clock. */
const SEAM_MS = 700;

/** Brings times that were archived together to intervals in which nothing is missing. */
export class IntervalMerger {
  readonly #found: { startMs: number; endMs: number }[] = [];

  /** Those that come in the order of time take no memory of their own. */
  add(startMs: number, endMs: number): void {
    const last = this.#found.at(-1);
    if (last && startMs >= last.startMs && startMs - last.endMs <= SEAM_MS) last.endMs = Math.max(last.endMs, endMs);
    else this.#found.push({ startMs, endMs });
  }

  /** In the order of time; where a clock was set back, the same time twice is one. */
  get intervals(): ArchivedInterval[] {
    const merger = new IntervalMerger();
    for (const { startMs, endMs } of this.#found.toSorted((a, b) => a.startMs - b.startMs)) merger.add(startMs, endMs);
    return merger.#found;
  }
}
