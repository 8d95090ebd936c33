import type { Clock } from '../live/index.ts';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
/** A run that lasted this long makes the next failure the first again. */
const STEADY_MS = 30_000;

/** When FFmpeg is started again after it failed. */
export class Backoff {
  readonly #clock: Clock;
  #restMs = 0;
  #failures = 0;
  #inARow = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Times that it failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Failures since a run that lasted. */
  get failuresInARow(): number {
    return this.#inARow;
  }

  /** A start is ahead. */
  get isResting(): boolean {
    return this.#cancel !== undefined;
  }

  /** @param ranMs how long the run that failed had lasted @returns how long until `again` is called */
  rest(ranMs: number, again: () => void): number {
    const isSteady = ranMs >= STEADY_MS;
    this.#failures++;
    this.#inARow = isSteady ? 1 : this.#inARow + 1;
    this.#restMs = isSteady ? FIRST_MS : Math.min(LONGEST_MS, this.#restMs * 2 || FIRST_MS);
    this.cancel();
    this.#cancel = this.#clock.after(this.#restMs, () => {
      this.#cancel = undefined;
      again();
    });
    return this.#restMs;
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
