export { joinAnnexB } from './annex-b.ts';
export { lengthPrefixedNalUnits, type NalLengthSize, nalLengthSizeOf } from './length-prefix.ts';
export { withoutEmulationPrevention } from './rbsp.ts';
export { type ColourDescription, readVideoUsability, type VideoUsability } from './video-usability.ts';
