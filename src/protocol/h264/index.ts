export { annexBNalUnits, fromAnnexB, toAnnexB } from './annex-b.ts';
export { type AvcConfig, avcCodecString, decodeAvcConfig, encodeAvcConfig } from './avc-config.ts';
export {
  accessUnitDelimiter,
  hasIdr,
  nalUnits,
  nalUnitType,
  nalUnitTypes,
  rbspOf,
} from './nal-unit.ts';
export { type AvcSps, decodeAvcSps } from './sps.ts';
export type { AvcVui } from './vui.ts';
