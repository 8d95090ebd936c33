/** For how long things have been so without a pause, and for how long they have not; times are monotonic milliseconds. */
export class Holding {
  #since = new Map<string, number>();
  readonly #gone = new Map<string, number>();

  /**
   * Notes what is so now.
   *
   * @param unknown whether it cannot be told at the moment: that counts as no change
   */
  note(present: ReadonlySet<string>, nowMs: number, unknown: (key: string) => boolean): void {
    const since = new Map<string, number>();
    for (const key of present) since.set(key, this.#since.get(key) ?? nowMs);
    for (const [key, atMs] of this.#since) if (!present.has(key) && unknown(key)) since.set(key, atMs);
    this.#since = since;
  }

  hasHeld(key: string, holdMs: number, nowMs: number): boolean {
    const since = this.#since.get(key);
    return since !== undefined && nowMs - since >= holdMs;
  }

  /** Whether an open alarm has been well for so long. To be asked of each open alarm, each time. */
  hasBeenWell(key: string, clearMs: number, nowMs: number): boolean {
    if (this.#since.has(key)) {
      this.#gone.delete(key);
      return false;
    }
    const gone = this.#gone.get(key) ?? nowMs;
    this.#gone.set(key, gone);
    return nowMs - gone >= clearMs;
  }

  /** Forgets how long others than these have been well. */
  keepOnly(open: ReadonlySet<string>): void {
    for (const key of this.#gone.keys()) if (!open.has(key)) this.#gone.delete(key);
  }
}
