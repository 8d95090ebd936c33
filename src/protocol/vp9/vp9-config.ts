import { ByteReader, ByteWriter } from '../bytes/index.ts';

const structure = 'VPCodecConfigurationRecord';

/** `VPCodecConfigurationRecord` (VP Codec ISO Media File Format Binding, 2.2): the body of `vpcC`, an FLV sequence header. */
export type Vp9Config = {
  readonly profile: number;
  /** Ten times the level, e.g. 31. */
  readonly level: number;
  readonly bitDepth: number;
  /** 0 and 1 are 4:2:0, 2 is 4:2:2, 3 is 4:4:4. */
  readonly chromaSubsampling: number;
  readonly isFullRange: boolean;
  readonly primaries: number;
  readonly transfer: number;
  readonly matrix: number;
};

const fullBoxVersion1 = 0x01000000;

/** Decodes a record with the version and flags of its box, which FLV sequence headers have too, or without. */
export function decodeVp9Config(bytes: Uint8Array): Vp9Config {
  const reader = new ByteReader(bytes, structure);
  const hasVersion = bytes.length >= 12 && new ByteReader(bytes, structure).u32() === fullBoxVersion1;
  if (hasVersion) reader.skip(4);
  const profile = reader.u8();
  const level = reader.u8();
  const depths = reader.u8();
  return {
    profile,
    level,
    bitDepth: depths >>> 4,
    chromaSubsampling: (depths >>> 1) & 7,
    isFullRange: (depths & 1) !== 0,
    primaries: reader.u8(),
    transfer: reader.u8(),
    matrix: reader.u8(),
  };
}

/** Encodes a record with version 1 and flags in front: the whole body of a `vpcC` box. */
export function encodeVp9Config(config: Vp9Config): Uint8Array {
  return new ByteWriter(12)
    .u32(fullBoxVersion1)
    .u8(config.profile)
    .u8(config.level)
    .u8((config.bitDepth << 4) | (config.chromaSubsampling << 1) | (config.isFullRange ? 1 : 0))
    .u8(config.primaries)
    .u8(config.transfer)
    .u8(config.matrix)
    .u16(0) // codecInitializationDataSize
    .toBytes();
}

/** RFC 6381 codec string in its short form, e.g. `vp09.00.10.08`. */
export function vp9CodecString(config: Pick<Vp9Config, 'profile' | 'level' | 'bitDepth'>): string {
  const parts = [config.profile, config.level, config.bitDepth].map((value) => value.toString().padStart(2, '0'));
  return ['vp09', ...parts].join('.');
}
