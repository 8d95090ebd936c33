/** Numbers of 32 bits, as many as come, four bytes each; a negative one is kept in two's complement. */
export class Uint32List {
  #values = new Uint32Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Uint32Array(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length++] = value;
  }

  at(index: number): number {
    return this.#values[index < 0 ? this.#length + index : index] ?? 0;
  }

  setLast(value: number): void {
    this.#values[this.#length - 1] = value;
  }

  /** A view, valid until the next push. */
  view(): Uint32Array {
    return this.#values.subarray(0, this.#length);
  }
}
