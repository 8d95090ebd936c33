import { ByteReader, ByteWriter, MalformedError } from '../bytes/index.ts';

/** The identification header of Opus (RFC 7845, 5.1), which Enhanced RTMP sends as the sequence header. */
export type OpusConfig = {
  readonly channels: number;
  /** Samples at 48 kHz to drop at the start. */
  readonly preSkip: number;
  /** Rate of the encoder's input in Hz, 0 if unknown; decoding is always at 48 kHz. */
  readonly inputSampleRate: number;
  /** Q7.8 in dB, signed. */
  readonly outputGain: number;
  readonly mappingFamily: number;
  /** Absent in mapping family 0. */
  readonly mapping?: {
    readonly streams: number;
    readonly coupledStreams: number;
    /** One entry for each channel. */
    readonly channels: Uint8Array;
  };
};

const magic = 'OpusHead';

/** Decodes `OpusHead`, little endian. */
export function decodeOpusHead(bytes: Uint8Array): OpusConfig {
  const reader = new ByteReader(bytes, magic);
  if (reader.utf8(8) !== magic) throw new MalformedError('BAD_VALUE', magic, 'does not start with "OpusHead"');
  const version = reader.u8();
  if (version > 15) throw new MalformedError('UNSUPPORTED', magic, `version ${version}`);
  const channels = reader.u8();
  if (channels === 0) throw new MalformedError('BAD_VALUE', magic, 'no channels');
  const preSkip = swap16(reader.u16());
  const inputSampleRate = reader.u32le();
  const gain = swap16(reader.u16());
  const outputGain = gain >= 0x8000 ? gain - 0x10000 : gain;
  const mappingFamily = reader.u8();
  const config = { channels, preSkip, inputSampleRate, outputGain, mappingFamily };
  return mappingFamily === 0 ? withStereoAtMost(config) : { ...config, mapping: readMapping(reader, channels) };
}

export function encodeOpusHead(config: OpusConfig): Uint8Array {
  const writer = new ByteWriter(32)
    .utf8(magic)
    .u8(1)
    .u8(config.channels)
    .u16(swap16(config.preSkip))
    .u32le(config.inputSampleRate)
    .u16(swap16(config.outputGain & 0xffff))
    .u8(config.mappingFamily);
  return writeMapping(writer, config).toBytes();
}

/** The body of a `dOps` box (Encapsulation of Opus in ISO Base Media File Format, 4.3.2), big endian. */
export function encodeDops(config: OpusConfig): Uint8Array {
  const writer = new ByteWriter(32)
    .u8(0)
    .u8(config.channels)
    .u16(config.preSkip)
    .u32(config.inputSampleRate)
    .i16(config.outputGain)
    .u8(config.mappingFamily);
  return writeMapping(writer, config).toBytes();
}

/** Decodes the body of a `dOps` box. */
export function decodeDops(bytes: Uint8Array): OpusConfig {
  const reader = new ByteReader(bytes, 'OpusSpecificBox');
  const version = reader.u8();
  if (version !== 0) throw new MalformedError('UNSUPPORTED', 'OpusSpecificBox', `version ${version}`);
  const channels = reader.u8();
  if (channels === 0) throw new MalformedError('BAD_VALUE', 'OpusSpecificBox', 'no channels');
  const preSkip = reader.u16();
  const inputSampleRate = reader.u32();
  const outputGain = reader.i16();
  const mappingFamily = reader.u8();
  const config = { channels, preSkip, inputSampleRate, outputGain, mappingFamily };
  return mappingFamily === 0 ? withStereoAtMost(config) : { ...config, mapping: readMapping(reader, channels) };
}

function withStereoAtMost(config: OpusConfig): OpusConfig {
  if (config.channels <= 2) return config;
  throw new MalformedError('BAD_VALUE', magic, `${config.channels} channels without a mapping`);
}

function readMapping(reader: ByteReader, channels: number): NonNullable<OpusConfig['mapping']> {
  return { streams: reader.u8(), coupledStreams: reader.u8(), channels: reader.bytes(channels) };
}

function writeMapping(writer: ByteWriter, config: OpusConfig): ByteWriter {
  const { mapping } = config;
  if (mapping !== undefined) writer.u8(mapping.streams).u8(mapping.coupledStreams).bytes(mapping.channels);
  return writer;
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}
