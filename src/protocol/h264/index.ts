export { annexBNalUnits, fromAnnexB, toAnnexB } from './annex-b.ts';
export { type AvcConfig, avcCodecString, decodeAvcConfig, encodeAvcConfig } from './avc-config.ts';
export {
  accessUnitDelimiter,
  hasIdr,
  type NalLengthSize,
  nalUnits,
  nalUnitType,
  nalUnitTypes,
  rbspOf,
} from './nal-unit.ts';
export { type AvcSps, decodeAvcSps } from './sps.ts';
export type { AvcColour, AvcVui } from './vui.ts';
