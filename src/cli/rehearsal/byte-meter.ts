/** Counts bytes, and megabits a second from one look to the next. */
export class ByteMeter {
  #bytes = 0;
  #lookedBytes = 0;
  #lookedAtMs: number;
  #peakMbps = 0;

  constructor(nowMs: number) {
    this.#lookedAtMs = nowMs;
  }

  add(count: number): void {
    this.#bytes += count;
  }

  /** Since the last look. */
  mbps(nowMs: number): number {
    const mbps = ((this.#bytes - this.#lookedBytes) * 8) / 1000 / Math.max(1, nowMs - this.#lookedAtMs);
    this.#lookedBytes = this.#bytes;
    this.#lookedAtMs = nowMs;
    this.#peakMbps = Math.max(this.#peakMbps, mbps);
    return mbps;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get peakMbps(): number {
    return this.#peakMbps;
  }
}
