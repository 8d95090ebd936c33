/** Writes bits, most significant first. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #bit = 0;

  /** Appends `count` bits of an unsigned value below 2^53. */
  bits(value: number, count: number): this {
    for (let i = count - 1; i >= 0; i--) {
      const bit = Math.floor(value / 2 ** i) % 2;
      const at = this.#bit >>> 3;
      this.#bytes[at] = (this.#bytes[at] ?? 0) | (bit << (7 - (this.#bit & 7)));
      this.#bit++;
    }
    return this;
  }

  flag(value: boolean): this {
    return this.bits(value ? 1 : 0, 1);
  }

  /** `ue(v)` of ISO/IEC 14496-10, 9.1. */
  ue(value: number): this {
    const width = Math.floor(Math.log2(value + 1));
    return this.bits(0, width).bits(value + 1, width + 1);
  }

  /** The bits written, the last byte filled with zeros. */
  toBytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
