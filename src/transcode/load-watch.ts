import type { Clock } from '../live/index.ts';

type Progress = { readonly lastDtsMs: number | undefined; readonly skips: number };
type Sample = { readonly atMs: number; readonly fedMs: number; readonly reachedMs: number };

/** Slower than the source for this long is too slow. */
const WINDOW_MS = 10_000;
/** Encoded time for fed time; below, the encoder falls behind. */
const LEAST_SPEED = 0.98;
/** What a run may lag without being slow: look-ahead, and the machine's other work. */
const MAX_LAG_MS = 2000;

/** Notices that FFmpeg encodes more slowly than its source comes. */
export class LoadWatch {
  readonly #clock: Clock;
  #samples: Sample[] = [];
  #skips = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new run starts. */
  reset(): void {
    this.#samples = [];
    this.#skips = 0;
  }

  /** The source was away: what its time leapt over was never fed. */
  sourceLeapt(): void {
    this.#samples = [];
  }

  /** To be asked about once a second. @param reachedMs stream time that every rung has reached */
  isTooSlow({ lastDtsMs, skips }: Progress, reachedMs: number | undefined): boolean {
    const hasSkipped = skips > this.#skips;
    this.#skips = skips;
    if (lastDtsMs === undefined || reachedMs === undefined) return hasSkipped;
    const atMs = this.#clock.nowMs();
    this.#samples.push({ atMs, fedMs: lastDtsMs, reachedMs });
    const oldest = this.#samples.findLast((sample) => atMs - sample.atMs >= WINDOW_MS);
    if (!oldest) return hasSkipped;
    this.#samples = this.#samples.filter((sample) => sample.atMs >= oldest.atMs);
    const fed = lastDtsMs - oldest.fedMs;
    const isBehind = lastDtsMs - reachedMs > MAX_LAG_MS && fed > WINDOW_MS / 2;
    return hasSkipped || (isBehind && reachedMs - oldest.reachedMs < fed * LEAST_SPEED);
  }
}
