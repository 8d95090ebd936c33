/** Work of one name runs one after the other. */
export class OneAtATime {
  readonly #running = new Map<string, Promise<unknown>>();

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#running.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.#running.set(name, settled);
    try {
      return await mine;
    } finally {
      if (this.#running.get(name) === settled) this.#running.delete(name);
    }
  }
}
