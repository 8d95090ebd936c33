import { lengthPrefixedNalUnits, type NalLengthSize, withoutEmulationPrevention } from '../nal/index.ts';

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

/** An access unit delimiter that allows every slice type: `primary_pic_type` 7. */
export const accessUnitDelimiter: Uint8Array = Uint8Array.of(0x09, 0xf0);

export function nalUnitType(nalUnit: Uint8Array): number {
  return (nalUnit[0] ?? 0) & 0x1f;
}

/** The NAL units of an AVCC access unit as views; empty ones are left out. */
export function nalUnits(accessUnit: Uint8Array, nalLengthSize: NalLengthSize): Generator<Uint8Array> {
  return lengthPrefixedNalUnits(accessUnit, nalLengthSize, 'AVC access unit');
}

/** True if the access unit has an IDR slice, so that decoding can start at it. */
export function hasIdr(accessUnit: Uint8Array, nalLengthSize: NalLengthSize): boolean {
  for (const nalUnit of nalUnits(accessUnit, nalLengthSize)) {
    if (nalUnitType(nalUnit) === nalUnitTypes.idrSlice) return true;
  }
  return false;
}

/** The payload of a NAL unit: without its header and `emulation_prevention_three_byte`s. */
export function rbspOf(nalUnit: Uint8Array): Uint8Array {
  return withoutEmulationPrevention(nalUnit, 1);
}
