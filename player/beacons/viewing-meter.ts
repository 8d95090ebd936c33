const MAX_ERRORS = 16;

/** What one viewing came to so far; all times in ms. */
export type ViewingTotals = {
  readonly startupMs?: number;
  readonly watchedMs: number;
  readonly stalledMs: number;
  readonly stalls: number;
  readonly errors: readonly string[];
};

/** Adds up one viewing from its events; every `nowMs` comes from one monotonic clock. */
export class ViewingMeter {
  #phase: 'off' | 'starting' | 'playing' | 'stalled' = 'off';
  #since = 0;
  #startupMs: number | undefined;
  #watchedMs = 0;
  #stalledMs = 0;
  #stalls = 0;
  readonly #errors: string[] = [];

  /** The viewer wants to watch: start-up time counts from here until the first picture. */
  want(nowMs: number): void {
    if (this.#phase === 'off' && this.#startupMs === undefined) this.#enter('starting', nowMs);
  }

  /** A picture moves. */
  play(nowMs: number): void {
    if (this.#phase === 'starting' && this.#startupMs === undefined) this.#startupMs = nowMs - this.#since;
    this.#enter('playing', nowMs);
  }

  /** The picture stands still though it should move; before the first picture this is start-up, not a stall. */
  stall(nowMs: number): void {
    if (this.#phase !== 'playing') return;
    this.#stalls += 1;
    this.#enter('stalled', nowMs);
  }

  /** Nobody expects a moving picture: paused, the publisher is away, or the end. */
  rest(nowMs: number): void {
    this.#enter('off', nowMs);
  }

  /** Kept up to 16, so that a broken stream can't make a beacon grow. */
  fail(code: string): void {
    if (this.#errors.length < MAX_ERRORS) this.#errors.push(code);
  }

  totals(nowMs: number): ViewingTotals {
    this.#enter(this.#phase, nowMs);
    return {
      ...(this.#startupMs !== undefined && { startupMs: Math.round(this.#startupMs) }),
      watchedMs: Math.round(this.#watchedMs),
      stalledMs: Math.round(this.#stalledMs),
      stalls: this.#stalls,
      errors: [...this.#errors],
    };
  }

  #enter(phase: 'off' | 'starting' | 'playing' | 'stalled', nowMs: number): void {
    const elapsed = Math.max(0, nowMs - this.#since);
    if (this.#phase === 'playing') this.#watchedMs += elapsed;
    if (this.#phase === 'stalled') this.#stalledMs += elapsed;
    if (this.#phase !== phase || phase !== 'starting') this.#since = nowMs;
    this.#phase = phase;
  }
}
