/** Adds up frame counts that begin again at 0 with every new source of the element. */
export class FrameCounter {
  #before = { total: 0, dropped: 0 };
  #last = { total: 0, dropped: 0 };

  /** Takes the element's own counts and gives those of the whole viewing. */
  add(now: { readonly total: number; readonly dropped: number }): { total: number; dropped: number } {
    if (now.total < this.#last.total) {
      this.#before = {
        total: this.#before.total + this.#last.total,
        dropped: this.#before.dropped + this.#last.dropped,
      };
    }
    this.#last = { total: now.total, dropped: now.dropped };
    return { total: this.#before.total + now.total, dropped: this.#before.dropped + now.dropped };
  }
}
