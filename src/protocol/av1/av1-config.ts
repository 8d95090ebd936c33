import { ByteReader, ByteWriter, MalformedError } from '../bytes/index.ts';
import { obus, obuTypes } from './obu.ts';
import { type Av1SequenceHeader, decodeAv1SequenceHeader } from './sequence-header.ts';

const structure = 'AV1CodecConfigurationRecord';

/** `AV1CodecConfigurationRecord` (AV1 in ISOBMFF, 2.3.3): the body of an `av1C` box and FLV sequence header. */
export type Av1Config = {
  readonly profile: number;
  /** `seq_level_idx_0`, e.g. 8 for level 4.0. */
  readonly level: number;
  readonly isHighTier: boolean;
  readonly bitDepth: 8 | 10 | 12;
  readonly isMonochrome: boolean;
  readonly chromaSubsamplingX: boolean;
  readonly chromaSubsamplingY: boolean;
  readonly chromaSamplePosition: number;
  /** Frames; absent when the record does not say. */
  readonly initialPresentationDelay?: number;
  /** A sequence header OBU, perhaps metadata OBUs; often empty. */
  readonly configObus: Uint8Array;
};

/** Decodes a record; `configObus` is a view. */
export function decodeAv1Config(bytes: Uint8Array): Av1Config {
  const reader = new ByteReader(bytes, structure);
  const first = reader.u8();
  if (first !== 0x81) throw new MalformedError('UNSUPPORTED', structure, `marker and version ${first}`);
  const profileAndLevel = reader.u8();
  const flags = reader.u8();
  const delay = reader.u8();
  const isHighBitDepth = (flags & 0x40) !== 0;
  const config: Av1Config = {
    profile: profileAndLevel >>> 5,
    level: profileAndLevel & 0x1f,
    isHighTier: (flags & 0x80) !== 0,
    bitDepth: isHighBitDepth ? ((flags & 0x20) !== 0 ? 12 : 10) : 8,
    isMonochrome: (flags & 0x10) !== 0,
    chromaSubsamplingX: (flags & 8) !== 0,
    chromaSubsamplingY: (flags & 4) !== 0,
    chromaSamplePosition: flags & 3,
    configObus: reader.rest(),
  };
  return (delay & 0x10) === 0 ? config : { ...config, initialPresentationDelay: (delay & 0x0f) + 1 };
}

export function encodeAv1Config(config: Av1Config): Uint8Array {
  const delay = config.initialPresentationDelay;
  return new ByteWriter(4 + config.configObus.length)
    .u8(0x81)
    .u8((config.profile << 5) | config.level)
    .u8(
      (config.isHighTier ? 0x80 : 0) |
        (config.bitDepth > 8 ? 0x40 : 0) |
        (config.bitDepth === 12 ? 0x20 : 0) |
        (config.isMonochrome ? 0x10 : 0) |
        (config.chromaSubsamplingX ? 8 : 0) |
        (config.chromaSubsamplingY ? 4 : 0) |
        config.chromaSamplePosition,
    )
    .u8(delay === undefined ? 0 : 0x10 | (delay - 1))
    .bytes(config.configObus)
    .toBytes();
}

/** The first sequence header among `bytes`, which are OBUs of a record or of a key frame. */
export function findAv1SequenceHeader(bytes: Uint8Array): Av1SequenceHeader | undefined {
  for (const obu of obus(bytes)) {
    if (obu.type === obuTypes.sequenceHeader) return decodeAv1SequenceHeader(obu.payload);
  }
  return undefined;
}

/** RFC 6381 codec string (AV1 in ISOBMFF, 5) in its short form, e.g. `av01.0.04M.08`. */
export function av1CodecString(config: Pick<Av1Config, 'profile' | 'level' | 'isHighTier' | 'bitDepth'>): string {
  const twoDigits = (value: number) => value.toString().padStart(2, '0');
  const tier = config.isHighTier ? 'H' : 'M';
  return `av01.${config.profile}.${twoDigits(config.level)}${tier}.${twoDigits(config.bitDepth)}`;
}
