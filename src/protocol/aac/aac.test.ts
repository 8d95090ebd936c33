import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitWriter, MalformedError } from '../bytes/index.ts';
import {
  aacCodecString,
  aacOutputChannels,
  decodeAacConfig,
  decodeAdtsHeader,
  encodeAacConfig,
  encodeAdtsHeader,
  sampleRates,
} from './index.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const lc = { objectType: 2, samplesPerFrame: 1024 };
const explicit = { signalling: 'backward-compatible', hasSbr: false, hasPs: false };

const table = [
  ['LC 44.1 kHz stereo', '1210', { ...lc, sampleRate: 44100, channelConfiguration: 2, channels: 2 }, 'mp4a.40.2'],
  ['LC 48 kHz 7.1', '11b8', { ...lc, sampleRate: 48000, channelConfiguration: 7, channels: 8 }, 'mp4a.40.2'],
  ['LC 48 kHz, 960 samples', '1194', { ...lc, samplesPerFrame: 960, sampleRate: 48000, channels: 2 }, 'mp4a.40.2'],
  ['FFmpeg, no SBR', '118856e500', { ...lc, channels: 1, extension: { ...explicit, sampleRate: 48000 } }, 'mp4a.40.2'],
  [
    'HE-AAC 24 to 48 kHz',
    '2b118800',
    {
      ...lc,
      sampleRate: 24000,
      channels: 2,
      extension: { signalling: 'hierarchical', hasSbr: true, hasPs: false, sampleRate: 48000 },
    },
    'mp4a.40.5',
  ],
  [
    'HE-AAC v2 24 to 48 kHz',
    'eb098800',
    {
      ...lc,
      sampleRate: 24000,
      channels: 1,
      extension: { signalling: 'hierarchical', hasSbr: true, hasPs: true, sampleRate: 48000 },
    },
    'mp4a.40.29',
  ],
  [
    'SBR at the end',
    '131056e598',
    {
      ...lc,
      sampleRate: 24000,
      channels: 2,
      extension: { signalling: 'backward-compatible', hasSbr: true, hasPs: false, sampleRate: 48000 },
    },
    'mp4a.40.2',
  ],
  [
    'PS at the end',
    '130856e59d4880',
    {
      ...lc,
      sampleRate: 24000,
      channels: 1,
      extension: { signalling: 'backward-compatible', hasSbr: true, hasPs: true, sampleRate: 48000 },
    },
    'mp4a.40.2',
  ],
] as const;

describe('AudioSpecificConfig', () => {
  it.each(table)('%s', (_, hex, expected, codec) => {
    const config = decodeAacConfig(bytes(hex));
    expect(config).toMatchObject(expected);
    expect(aacCodecString(config)).toBe(codec);
    expect(encodeAacConfig(config)).toEqual(bytes(hex));
  });

  it('writes what it reads for every rate and channel configuration', () => {
    const rate = fc.oneof(fc.constantFrom(...sampleRates), fc.integer({ min: 1, max: 0xffffff }));
    const layout = fc.constantFrom([1, 1], [2, 2], [3, 3], [4, 4], [5, 5], [6, 6], [7, 8], [11, 7], [12, 8], [14, 8]);
    const length = fc.constantFrom(1024, 960);
    fc.assert(
      fc.property(rate, layout, length, (sampleRate, [channelConfiguration = 0, channels = 0], samplesPerFrame) => {
        const config = { objectType: 2, sampleRate, channelConfiguration, channels, samplesPerFrame };
        expect(decodeAacConfig(encodeAacConfig(config))).toEqual(config);
      }),
    );
  });

  it('counts the channels of a program config element', () => {
    // LC, 48 kHz, configuration 0; one front pair, one back pair, one front centre, one LFE.
    const writer = new BitWriter().bits(2, 5).bits(3, 4).bits(0, 4).bits(0, 3);
    writer.bits(0, 4).bits(1, 2).bits(3, 4).bits(2, 4).bits(0, 4).bits(1, 4).bits(1, 2).bits(0, 3).bits(0, 4);
    writer.bits(0, 3).flag(false).bits(0, 4).flag(true).bits(0, 4).flag(true).bits(1, 4).bits(0, 4);
    // A comment of one byte, then a sync extension.
    const config = decodeAacConfig(Uint8Array.of(...writer.toBytes(), 1, 0xaa, 0x56, 0xe5, 0));
    expect(config).toMatchObject({ channelConfiguration: 0, channels: 6, extension: { hasSbr: false } });
    expect(() => encodeAacConfig(config)).toThrow(RangeError);
  });

  it('makes mono with PS stereo', () => {
    expect(aacOutputChannels(decodeAacConfig(bytes('eb098800')))).toBe(2);
    expect(aacOutputChannels(decodeAacConfig(bytes('1188')))).toBe(1);
  });

  it.each([
    ['nothing', ''],
    ['one byte', '12'],
    ['sampling frequency 0', '1780000008'],
    ['a reserved sampling frequency index', '1690'],
    ['a reserved channel configuration', '1248'],
    ['another object type', 'f8403000'],
  ])('refuses %s', (_, hex) => {
    expect(() => decodeAacConfig(bytes(hex))).toThrow(MalformedError);
  });

  it('reads object types past 31', () => {
    const usac = new BitWriter().bits(31, 5).bits(10, 6).bits(3, 4).bits(2, 4).bits(0, 13).toBytes();
    expect(() => decodeAacConfig(usac)).toThrow('audio object type 42');
  });
});

describe('ADTS', () => {
  it('is what FFmpeg writes, but for MPEG-4 and free buffer fullness', () => {
    const header = decodeAdtsHeader(bytes('fff14c401b7ffc'));
    expect(header).toEqual({
      objectType: 2,
      sampleRate: 48000,
      channelConfiguration: 1,
      headerBytes: 7,
      frameBytes: 219,
      blocks: 1,
    });
    expect(encodeAdtsHeader(header, 212)).toEqual(bytes('fff14c401b7ffc'));
  });

  it('encodes what it decodes', () => {
    const field = { type: fc.integer({ min: 1, max: 4 }), rate: fc.constantFrom(...sampleRates) };
    fc.assert(
      fc.property(field.type, field.rate, fc.nat(7), fc.nat(8184), (objectType, sampleRate, channels, size) => {
        const config = { objectType, sampleRate, channelConfiguration: channels };
        const header = decodeAdtsHeader(encodeAdtsHeader(config, size));
        expect(header).toEqual({ ...config, headerBytes: 7, frameBytes: size + 7, blocks: 1 });
      }),
    );
  });

  it.each(['ffe14c401b7ffc', 'fff34c401b7ffc', 'fff174401b7ffc', 'fff14c400000fc', 'fff14c'])('refuses %s', (hex) => {
    expect(() => decodeAdtsHeader(bytes(hex))).toThrow(MalformedError);
  });

  it('does not write what the header cannot say', () => {
    const config = { objectType: 2, sampleRate: 48000, channelConfiguration: 2 };
    expect(() => encodeAdtsHeader(config, 8185)).toThrow(RangeError);
    expect(() => encodeAdtsHeader({ ...config, sampleRate: 47999 }, 1)).toThrow(RangeError);
    expect(() => encodeAdtsHeader({ ...config, objectType: 5 }, 1)).toThrow(RangeError);
    expect(() => encodeAdtsHeader({ ...config, channelConfiguration: 11 }, 1)).toThrow(RangeError);
  });
});
