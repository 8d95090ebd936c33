/** A value with the bytes counted for it: at least `bytes - uncertainBytes`, at most `bytes`. */
export type Hitter = { readonly value: string; readonly bytes: number; readonly uncertainBytes: number };

type Counter = { bytes: number; uncertainBytes: number };

/**
 * The values with the most bytes, in bounded memory: a new value takes the place of the least one and goes on from its
 * count (Metwally, Agrawal, El Abbadi: space-saving). Whatever has more than 1/capacity of all bytes is there for certain.
 */
export class HeavyHitters {
  readonly #capacity: number;
  readonly #counters = new Map<string, Counter>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#counters.size;
  }

  add(value: string, bytes: number, uncertainBytes = 0): void {
    const known = this.#counters.get(value);
    if (known) {
      known.bytes += bytes;
      known.uncertainBytes += uncertainBytes;
      return;
    }
    const least = this.#counters.size < this.#capacity ? 0 : this.#dropLeast();
    this.#counters.set(value, { bytes: least + bytes, uncertainBytes: least + uncertainBytes });
  }

  *values(): Generator<Hitter> {
    for (const [value, counter] of this.#counters) yield { value, ...counter };
  }

  #dropLeast(): number {
    let least: string | undefined;
    let leastBytes = Number.POSITIVE_INFINITY;
    for (const [value, { bytes }] of this.#counters) {
      if (bytes >= leastBytes) continue;
      least = value;
      leastBytes = bytes;
    }
    if (least !== undefined) this.#counters.delete(least);
    return leastBytes;
  }
}
