const SAID_EVERY_MS = 10_000;

/** One line for many: what strangers can make happen at any rate must not fill the log. */
export class FloodLine {
  readonly #nowMs: () => number;
  readonly #say: (address: string, count: number) => void;
  #count = 0;
  #saidAtMs = Number.NEGATIVE_INFINITY;

  /** `say` gets the latest address, and how often it happened since the line before. */
  constructor(clock: { nowMs(): number }, say: (address: string, count: number) => void) {
    this.#nowMs = () => clock.nowMs();
    this.#say = say;
  }

  add(address: string): void {
    this.#count++;
    const nowMs = this.#nowMs();
    if (nowMs - this.#saidAtMs < SAID_EVERY_MS) return;
    this.#say(address, this.#count);
    this.#count = 0;
    this.#saidAtMs = nowMs;
  }
}
