/** How many viewers should be here: all after `rampMs` in which nothing was in the way, the first at once. */
export class Ramp {
  readonly #total: number;
  readonly #rampMs: number;
  #passedMs = 0;
  #atMs: number;

  constructor(total: number, rampMs: number, nowMs: number) {
    this.#total = total;
    this.#rampMs = rampMs;
    this.#atMs = nowMs;
  }

  /** @param isPaused nobody comes for now, and those who should have do not come all at once after it */
  due(nowMs: number, isPaused: boolean): number {
    if (!isPaused) this.#passedMs += nowMs - this.#atMs;
    this.#atMs = nowMs;
    if (this.#rampMs <= 0) return this.#total;
    return Math.min(this.#total, Math.ceil((this.#total * this.#passedMs) / this.#rampMs) || 1);
  }
}
