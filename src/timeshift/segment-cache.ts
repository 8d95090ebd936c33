type Entry = { readonly bytes: Promise<Uint8Array | undefined>; done?: Uint8Array };

/** Segments being served: read and made once for all who ask for them about the same time. */
export class SegmentCache {
  readonly #maxBytes: number;
  readonly #entries = new Map<string, Entry>();
  #keptBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Whether it is there, or on its way. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** What is there already. */
  peek(key: string): Uint8Array | undefined {
    const entry = this.#entries.get(key);
    if (!entry?.done) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.done;
  }

  /** What is there, or on its way, or else what `make` gives; what it refuses or lacks is not remembered. */
  get(key: string, make: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    const known = this.#entries.get(key);
    if (known) return known.done ? Promise.resolve(this.peek(key)) : known.bytes;
    const entry: Entry = { bytes: make() };
    this.#entries.set(key, entry);
    entry.bytes.then(
      (done) => (done ? this.#keep(entry, done) : this.#entries.delete(key)),
      () => this.#entries.delete(key),
    );
    return entry.bytes;
  }

  #keep(entry: Entry, bytes: Uint8Array): void {
    entry.done = bytes;
    this.#keptBytes += bytes.length;
    for (const [key, { done }] of this.#entries) {
      if (this.#keptBytes <= this.#maxBytes) break;
      if (!done) continue;
      this.#keptBytes -= done.length;
      this.#entries.delete(key);
    }
  }
}
