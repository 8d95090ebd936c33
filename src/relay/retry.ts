import type { Clock } from '../live/index.ts';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
/** What lasted this long makes the next failure the first again. */
const STEADY_MS = 30_000;

/** When something that failed is tried again: after 0.5 s, 1 s, 2 s ... 30 s. */
export class Retry {
  readonly #clock: Clock;
  #restMs = 0;
  #failures = 0;
  #cancel: (() => void) | undefined;
  #dueMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Failures since it last went well. */
  get failures(): number {
    return this.#failures;
  }

  /** Until the next try; undefined where none is ahead. */
  get inMs(): number | undefined {
    return this.#dueMs === undefined ? undefined : Math.max(0, this.#dueMs - this.#clock.nowMs());
  }

  /** @param wentWellMs how long it had gone well before it failed */
  failed(wentWellMs: number, again: () => void): void {
    const isSteady = wentWellMs >= STEADY_MS;
    this.#failures = isSteady ? 1 : this.#failures + 1;
    this.#restMs = isSteady ? FIRST_MS : Math.min(LONGEST_MS, this.#restMs * 2 || FIRST_MS);
    this.after(this.#restMs, again);
  }

  /** Something else than a failure is waited for. */
  after(ms: number, again: () => void): void {
    this.cancel();
    this.#dueMs = this.#clock.nowMs() + ms;
    this.#cancel = this.#clock.after(ms, () => {
      this.#cancel = undefined;
      this.#dueMs = undefined;
      again();
    });
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#dueMs = undefined;
  }

  /** Begins anew. */
  reset(): void {
    this.cancel();
    this.#restMs = 0;
    this.#failures = 0;
  }
}
