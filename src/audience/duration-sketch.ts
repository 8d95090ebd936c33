const GROWTH = 1.05;
const MOST_BUCKETS = 300;

/** How many durations there were, and two of their percentiles, right to 5 %. */
export type DurationFigures = { readonly count: number; readonly p50Ms: number; readonly p95Ms: number };

/** Percentiles of durations in bounded memory: one counter for each step of 5 %. */
export class DurationSketch {
  readonly #buckets = new Map<number, number>();
  #count = 0;

  add(durationMs: number): void {
    const bucket = Math.min(MOST_BUCKETS, Math.round(Math.log(Math.max(1, durationMs)) / Math.log(GROWTH)));
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count++;
  }

  /** Undefined where nothing was added. */
  figures(): DurationFigures | undefined {
    if (this.#count === 0) return undefined;
    return { count: this.#count, p50Ms: this.#percentile(0.5), p95Ms: this.#percentile(0.95) };
  }

  #percentile(share: number): number {
    let left = Math.ceil(share * this.#count);
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return Math.round(GROWTH ** bucket);
    }
    return 0;
  }
}
