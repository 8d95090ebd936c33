import { BitReader, BitWriter, ByteReader, ByteWriter, concat, MalformedError } from '../bytes/index.ts';

const structure = 'FLAC STREAMINFO';
const streamInfoBytes = 34;
const marker = 0x664c6143; // fLaC

/** `STREAMINFO` (RFC 9639, 8.2). */
export type FlacConfig = {
  readonly minBlockSize: number;
  readonly maxBlockSize: number;
  /** Bytes, 0 if unknown. */
  readonly minFrameBytes: number;
  readonly maxFrameBytes: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** Samples per channel, 0 if unknown as in live streams. */
  readonly totalSamples: number;
  readonly md5: Uint8Array;
};

/** Decodes an Enhanced RTMP sequence header: `fLaC` and metadata blocks; the marker and block header may be absent. */
export function decodeFlacHeader(bytes: Uint8Array): FlacConfig {
  if (bytes.length === streamInfoBytes) return decodeStreamInfo(bytes);
  const reader = new ByteReader(bytes, structure);
  const first = reader.u32();
  const blockHeader = first === marker ? reader.u32() : first;
  const type = (blockHeader >>> 24) & 0x7f;
  const size = blockHeader & 0xffffff;
  if (type !== 0 || size !== streamInfoBytes) {
    throw new MalformedError('BAD_VALUE', structure, `first metadata block has type ${type} and ${size} bytes`);
  }
  return decodeStreamInfo(reader.bytes(size));
}

/** Decodes the 34 bytes of the block itself; `md5` is a view. */
export function decodeStreamInfo(bytes: Uint8Array): FlacConfig {
  const reader = new BitReader(bytes, structure);
  const info = {
    minBlockSize: reader.bits(16),
    maxBlockSize: reader.bits(16),
    minFrameBytes: reader.bits(24),
    maxFrameBytes: reader.bits(24),
    sampleRate: reader.bits(20),
    channels: reader.bits(3) + 1,
    bitsPerSample: reader.bits(5) + 1,
    totalSamples: reader.bits(36),
  };
  if (info.sampleRate === 0) throw new MalformedError('BAD_VALUE', structure, 'sample rate 0');
  reader.skip(128);
  return { ...info, md5: bytes.subarray(18, streamInfoBytes) };
}

export function encodeStreamInfo(config: FlacConfig): Uint8Array {
  const fields = new BitWriter()
    .bits(config.minBlockSize, 16)
    .bits(config.maxBlockSize, 16)
    .bits(config.minFrameBytes, 24)
    .bits(config.maxFrameBytes, 24)
    .bits(config.sampleRate, 20)
    .bits(config.channels - 1, 3)
    .bits(config.bitsPerSample - 1, 5)
    .bits(config.totalSamples, 36)
    .toBytes();
  return concat([fields, config.md5]);
}

/** The Enhanced RTMP sequence header: `fLaC` and `STREAMINFO` as the last metadata block. */
export function encodeFlacHeader(config: FlacConfig): Uint8Array {
  return writeBlock(new ByteWriter(42).u32(marker), config);
}

/** The body of a `dfLa` box (Encapsulation of FLAC in ISO Base Media File Format, 3.3.2), version and flags included. */
export function encodeDfla(config: FlacConfig): Uint8Array {
  return writeBlock(new ByteWriter(42).u32(0), config);
}

function writeBlock(writer: ByteWriter, config: FlacConfig): Uint8Array {
  return writer.u8(0x80).u24(streamInfoBytes).bytes(encodeStreamInfo(config)).toBytes();
}
