import { lengthPrefixedNalUnits, type NalLengthSize, withoutEmulationPrevention } from '../nal/index.ts';

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
export function hevcNalUnits(accessUnit: Uint8Array, nalLengthSize: NalLengthSize): Generator<Uint8Array> {
  return lengthPrefixedNalUnits(accessUnit, nalLengthSize, 'HEVC access unit');
}

/** True if the access unit has a slice of an IRAP picture. */
export function hasIrap(accessUnit: Uint8Array, nalLengthSize: NalLengthSize): boolean {
  for (const nalUnit of hevcNalUnits(accessUnit, nalLengthSize)) {
    if (isIrapType(hevcNalUnitType(nalUnit))) return true;
  }
  return false;
}

/** The payload of a NAL unit: without its two-byte header and `emulation_prevention_three_byte`s. */
export function hevcRbspOf(nalUnit: Uint8Array): Uint8Array {
  return withoutEmulationPrevention(nalUnit, 2);
}
