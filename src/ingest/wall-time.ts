import type { Clock } from '../live/index.ts';

/** Further behind the wall clock than this, times leap forward to it. */
const TOLERANCE_MS = 1000;
const COMPARE_EVERY_MS = 100;

/**
 * Wall-clock times that do not go back while a publish lasts. They go on with the monotonic clock, so that a wall clock
 * that is set back in mid-stream does not turn EXT-X-PROGRAM-DATE-TIME around.
 */
export class WallTime {
  readonly #clock: Clock;
  /** Wall clock less monotonic clock. */
  #offsetMs: number;
  #comparedAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.wallMs() - clock.nowMs();
  }

  /** The wall-clock time, in whole ms, of a moment of the monotonic clock. */
  at(monotonicMs: number): number {
    if (monotonicMs - this.#comparedAtMs >= COMPARE_EVERY_MS) this.#compare(monotonicMs);
    return Math.round(monotonicMs + this.#offsetMs);
  }

  #compare(monotonicMs: number): void {
    this.#comparedAtMs = monotonicMs;
    const offsetMs = this.#clock.wallMs() - this.#clock.nowMs();
    if (offsetMs - this.#offsetMs > TOLERANCE_MS) this.#offsetMs = offsetMs;
  }
}
