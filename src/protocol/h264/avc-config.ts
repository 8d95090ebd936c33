import { ByteReader, ByteWriter, MalformedError } from '../bytes/index.ts';
import { type NalLengthSize, nalLengthSizeOf } from '../nal/index.ts';

const structure = 'AVCDecoderConfigurationRecord';

/** `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 5.3.3.1.2): the body of an `avcC` box and FLV sequence header. */
export type AvcConfig = {
  readonly profile: number;
  /** `profile_compatibility`: the six constraint flags in the high bits. */
  readonly constraintFlags: number;
  /** Ten times the level, e.g. 31. */
  readonly level: number;
  readonly nalLengthSize: NalLengthSize;
  readonly sps: readonly Uint8Array[];
  readonly pps: readonly Uint8Array[];
  /** What follows for profiles 100, 110, 122 and 144; many encoders leave it out. */
  readonly highProfile?: {
    readonly chromaFormat: number;
    readonly bitDepthLuma: number;
    readonly bitDepthChroma: number;
    readonly spsExtensions: readonly Uint8Array[];
  };
};

const highProfiles: ReadonlySet<number> = new Set([100, 110, 122, 144]);

/** Decodes a record; parameter sets are views. Bytes after the record are not looked at. */
export function decodeAvcConfig(bytes: Uint8Array): AvcConfig {
  const reader = new ByteReader(bytes, structure);
  const version = reader.u8();
  if (version !== 1) throw new MalformedError('UNSUPPORTED', structure, `version ${version}`);
  const profile = reader.u8();
  const constraintFlags = reader.u8();
  const level = reader.u8();
  const nalLengthSize = nalLengthSizeOf(reader.u8() & 3, structure);
  const sps = readParameterSets(reader, reader.u8() & 0x1f);
  const pps = readParameterSets(reader, reader.u8());
  const config = { profile, constraintFlags, level, nalLengthSize, sps, pps };
  if (!highProfiles.has(profile) || reader.remaining < 4) return config;
  const chromaFormat = reader.u8() & 3;
  const bitDepthLuma = (reader.u8() & 7) + 8;
  const bitDepthChroma = (reader.u8() & 7) + 8;
  const spsExtensions = readParameterSets(reader, reader.u8());
  return { ...config, highProfile: { chromaFormat, bitDepthLuma, bitDepthChroma, spsExtensions } };
}

/** Encodes a record with all reserved bits set, as the standard asks. */
export function encodeAvcConfig(config: AvcConfig): Uint8Array {
  const writer = new ByteWriter(128)
    .u8(1)
    .u8(config.profile)
    .u8(config.constraintFlags)
    .u8(config.level)
    .u8(0xfc | (config.nalLengthSize - 1))
    .u8(0xe0 | config.sps.length);
  writeParameterSets(writer, config.sps);
  writer.u8(config.pps.length);
  writeParameterSets(writer, config.pps);
  const high = config.highProfile;
  if (high !== undefined) {
    writer
      .u8(0xfc | high.chromaFormat)
      .u8(0xf8 | (high.bitDepthLuma - 8))
      .u8(0xf8 | (high.bitDepthChroma - 8))
      .u8(high.spsExtensions.length);
    writeParameterSets(writer, high.spsExtensions);
  }
  return writer.toBytes();
}

/** RFC 6381 codec string, e.g. `avc1.64001f`. */
export function avcCodecString(config: Pick<AvcConfig, 'profile' | 'constraintFlags' | 'level'>): string {
  const hex = (value: number) => value.toString(16).padStart(2, '0');
  return `avc1.${hex(config.profile)}${hex(config.constraintFlags)}${hex(config.level)}`;
}

function readParameterSets(reader: ByteReader, count: number): Uint8Array[] {
  const sets: Uint8Array[] = [];
  for (let i = 0; i < count; i++) sets.push(reader.bytes(reader.u16()));
  return sets;
}

function writeParameterSets(writer: ByteWriter, sets: readonly Uint8Array[]): void {
  for (const set of sets) writer.u16(set.length).bytes(set);
}
