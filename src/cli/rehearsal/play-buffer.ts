export type PlayBufferOptions = {
  /** So much media lets a player begin, and go on after a stall. */
  readonly startMs: number;
};

/** What a player lived through, in milliseconds. */
export type Watched = { readonly playedMs: number; readonly stalledMs: number; readonly stalls: number };

/** A player's buffer: media comes in pieces, is played in real time, and when none is left the picture stands still. */
export class PlayBuffer {
  readonly #startMs: number;
  #bufferedMs = 0;
  #state: 'joining' | 'playing' | 'stalled' = 'joining';
  #atMs = 0;
  #playedMs = 0;
  #stalledMs = 0;
  #stalls = 0;

  constructor({ startMs }: PlayBufferOptions) {
    this.#startMs = startMs;
  }

  /** Media of this length is here. */
  add(durationMs: number, nowMs: number): void {
    this.settle(nowMs);
    this.#bufferedMs += durationMs;
    if (this.#state !== 'playing' && this.#bufferedMs >= this.#startMs) this.#state = 'playing';
  }

  /** Plays on until now; times that go back count as now. */
  settle(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - this.#atMs);
    this.#atMs = Math.max(this.#atMs, nowMs);
    if (this.#state === 'stalled') this.#stalledMs += passedMs;
    if (this.#state !== 'playing') return;
    const playedMs = Math.min(passedMs, this.#bufferedMs);
    this.#playedMs += playedMs;
    this.#bufferedMs -= playedMs;
    if (passedMs <= playedMs) return;
    this.#state = 'stalled';
    this.#stalls++;
    this.#stalledMs += passedMs - playedMs;
  }

  get hasStarted(): boolean {
    return this.#state !== 'joining';
  }

  /** What is here and not played yet. */
  get bufferedMs(): number {
    return this.#bufferedMs;
  }

  get watched(): Watched {
    return { playedMs: this.#playedMs, stalledMs: this.#stalledMs, stalls: this.#stalls };
  }
}
