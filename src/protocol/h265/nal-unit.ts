import { ByteReader, MalformedError } from '../bytes/index.ts';

/** `nal_unit_type` values of ITU-T H.265, table 7-1, that something here asks for. */
export const hevcNalUnitTypes = {
  blaWLp: 16,
  idrWRadl: 19,
  idrNLp: 20,
  cra: 21,
  lastIrap: 23,
  vps: 32,
  sps: 33,
  pps: 34,
  accessUnitDelimiter: 35,
  endOfSequence: 36,
  endOfBitstream: 37,
  fillerData: 38,
  prefixSei: 39,
  suffixSei: 40,
} as const;

/** Sizes of the length field before each NAL unit in an access unit (ISO/IEC 14496-15, 8.3.3). */
export type HevcNalLengthSize = 1 | 2 | 4;

/** An access unit delimiter that allows every slice type: `pic_type` 2. */
export const hevcAccessUnitDelimiter: Uint8Array = Uint8Array.of(0x46, 0x01, 0x50);

export function hevcNalUnitType(nalUnit: Uint8Array): number {
  return ((nalUnit[0] ?? 0) >>> 1) & 0x3f;
}

/** True for BLA, IDR and CRA pictures, at which decoding can start (types 16 to 23). */
export function isIrapType(type: number): boolean {
  return type >= hevcNalUnitTypes.blaWLp && type <= hevcNalUnitTypes.lastIrap;
}

/** The NAL units of a length-prefixed access unit as views; empty ones are left out. */
export function* hevcNalUnits(accessUnit: Uint8Array, nalLengthSize: HevcNalLengthSize): Generator<Uint8Array> {
  const reader = new ByteReader(accessUnit, 'HEVC access unit');
  while (reader.remaining > 0) {
    const length = nalLengthSize === 4 ? reader.u32() : nalLengthSize === 2 ? reader.u16() : reader.u8();
    const nalUnit = reader.bytes(length);
    if (length > 0) yield nalUnit;
  }
}

/** True if the access unit has a slice of an IRAP picture. */
export function hasIrap(accessUnit: Uint8Array, nalLengthSize: HevcNalLengthSize): boolean {
  for (const nalUnit of hevcNalUnits(accessUnit, nalLengthSize)) {
    if (isIrapType(hevcNalUnitType(nalUnit))) return true;
  }
  return false;
}

/** Removes `emulation_prevention_three_byte` (H.265, 7.4.2): a copy without the two-byte NAL unit header. */
export function hevcRbspOf(nalUnit: Uint8Array): Uint8Array {
  const rbsp = new Uint8Array(Math.max(0, nalUnit.length - 2));
  let length = 0;
  let zeros = 0;
  for (let at = 2; at < nalUnit.length; at++) {
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
export function hevcNalLengthSizeOf(lengthSizeMinusOne: number, structure: string): HevcNalLengthSize {
  const size = lengthSizeMinusOne + 1;
  if (size === 1 || size === 2 || size === 4) return size;
  throw new MalformedError('BAD_VALUE', structure, `NAL length size ${size}`);
}
