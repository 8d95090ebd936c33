import { ByteReader, MalformedError } from '../bytes/index.ts';

/** `nal_unit_type` values of ISO/IEC 14496-10, table 7-1, that something here asks for. */
export const nalUnitTypes = {
  nonIdrSlice: 1,
  idrSlice: 5,
  sei: 6,
  sps: 7,
  pps: 8,
  accessUnitDelimiter: 9,
  endOfSequence: 10,
  endOfStream: 11,
  fillerData: 12,
  spsExtension: 13,
} as const;

/** Sizes of the length field before each NAL unit in an AVCC access unit (ISO/IEC 14496-15, 5.3.3). */
export type NalLengthSize = 1 | 2 | 4;

/** An access unit delimiter that allows every slice type: `primary_pic_type` 7. */
export const accessUnitDelimiter: Uint8Array = Uint8Array.of(0x09, 0xf0);

export function nalUnitType(nalUnit: Uint8Array): number {
  return (nalUnit[0] ?? 0) & 0x1f;
}

/** The NAL units of an AVCC access unit as views; empty ones are left out. */
export function* nalUnits(accessUnit: Uint8Array, nalLengthSize: NalLengthSize): Generator<Uint8Array> {
  const reader = new ByteReader(accessUnit, 'AVC access unit');
  while (reader.remaining > 0) {
    const length = nalLengthSize === 4 ? reader.u32() : nalLengthSize === 2 ? reader.u16() : reader.u8();
    const nalUnit = reader.bytes(length);
    if (length > 0) yield nalUnit;
  }
}

/** True if the access unit has an IDR slice, so that decoding can start at it. */
export function hasIdr(accessUnit: Uint8Array, nalLengthSize: NalLengthSize): boolean {
  for (const nalUnit of nalUnits(accessUnit, nalLengthSize)) {
    if (nalUnitType(nalUnit) === nalUnitTypes.idrSlice) return true;
  }
  return false;
}

/** Removes `emulation_prevention_three_byte` (ISO/IEC 14496-10, 7.4.1.1): a copy without the NAL unit header. */
export function rbspOf(nalUnit: Uint8Array): Uint8Array {
  const rbsp = new Uint8Array(Math.max(0, nalUnit.length - 1));
  let length = 0;
  let zeros = 0;
  for (let at = 1; at < nalUnit.length; at++) {
    const byte = nalUnit[at] ?? 0;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    rbsp[length++] = byte;
  }
  return rbsp.subarray(0, length);
}

/** The length size a record declares, `lengthSizeMinusOne` plus 1; 3 does not exist. */
export function nalLengthSizeOf(lengthSizeMinusOne: number, structure: string): NalLengthSize {
  const size = lengthSizeMinusOne + 1;
  if (size === 1 || size === 2 || size === 4) return size;
  throw new MalformedError('BAD_VALUE', structure, `NAL length size ${size}`);
}
