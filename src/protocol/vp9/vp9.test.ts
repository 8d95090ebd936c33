import { describe, expect, it } from 'vitest';
import { BitWriter, MalformedError } from '../bytes/index.ts';
import { decodeVp9Config, encodeVp9Config, vp9CodecString, vp9KeyFrameSize } from './index.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('VPCodecConfigurationRecord', () => {
  const plain = { profile: 0, level: 11, bitDepth: 8, chromaSubsampling: 1, isFullRange: false };
  const unspecified = { primaries: 2, transfer: 2, matrix: 2 };
  it.each([
    ['as FFmpeg 5.1 wrote it', '01000000 00 0b 82 020202 0000', { ...plain, ...unspecified }, 'vp09.00.11.08'],
    [
      'profile 2 HDR',
      '01000000 02 33 a3 091009 0000',
      {
        profile: 2,
        level: 51,
        bitDepth: 10,
        chromaSubsampling: 1,
        isFullRange: true,
        primaries: 9,
        transfer: 16,
        matrix: 9,
      },
      'vp09.02.51.10',
    ],
  ])('%s', (_, hex, expected, codec) => {
    const config = decodeVp9Config(bytes(hex));
    expect(config).toEqual(expected);
    expect(vp9CodecString(config)).toBe(codec);
    expect(encodeVp9Config(config)).toEqual(bytes(hex));
  });

  it('does without version and flags', () => {
    expect(decodeVp9Config(bytes('00 0a 82 020202 0000'))).toMatchObject({ level: 10, bitDepth: 8 });
  });

  it('refuses a record cut off', () => {
    expect(() => decodeVp9Config(bytes('01000000 00'))).toThrow(MalformedError);
  });
});

describe('vp9KeyFrameSize', () => {
  const header = (profile: number, colour: (writer: BitWriter) => BitWriter) => {
    const writer = new BitWriter()
      .bits(2, 2)
      .bits(profile & 1, 1)
      .bits(profile >> 1, 1);
    if (profile === 3) writer.bits(0, 1);
    writer.flag(false).flag(false).flag(true).flag(false).bits(0x498342, 24);
    return colour(writer).bits(1919, 16).bits(1079, 16).toBytes();
  };
  it.each([
    ['profile 0', header(0, (writer) => writer.bits(2, 3).flag(false))],
    ['profile 1', header(1, (writer) => writer.bits(2, 3).flag(false).bits(0, 3))],
    ['profile 1, RGB', header(1, (writer) => writer.bits(7, 3).flag(false))],
    ['profile 2', header(2, (writer) => writer.flag(true).bits(2, 3).flag(false))],
    ['profile 3', header(3, (writer) => writer.flag(true).bits(2, 3).flag(false).bits(0, 3))],
  ])('%s', (_, frame) => {
    expect(vp9KeyFrameSize(frame)).toEqual({ width: 1920, height: 1080 });
  });

  it('is undefined for other frames', () => {
    expect(vp9KeyFrameSize(bytes('86004092'))).toBeUndefined();
    expect(vp9KeyFrameSize(bytes('88'))).toBeUndefined();
  });

  it.each(['00', '82498343', '8249', ''])('refuses %s', (frame) => {
    expect(() => vp9KeyFrameSize(bytes(frame))).toThrow(MalformedError);
  });
});
