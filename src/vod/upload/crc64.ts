/** CRC-64 of ECMA-182 as xz and OSS have it: reflected, begun and ended with all bits set. */
const POLYNOMIAL = 0xc96c5795d7870f42n;
const ALL = 0xffff_ffff_ffff_ffffn;
const STRIDE = 8;

/** Low and high words of the table for a byte that has `n` more bytes behind it, at `n * 256 + byte`. */
const [LOW, HIGH] = tables();

/** Takes bytes as they come; the value is that of all so far. */
export class Crc64 {
  #low = -1;
  #high = -1;

  update(bytes: Uint8Array): this {
    let [low, high] = [this.#low, this.#high];
    const end = bytes.length - (bytes.length % STRIDE);
    let at = 0;
    for (; at < end; at += STRIDE) {
      low ^= word(bytes, at);
      high ^= word(bytes, at + 4);
      const a = 1792 + (low & 0xff);
      const b = 1536 + ((low >>> 8) & 0xff);
      const c = 1280 + ((low >>> 16) & 0xff);
      const d = 1024 + (low >>> 24);
      const e = 768 + (high & 0xff);
      const f = 512 + ((high >>> 8) & 0xff);
      const g = 256 + ((high >>> 16) & 0xff);
      const h = high >>> 24;
      low = of(LOW, a) ^ of(LOW, b) ^ of(LOW, c) ^ of(LOW, d) ^ of(LOW, e) ^ of(LOW, f) ^ of(LOW, g) ^ of(LOW, h);
      high =
        of(HIGH, a) ^ of(HIGH, b) ^ of(HIGH, c) ^ of(HIGH, d) ^ of(HIGH, e) ^ of(HIGH, f) ^ of(HIGH, g) ^ of(HIGH, h);
    }
    for (; at < bytes.length; at++) {
      const index = (low ^ (bytes[at] ?? 0)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ of(LOW, index);
      high = (high >>> 8) ^ of(HIGH, index);
    }
    this.#low = low;
    this.#high = high;
    return this;
  }

  /** As an unsigned number. */
  get value(): bigint {
    return ((BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0)) ^ ALL;
  }
}

/** What the pieces of one object have together: each with its CRC and its length in bytes. */
export function joinedCrc64(pieces: Iterable<{ readonly crc64: bigint; readonly sizeBytes: number }>): bigint {
  const shifts = new Map<number, readonly bigint[]>();
  let joined = 0n;
  for (const { crc64, sizeBytes } of pieces) {
    const shift = shifts.get(sizeBytes) ?? zeros(sizeBytes);
    shifts.set(sizeBytes, shift);
    joined = times(shift, joined) ^ crc64;
  }
  return joined;
}

const of = (table: Int32Array, index: number) => table[index] as number;

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}

function tables(): readonly [Int32Array, Int32Array] {
  const low = new Int32Array(STRIDE * 256);
  const high = new Int32Array(STRIDE * 256);
  let values = Array.from({ length: 256 }, (_, byte) => {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
    return crc;
  });
  const first = values;
  for (let behind = 0; behind < STRIDE; behind++) {
    for (const [byte, value] of values.entries()) {
      low[behind * 256 + byte] = Number(BigInt.asIntN(32, value));
      high[behind * 256 + byte] = Number(BigInt.asIntN(32, value >> 32n));
    }
    values = values.map((value) => (value >> 8n) ^ (first[Number(value & 0xffn)] ?? 0n));
  }
  return [low, high];
}

/** What so many bytes of zero behind it do to a CRC: a matrix over bits, the column of each bit one number. */
function zeros(sizeBytes: number): readonly bigint[] {
  let result = Array.from({ length: 64 }, (_, bit) => 1n << BigInt(bit));
  let power: readonly bigint[] = [POLYNOMIAL, ...Array.from({ length: 63 }, (_, bit) => 1n << BigInt(bit))];
  for (let square = 0; square < 3; square++) power = power.map((column) => times(power, column));
  for (let left = sizeBytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = result.map((column) => times(power, column));
    power = power.map((column) => times(power, column));
  }
  return result;
}

function times(matrix: readonly bigint[], vector: bigint): bigint {
  let result = 0n;
  for (let bit = 0, rest = vector; rest > 0n; bit++, rest >>= 1n) {
    if (rest & 1n) result ^= matrix[bit] ?? 0n;
  }
  return result;
}
