import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { decodeAudioTag, encodeAudioFrameHeader, encodeAudioSequenceHeader } from './index.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const opus = '4f707573';
const flac = '664c6143';
const mp4a = '6d703461';
const mp3 = '2e6d7033';
const ac3 = '61632d33';
const frame = (codec: string, data: string) => ({ kind: 'frame', codec, data: bytes(data) });

const table: readonly (readonly [string, string, unknown])[] = [
  ['nothing', '', { kind: 'ignored', reason: 'empty' }],
  ['AAC sequence header', 'af 00 1190', { kind: 'sequence-header', codec: 'aac', config: bytes('1190') }],
  ['AAC sequence header without a configuration', 'af 00', { kind: 'ignored', reason: 'empty sequence header' }],
  ['AAC frame', 'af 01 21aa', frame('aac', '21aa')],
  ['AAC frame said to be mono', 'ae 01 21', frame('aac', '21')],
  ['AAC frame without data', 'af 01', { kind: 'ignored', reason: 'empty frame' }],
  ['AAC packet type 2', 'af 02 00', { kind: 'ignored', reason: 'AACPacketType 2' }],
  ['MP3', '2f fffb', frame('mp3', 'fffb')],
  ['MP3 at 8 kHz', 'e2 ffe3', frame('mp3', 'ffe3')],
  ['MP3 without data', '2f', { kind: 'ignored', reason: 'empty frame' }],
  ['PCM', '3f 00', { kind: 'unsupported', codecId: 3 }],
  ['Speex', 'b2 00', { kind: 'unsupported', codecId: 11 }],
  ['Opus sequence start', `90 ${opus} 4f70`, { kind: 'sequence-header', codec: 'opus', config: bytes('4f70') }],
  ['Opus frame', `91 ${opus} f8b4`, frame('opus', 'f8b4')],
  ['FLAC frame', `91 ${flac} fff8`, frame('flac', 'fff8')],
  ['AAC by FourCC', `91 ${mp4a} 21`, frame('aac', '21')],
  ['MP3 by FourCC', `91 ${mp3} fffb`, frame('mp3', 'fffb')],
  ['AC-3', `91 ${ac3} 0b77`, { kind: 'unsupported', codecId: 'ac-3' }],
  ['EC-3', '91 65632d33 0b77', { kind: 'unsupported', codecId: 'ec-3' }],
  ['sequence end', `92 ${opus}`, { kind: 'end-of-sequence', codec: 'opus' }],
  [
    'multichannel configuration',
    `94 ${opus} 01 06 0000003f`,
    { kind: 'multichannel-config', codec: 'opus', channelOrder: 1, channelCount: 6 },
  ],
  ['packet type 3', `93 ${opus} 00`, { kind: 'ignored', reason: 'AudioPacketType 3' }],
  ['ModEx', `97 02 000001 01 ${opus} aa`, frame('opus', 'aa')],
  [
    'one track',
    `95 01 ${opus} 02 aabb`,
    { kind: 'multitrack', trackId: 2, first: frame('opus', 'aabb'), otherTracks: 0 },
  ],
  [
    'many tracks',
    `95 11 ${mp4a} 00 000001 aa 01 000002 bbcc`,
    { kind: 'multitrack', trackId: 0, first: frame('aac', 'aa'), otherTracks: 1 },
  ],
  [
    'many tracks, many codecs',
    `95 21 ${mp4a} 01 000001 aa ${opus} 02 000002 bbcc ${flac} 03 000000`,
    { kind: 'multitrack', trackId: 1, first: frame('aac', 'aa'), otherTracks: 2 },
  ],
  ['multitrack type 15', '95 f1', { kind: 'ignored', reason: 'multitrack type 15' }],
];

describe('decodeAudioTag', () => {
  it.each(table)('%s', (_, payload, expected) => {
    expect(decodeAudioTag(bytes(payload))).toEqual(expected);
  });

  it.each([
    ['AAC without a packet type', 'af'],
    ['FourCC cut off', '91 4f70'],
    ['multichannel configuration cut off', `94 ${opus} 01`],
    ['ModEx cut off', '97 09 00'],
    ['track longer than the payload', `95 11 ${opus} 00 000003 aa`],
  ])('refuses %s', (_, payload) => {
    expect(() => decodeAudioTag(bytes(payload))).toThrow(MalformedError);
  });
});

describe('audio encoders', () => {
  it.each([
    ['aac', 'af 00 1190', 'af 01'],
    ['opus', `90 ${opus} 1190`, `91 ${opus}`],
    ['flac', `90 ${flac} 1190`, `91 ${flac}`],
  ] as const)('%s', (codec, sequenceHeader, frameHeader) => {
    expect(encodeAudioSequenceHeader(codec, bytes('1190'))).toEqual(bytes(sequenceHeader));
    expect(encodeAudioFrameHeader(codec)).toEqual(bytes(frameHeader));
  });

  it('write one byte before MP3', () => {
    expect(encodeAudioFrameHeader('mp3')).toEqual(bytes('2f'));
  });
});
