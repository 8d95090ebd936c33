import { ByteReader, MalformedError } from '../bytes/index.ts';

/** Sizes of the length field before each NAL unit in an access unit (ISO/IEC 14496-15, 5.3.3 and 8.3.3). */
export type NalLengthSize = 1 | 2 | 4;

/** The length size a record declares, `lengthSizeMinusOne` plus 1; 3 does not exist. */
export function nalLengthSizeOf(lengthSizeMinusOne: number, structure: string): NalLengthSize {
  const size = lengthSizeMinusOne + 1;
  if (size === 1 || size === 2 || size === 4) return size;
  throw new MalformedError('BAD_VALUE', structure, `NAL length size ${size}`);
}

/** The NAL units of a length-prefixed access unit as views; empty ones are left out. */
export function* lengthPrefixedNalUnits(
  accessUnit: Uint8Array,
  nalLengthSize: NalLengthSize,
  structure: string,
): Generator<Uint8Array> {
  const reader = new ByteReader(accessUnit, structure);
  while (reader.remaining > 0) {
    const length = nalLengthSize === 4 ? reader.u32() : nalLengthSize === 2 ? reader.u16() : reader.u8();
    const nalUnit = reader.bytes(length);
    if (length > 0) yield nalUnit;
  }
}
