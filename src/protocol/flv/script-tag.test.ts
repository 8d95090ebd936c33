import { describe, expect, it } from 'vitest';
import { decodeAmf0, encodeAmf0, isAmf0Object, isEcmaArray } from '../amf/index.ts';
import { decodeMetadata, encodeMetadata, fourCCValue, metadataCodecId } from './index.ts';

describe('decodeMetadata', () => {
  it.each([
    ['legacy numbers', { videocodecid: 7, audiocodecid: 10 }, { videoCodec: 'h264', audioCodec: 'aac' }],
    ['FourCC numbers', { videocodecid: fourCCValue('hvc1') }, { videoCodec: 'h265', videoCodecId: 'hvc1' }],
    ['FourCC text', { videocodecid: 'av01', audiocodecid: 'Opus' }, { videoCodec: 'av1', audioCodec: 'opus' }],
    ['unknown text', { videocodecid: 'vp08' }, { hasVideo: true, hasAudio: false, videoCodecId: 'vp08' }],
    ['a size only', { width: 640, height: 360 }, { hasVideo: true, hasAudio: false, width: 640, height: 360 }],
    ['audio only', { audiocodecid: 2, stereo: false }, { hasVideo: false, audioCodec: 'mp3', isStereo: false }],
    ['bit rates', { videodatarate: 2500, audiodatarate: 160 }, { videoBitrateKbps: 2500, audioBitrateKbps: 160 }],
    ['nothing', {}, { hasVideo: false, hasAudio: false }],
    ['nonsense', { width: -1, framerate: Number.NaN, encoder: 5 }, { hasVideo: false }],
    ['an encoder', { encoder: 'Lavf59', framerate: 29.97 }, { encoder: 'Lavf59', frameRate: 29.97 }],
  ])('%s', (_, record, expected) => {
    const metadata = decodeMetadata(encodeMetadata(record));
    expect(metadata).toMatchObject(expected);
    expect({ ...metadata?.values }).toEqual(record);
    expect(Object.values(metadata ?? {})).not.toContain(undefined);
  });

  it('takes @setDataFrame first', () => {
    const payload = encodeAmf0('@setDataFrame', 'onMetaData', { width: 320 });
    expect(decodeMetadata(payload)?.width).toBe(320);
  });

  it.each([
    ['another name', encodeAmf0('onCuePoint', { a: 1 })],
    ['no record', encodeAmf0('onMetaData')],
    ['a record that is text', encodeAmf0('onMetaData', 'x')],
    ['nothing', new Uint8Array(0)],
  ])('is undefined for %s', (_, payload) => {
    expect(decodeMetadata(payload)).toBeUndefined();
  });
});

describe('encodeMetadata', () => {
  it('writes an ECMA array', () => {
    const record = decodeAmf0(encodeMetadata({ width: 1 }))[1];
    expect(isAmf0Object(record) && isEcmaArray(record)).toBe(true);
  });

  it.each([
    ['h264', 7],
    ['aac', 10],
    ['mp3', 2],
    ['h265', 0x68766331],
    ['opus', 0x4f707573],
  ] as const)('names %s %d', (codec, id) => {
    expect(metadataCodecId(codec)).toBe(id);
  });
});
