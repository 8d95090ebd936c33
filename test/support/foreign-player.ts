import { until } from './until.ts';

/** A player that isn't ours. */
export type ForeignPlayer = {
  /** How far it is: rises for as long as the picture moves. */
  shown(): Promise<number | undefined>;
  /** Its log. */
  said(): string;
  stop(): Promise<void>;
};

const LOOK_EVERY_MS = 250;

/** Watches a player from its first picture on, and keeps the longest time for which its picture stood. */
export class StallWatch {
  readonly #player: ForeignPlayer;
  #isStopped = false;
  #shown: number | undefined;
  #rises = 0;
  #movedAtMs = 0;
  #firstMs: number | undefined;
  #longestStillMs = 0;

  constructor(player: ForeignPlayer) {
    this.#player = player;
    void this.#watch();
  }

  /** Since the first picture. */
  get watchedMs(): number {
    return this.#firstMs === undefined ? 0 : performance.now() - this.#firstMs;
  }

  get longestStillMs(): number {
    const stillMs = this.#firstMs === undefined ? 0 : performance.now() - this.#movedAtMs;
    return Math.max(this.#longestStillMs, stillMs);
  }

  /** Waits until the picture was seen to move that many times more. */
  async untilMoved(times: number, timeoutMs: number): Promise<void> {
    const wanted = this.#rises + times;
    await until(`the picture moved ${times} times`, () => this.#rises >= wanted, timeoutMs);
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #watch(): Promise<void> {
    while (!this.#isStopped) {
      this.#look(await this.#player.shown(), performance.now());
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  #look(shown: number | undefined, nowMs: number): void {
    if (shown === undefined || shown === this.#shown) return;
    const isFirst = this.#shown === undefined;
    this.#shown = shown;
    if (isFirst && shown <= 0) return;
    this.#rises += 1;
    if (this.#firstMs === undefined) this.#firstMs = nowMs;
    else this.#longestStillMs = Math.max(this.#longestStillMs, nowMs - this.#movedAtMs);
    this.#movedAtMs = nowMs;
  }
}
