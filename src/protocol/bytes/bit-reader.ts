import { MalformedError } from './malformed-error.ts';

/** Reads bits, most significant first, from a byte array and never past its end. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #structure: string;
  #bit = 0;

  constructor(bytes: Uint8Array, structure: string) {
    this.#bytes = bytes;
    this.#structure = structure;
  }

  get bitOffset(): number {
    return this.#bit;
  }

  get remainingBits(): number {
    return this.#bytes.length * 8 - this.#bit;
  }

  /** An unsigned value of 0 to 53 bits. */
  bits(count: number): number {
    if (count > this.remainingBits) {
      throw new MalformedError('SHORT_READ', this.#structure, `needs ${count} bits, has ${this.remainingBits}`);
    }
    let value = 0;
    for (let i = 0; i < count; i++) {
      const byte = this.#bytes[this.#bit >>> 3] ?? 0;
      value = value * 2 + ((byte >>> (7 - (this.#bit & 7))) & 1);
      this.#bit++;
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  skip(count: number): void {
    if (count > this.remainingBits) {
      throw new MalformedError('SHORT_READ', this.#structure, `skips ${count} bits, has ${this.remainingBits}`);
    }
    this.#bit += count;
  }

  /** `ue(v)` of ISO/IEC 14496-10, 9.1: at most 32 leading zeros. */
  ue(): number {
    let zeros = 0;
    while (!this.flag()) {
      if (++zeros > 32) throw new MalformedError('BAD_VALUE', this.#structure, 'Exp-Golomb code of more than 32 zeros');
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** `se(v)` of ISO/IEC 14496-10, 9.1.1. */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : 0 - code / 2;
  }
}
