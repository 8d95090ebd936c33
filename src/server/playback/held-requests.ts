/** Requests that wait for something to exist; past the limit none waits any more. */
export class HeldRequests {
  readonly #limit: number;
  #count = 0;

  /** @param limit 0 for any number */
  constructor(limit: number) {
    this.#limit = limit > 0 ? limit : Number.POSITIVE_INFINITY;
  }

  /** `full` where one more may not wait. */
  async hold(wait: () => Promise<boolean>): Promise<boolean | 'full'> {
    if (this.#count >= this.#limit) return 'full';
    this.#count++;
    try {
      return await wait();
    } finally {
      this.#count--;
    }
  }
}
