/** What a quantity usually is: its mean, in which what is long ago counts less and less. */
export class Usual {
  readonly #learnMs: number;
  #firstMs: number | undefined;
  #lastMs = 0;
  #mean = 0;

  /** @param learnMs how long it is looked at before anything is usual; ten times that, and the old is nearly forgotten */
  constructor(learnMs: number) {
    this.#learnMs = learnMs;
  }

  /** Undefined until enough is known. */
  get value(): number | undefined {
    const isKnown = this.#firstMs !== undefined && this.#lastMs - this.#firstMs >= this.#learnMs;
    return isKnown ? this.#mean : undefined;
  }

  add(value: number, nowMs: number): void {
    if (this.#firstMs === undefined) {
      this.#firstMs = nowMs;
      this.#mean = value;
    } else {
      const memoryMs = Math.min(nowMs - this.#firstMs, 10 * this.#learnMs);
      const weight = memoryMs > 0 ? 1 - Math.exp(-(nowMs - this.#lastMs) / memoryMs) : 0.5;
      this.#mean += (value - this.#mean) * weight;
    }
    this.#lastMs = nowMs;
  }
}
