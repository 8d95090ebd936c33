import { ByteReader, ByteWriter, MalformedError } from '../bytes/index.ts';
import { type NalLengthSize, nalLengthSizeOf } from '../nal/index.ts';
import { hevcNalUnitTypes } from './nal-unit.ts';

const structure = 'HEVCDecoderConfigurationRecord';

/** The 12 bytes of `general_profile_tier_level` that `hvcC` and every SPS share (H.265, 7.3.3). */
export type HevcProfile = {
  /** `general_profile_space`, 0 in all published profiles. */
  readonly space: number;
  readonly isHighTier: boolean;
  /** `general_profile_idc`: 1 Main, 2 Main 10. */
  readonly profile: number;
  /** `general_profile_compatibility_flags`, flag 0 in the highest bit. */
  readonly compatibilityFlags: number;
  /** The 6 bytes from `general_progressive_source_flag` on. */
  readonly constraintFlags: Uint8Array;
  /** Thirty times the level, e.g. 93 for 3.1. */
  readonly level: number;
};

/** `HEVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 8.3.3.1.2): the body of an `hvcC` box and FLV sequence header. */
export type HevcConfig = HevcProfile & {
  readonly minSpatialSegmentation: number;
  readonly parallelismType: number;
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  /** Frames in 256 seconds; 0 when unspecified, as most encoders leave it. */
  readonly averageFrameRate: number;
  readonly constantFrameRate: number;
  readonly temporalLayers: number;
  readonly isTemporalIdNested: boolean;
  readonly nalLengthSize: NalLengthSize;
  readonly arrays: readonly HevcNalArray[];
};

/** NAL units of one type, in the order of the record. */
export type HevcNalArray = {
  /** True if all units of this type are here and none in the stream. */
  readonly isComplete: boolean;
  readonly nalUnitType: number;
  readonly nalUnits: readonly Uint8Array[];
};

/** Decodes a record; NAL units are views. Bytes after the record are not looked at. */
export function decodeHevcConfig(bytes: Uint8Array): HevcConfig {
  const reader = new ByteReader(bytes, structure);
  const version = reader.u8();
  // Version 0 was written by encoders that followed a draft of the standard.
  if (version > 1) throw new MalformedError('UNSUPPORTED', structure, `version ${version}`);
  const profile = readHevcProfile(reader);
  const minSpatialSegmentation = reader.u16() & 0xfff;
  const parallelismType = reader.u8() & 3;
  const chromaFormat = reader.u8() & 3;
  const bitDepthLuma = (reader.u8() & 7) + 8;
  const bitDepthChroma = (reader.u8() & 7) + 8;
  const averageFrameRate = reader.u16();
  const last = reader.u8();
  return {
    ...profile,
    minSpatialSegmentation,
    parallelismType,
    chromaFormat,
    bitDepthLuma,
    bitDepthChroma,
    averageFrameRate,
    constantFrameRate: last >>> 6,
    temporalLayers: (last >>> 3) & 7,
    isTemporalIdNested: (last & 4) !== 0,
    nalLengthSize: nalLengthSizeOf(last & 3, structure),
    arrays: readArrays(reader),
  };
}

/** Encodes a record of version 1 with all reserved bits as the standard asks. */
export function encodeHevcConfig(config: HevcConfig): Uint8Array {
  const writer = new ByteWriter(256).u8(1);
  writeHevcProfile(writer, config);
  writer
    .u16(0xf000 | config.minSpatialSegmentation)
    .u8(0xfc | config.parallelismType)
    .u8(0xfc | config.chromaFormat)
    .u8(0xf8 | (config.bitDepthLuma - 8))
    .u8(0xf8 | (config.bitDepthChroma - 8))
    .u16(config.averageFrameRate)
    .u8(
      (config.constantFrameRate << 6) |
        (config.temporalLayers << 3) |
        (config.isTemporalIdNested ? 4 : 0) |
        (config.nalLengthSize - 1),
    )
    .u8(config.arrays.length);
  for (const array of config.arrays) {
    writer.u8((array.isComplete ? 0x80 : 0) | array.nalUnitType).u16(array.nalUnits.length);
    for (const nalUnit of array.nalUnits) writer.u16(nalUnit.length).bytes(nalUnit);
  }
  return writer.toBytes();
}

/** The NAL units of one type in a record. */
export function hevcNalUnitsOfType(config: HevcConfig, nalUnitType: number): Uint8Array[] {
  return config.arrays.filter((array) => array.nalUnitType === nalUnitType).flatMap((array) => [...array.nalUnits]);
}

/** VPS, SPS and PPS of a record in that order, as they go before an IRAP picture in Annex B. */
export function hevcParameterSets(config: HevcConfig): Uint8Array[] {
  const { vps, sps, pps } = hevcNalUnitTypes;
  return [vps, sps, pps].flatMap((type) => hevcNalUnitsOfType(config, type));
}

/** RFC 6381 codec string (ISO/IEC 14496-15, E.3), e.g. `hvc1.1.6.L93.B0`. */
export function hevcCodecString(profile: HevcProfile): string {
  const space = profile.space === 0 ? '' : String.fromCharCode(0x40 + profile.space);
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed = reversed * 2 + ((profile.compatibilityFlags >>> bit) & 1);
  const constraints = [...profile.constraintFlags];
  while (constraints.at(-1) === 0) constraints.pop();
  const parts = [
    'hvc1',
    `${space}${profile.profile}`,
    reversed.toString(16).toUpperCase(),
    `${profile.isHighTier ? 'H' : 'L'}${profile.level}`,
    ...constraints.map((byte) => byte.toString(16).toUpperCase()),
  ];
  return parts.join('.');
}

/** Reads the 12 bytes of a general profile, tier and level. */
export function readHevcProfile(reader: ByteReader): HevcProfile {
  const first = reader.u8();
  return {
    space: first >>> 6,
    isHighTier: (first & 0x20) !== 0,
    profile: first & 0x1f,
    compatibilityFlags: reader.u32(),
    constraintFlags: reader.bytes(6),
    level: reader.u8(),
  };
}

function writeHevcProfile(writer: ByteWriter, profile: HevcProfile): void {
  writer
    .u8((profile.space << 6) | (profile.isHighTier ? 0x20 : 0) | profile.profile)
    .u32(profile.compatibilityFlags)
    .bytes(profile.constraintFlags)
    .u8(profile.level);
}

function readArrays(reader: ByteReader): HevcNalArray[] {
  const arrays: HevcNalArray[] = [];
  const count = reader.u8();
  for (let i = 0; i < count; i++) {
    const first = reader.u8();
    const nalUnits: Uint8Array[] = [];
    const unitCount = reader.u16();
    for (let unit = 0; unit < unitCount; unit++) nalUnits.push(reader.bytes(reader.u16()));
    arrays.push({ isComplete: (first & 0x80) !== 0, nalUnitType: first & 0x3f, nalUnits });
  }
  return arrays;
}
