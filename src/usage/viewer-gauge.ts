/** How many watch: now, at most, and for how long in all. Times are monotonic milliseconds. */
export class ViewerGauge {
  #viewers = 0;
  #peak = 0;
  #viewerMs = 0;
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  get viewers(): number {
    return this.#viewers;
  }

  /** Most at once since the last `reset`. */
  get peak(): number {
    return this.#peak;
  }

  add(change: 1 | -1, nowMs: number): void {
    this.#advance(nowMs);
    this.#viewers = Math.max(0, this.#viewers + change);
    this.#peak = Math.max(this.#peak, this.#viewers);
  }

  /** Viewer seconds since the last `reset`. */
  secondsAt(nowMs: number): number {
    this.#advance(nowMs);
    return this.#viewerMs / 1000;
  }

  reset(nowMs: number): void {
    this.#advance(nowMs);
    this.#viewerMs = 0;
    this.#peak = this.#viewers;
  }

  #advance(nowMs: number): void {
    this.#viewerMs += this.#viewers * Math.max(0, nowMs - this.#sinceMs);
    this.#sinceMs = nowMs;
  }
}
