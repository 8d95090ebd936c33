import { MalformedError } from './malformed-error.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Reads big-endian values from a byte array and never past its end. `bytes()` returns views, not copies. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #structure: string;
  #offset = 0;

  /** @param structure named in the error when the bytes end too early */
  constructor(bytes: Uint8Array, structure: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#structure = structure;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  i16(): number {
    return this.#view.getInt16(this.#advance(2));
  }

  u24(): number {
    const at = this.#advance(3);
    return this.#view.getUint8(at) * 0x10000 + this.#view.getUint16(at + 1);
  }

  i24(): number {
    const value = this.u24();
    return value >= 0x800000 ? value - 0x1000000 : value;
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  u32le(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4));
  }

  /** An unsigned 64-bit value; throws `TOO_LARGE` past `Number.MAX_SAFE_INTEGER`. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#advance(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new MalformedError('TOO_LARGE', this.#structure, `64-bit value ${value} is past 2^53`);
    }
    return Number(value);
  }

  f64(): number {
    return this.#view.getFloat64(this.#advance(8));
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A view of everything left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  utf8(length: number): string {
    return utf8.decode(this.bytes(length));
  }

  skip(length: number): void {
    this.#advance(length);
  }

  #advance(length: number): number {
    if (length < 0 || length > this.remaining) {
      throw new MalformedError(
        'SHORT_READ',
        this.#structure,
        `needs ${length} bytes at offset ${this.#offset}, has ${this.remaining}`,
      );
    }
    const at = this.#offset;
    this.#offset += length;
    return at;
  }
}
