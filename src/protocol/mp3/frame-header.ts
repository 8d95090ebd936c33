import { BitReader, MalformedError } from '../bytes/index.ts';

const structure = 'MP3 frame header';

/** The 4 bytes at the start of every MPEG audio layer III frame (ISO/IEC 11172-3, 2.4.1.3; 13818-3). */
export type Mp3FrameHeader = {
  readonly version: 'mpeg1' | 'mpeg2' | 'mpeg2.5';
  readonly bitrateKbps: number;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  /** Samples per channel: 1152, or 576 below MPEG-1. */
  readonly samplesPerFrame: number;
  /** The whole frame, header included. */
  readonly frameBytes: number;
};

const bitratesMpeg1 = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320] as const;
const bitratesMpeg2 = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160] as const;
const sampleRatesMpeg1 = [44100, 48000, 32000] as const;
const versions = ['mpeg2.5', undefined, 'mpeg2', 'mpeg1'] as const;
const rateDivisors = { mpeg1: 1, mpeg2: 2, 'mpeg2.5': 4 } as const;
const layer3 = 1;

/** Decodes the header at the start of `frame`; layers I and II and free-format streams are not supported. */
export function decodeMp3FrameHeader(frame: Uint8Array): Mp3FrameHeader {
  const reader = new BitReader(frame, structure);
  if (reader.bits(11) !== 0x7ff) throw new MalformedError('BAD_VALUE', structure, 'no syncword');
  const version = versions[reader.bits(2)];
  if (version === undefined) throw new MalformedError('BAD_VALUE', structure, 'reserved version');
  if (reader.bits(2) !== layer3) throw new MalformedError('UNSUPPORTED', structure, 'not layer III');
  reader.skip(1); // protection_bit
  const isMpeg1 = version === 'mpeg1';
  const bitrateKbps = (isMpeg1 ? bitratesMpeg1 : bitratesMpeg2)[reader.bits(4) - 1];
  const baseRate = sampleRatesMpeg1[reader.bits(2)];
  if (bitrateKbps === undefined || baseRate === undefined) {
    throw new MalformedError('BAD_VALUE', structure, 'reserved bit rate or sample rate');
  }
  const padding = reader.bits(1);
  reader.skip(1); // private_bit
  const channels = reader.bits(2) === 3 ? 1 : 2;
  const sampleRate = baseRate / rateDivisors[version];
  const samplesPerFrame = isMpeg1 ? 1152 : 576;
  const frameBytes = Math.floor(((samplesPerFrame / 8) * bitrateKbps * 1000) / sampleRate) + padding;
  return { version, bitrateKbps, sampleRate, channels, samplesPerFrame, frameBytes };
}

/** RFC 6381 codec string: the object type 34 of MPEG-4 audio. */
export const mp3CodecString = 'mp4a.40.34';
