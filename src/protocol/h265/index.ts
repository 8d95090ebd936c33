export { hevcToAnnexB } from './annex-b.ts';
export {
  decodeHevcConfig,
  encodeHevcConfig,
  type HevcConfig,
  type HevcNalArray,
  type HevcProfile,
  hevcCodecString,
  hevcNalUnitsOfType,
  hevcParameterSets,
} from './hevc-config.ts';
export {
  hasIrap,
  hevcAccessUnitDelimiter,
  hevcNalUnits,
  hevcNalUnitType,
  hevcNalUnitTypes,
  hevcRbspOf,
  isIrapType,
} from './nal-unit.ts';
export { decodeHevcSps, type HevcSps } from './sps.ts';
export type { HevcVui } from './vui.ts';
