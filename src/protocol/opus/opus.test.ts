import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { decodeDops, decodeOpusHead, encodeDops, encodeOpusHead, opusPacketSamples } from './index.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const magic = '4f70757348656164';

/** `OpusHead` and `dOps` of the same streams; the first two are as FFmpeg 5.1 with libopus wrote them. */
const table = [
  [
    'mono',
    `${magic} 01 01 3801 80bb0000 0000 00`,
    '00 01 0138 0000bb80 0000 00',
    { channels: 1, preSkip: 312, inputSampleRate: 48000, outputGain: 0, mappingFamily: 0 },
  ],
  [
    '5.1',
    `${magic} 01 06 3801 80bb0000 0000 01 04 02 000401020305`,
    '00 06 0138 0000bb80 0000 01 04 02 000401020305',
    { channels: 6, mappingFamily: 1, mapping: { streams: 4, coupledStreams: 2, channels: bytes('000401020305') } },
  ],
  [
    'stereo with gain',
    `${magic} 01 02 000f 44ac0000 00ff 00`,
    '00 02 0f00 0000ac44 ff00 00',
    { channels: 2, preSkip: 3840, inputSampleRate: 44100, outputGain: -256 },
  ],
] as const;

describe('OpusHead and dOps', () => {
  it.each(table)('%s', (_, head, dops, expected) => {
    const config = decodeOpusHead(bytes(head));
    expect(config).toMatchObject(expected);
    expect(encodeOpusHead(config)).toEqual(bytes(head));
    expect(encodeDops(config)).toEqual(bytes(dops));
    expect(decodeDops(bytes(dops))).toEqual(config);
  });

  it.each([
    ['another magic', '4f70757354616773 01 01 3801 80bb0000 0000 00'],
    ['version 16', `${magic} 10 01 3801 80bb0000 0000 00`],
    ['no channels', `${magic} 01 00 3801 80bb0000 0000 00`],
    ['six channels without a mapping', `${magic} 01 06 3801 80bb0000 0000 00`],
    ['a mapping cut off', `${magic} 01 06 3801 80bb0000 0000 01 04 02 0004`],
    ['nothing', ''],
  ])('refuses %s', (_, head) => {
    expect(() => decodeOpusHead(bytes(head))).toThrow(MalformedError);
  });
});

describe('opusPacketSamples', () => {
  it.each([
    ['SILK 10 ms', '00', 480],
    ['SILK 60 ms', '18', 2880],
    ['hybrid 10 ms', '60', 480],
    ['hybrid 20 ms', '78', 960],
    ['CELT 2.5 ms', '80', 120],
    ['CELT 20 ms', 'f8', 960],
    ['two equal frames', 'f9', 1920],
    ['two frames', 'fa', 1920],
    ['three frames', 'fb 03', 2880],
    ['48 frames of 2.5 ms', 'e3 30', 5760],
  ])('%s', (_, packet, samples) => {
    expect(opusPacketSamples(bytes(packet))).toBe(samples);
  });

  it.each([
    ['nothing', ''],
    ['no frame count', 'fb'],
    ['no frames', 'fb 00'],
    ['more than 120 ms', 'fb 07'],
  ])('refuses %s', (_, packet) => {
    expect(() => opusPacketSamples(bytes(packet))).toThrow(MalformedError);
  });
});
