const MIN_WINDOW_BYTES = 4096;

/** Says when an Acknowledgement (section 5.4.3) is due. */
export class AckCounter {
  #windowBytes: number;
  #total = 0;
  #acknowledged = 0;

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
  }

  setWindow(windowBytes: number): void {
    this.#windowBytes = Math.max(MIN_WINDOW_BYTES, windowBytes);
  }

  /** Counts bytes in; the sequence number (modulo 2^32) to send now, if any. */
  received(count: number): number | undefined {
    this.#total += count;
    if (this.#total - this.#acknowledged < this.#windowBytes) return undefined;
    this.#acknowledged = this.#total;
    return this.#total % 2 ** 32;
  }
}
