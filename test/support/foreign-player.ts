import { until } from './until.ts';

/** A player that isn't ours. */
export type ForeignPlayer = {
  /** How much of the picture it has shown, in ms; undefined where it does not say. */
  shownMs(): Promise<number | undefined>;
  /** Resolves when it has ended by itself, with its exit code. */
  readonly exited: Promise<number | null>;
  /** Its log. */
  said(): string;
  stop(): Promise<void>;
};

const LOOK_EVERY_MS = 250;

/**
 * Watches a player from its first picture on, and keeps the longest time for which its picture stood.
 * A busy machine may keep the watcher from looking, not the picture from moving: of the time between two looks, as much
 * as was shown meanwhile did not stand.
 */
export class StallWatch {
  readonly #player: ForeignPlayer;
  #isStopped = false;
  #shownMs: number | undefined;
  #rises = 0;
  #looks = 0;
  #lookedAtMs = 0;
  #stillMs = 0;
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

  /** Looks once more; a player that no longer says anything stands since it was last heard. */
  async longestStillMs(): Promise<number> {
    const looks = this.#looks;
    await until('the player says something', () => this.#looks > looks, 15_000).catch(() => undefined);
    const unheardMs = this.#looks > looks ? 0 : performance.now() - this.#lookedAtMs;
    return Math.max(this.#longestStillMs, this.#stillMs + unheardMs);
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
      this.#look(await this.#player.shownMs(), performance.now());
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  #look(shownMs: number | undefined, nowMs: number): void {
    if (shownMs === undefined) return;
    const movedMs = shownMs - (this.#shownMs ?? shownMs);
    const sinceMs = nowMs - this.#lookedAtMs;
    this.#shownMs = shownMs;
    this.#lookedAtMs = nowMs;
    this.#looks += 1;
    if (movedMs !== 0) this.#rises += 1;
    if (this.#firstMs === undefined) {
      if (movedMs !== 0) this.#firstMs = nowMs;
      return;
    }
    this.#stillMs = movedMs === 0 ? this.#stillMs + sinceMs : Math.max(0, sinceMs - Math.abs(movedMs));
    this.#longestStillMs = Math.max(this.#longestStillMs, this.#stillMs);
  }
}
