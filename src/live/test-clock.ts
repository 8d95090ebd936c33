import type { Clock } from './clock.ts';

type Timer = { readonly atMs: number; readonly callback: () => void };

/** A clock that a test moves by hand. */
export class TestClock implements Clock {
  #nowMs = 5000;
  #wallMs = Date.UTC(2026, 0, 1);
  #timers: Timer[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  /** Timers that have neither run nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  /** Lets time pass and runs what falls due, in order. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#nextBefore(endMs); next; next = this.#nextBefore(endMs)) {
      this.#move(Math.max(0, next.atMs - this.#nowMs));
      const due = next;
      this.#timers = this.#timers.filter((each) => each !== due);
      due.callback();
    }
    this.#move(endMs - this.#nowMs);
  }

  /** Sets the wall clock, and leaves the monotonic one alone. */
  stepWall(ms: number): void {
    this.#wallMs += ms;
  }

  #move(ms: number): void {
    this.#nowMs += ms;
    this.#wallMs += ms;
  }

  #nextBefore(endMs: number): Timer | undefined {
    return this.#timers.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
  }
}
