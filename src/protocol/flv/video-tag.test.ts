import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import {
  decodeVideoTag,
  encodeVideoEndOfSequence,
  encodeVideoFrameHeader,
  encodeVideoSequenceHeader,
  type VideoTag,
} from './index.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const avc1 = '61766331';
const hvc1 = '68766331';
const av01 = '61763031';
const vp09 = '76703039';
const vp08 = '76703038';

const frame = (codec: string, isKeyFrame: boolean, compositionTimeMs: number, data: string) => ({
  kind: 'frame',
  codec,
  isKeyFrame,
  isDisposable: false,
  compositionTimeMs,
  data: bytes(data),
});

const table: readonly (readonly [string, string, unknown])[] = [
  ['nothing', '', { kind: 'ignored', reason: 'empty' }],
  ['AVC sequence header', '17 00 000000 0164', { kind: 'sequence-header', codec: 'h264', config: bytes('0164') }],
  ['AVC sequence header without a record', '17 00 000000', { kind: 'ignored', reason: 'empty sequence header' }],
  ['AVC key frame', '17 01 000043 aabb', frame('h264', true, 67, 'aabb')],
  ['AVC frame before its time', '27 01 ffffff cc', frame('h264', false, -1, 'cc')],
  ['AVC frame at the lowest time', '27 01 800000 cc', frame('h264', false, -0x800000, 'cc')],
  ['AVC frame at the highest time', '27 01 7fffff cc', frame('h264', false, 0x7fffff, 'cc')],
  ['AVC disposable frame', '37 01 000000 cc', { ...frame('h264', false, 0, 'cc'), isDisposable: true }],
  ['AVC generated key frame', '47 01 000000 cc', frame('h264', true, 0, 'cc')],
  ['AVC frame without data', '27 01 000000', { kind: 'ignored', reason: 'empty frame' }],
  ['AVC frame type 0', '07 01 000000 cc', { kind: 'ignored', reason: 'frame type 0' }],
  ['AVC end of sequence', '17 02 000000', { kind: 'end-of-sequence', codec: 'h264' }],
  ['AVC end of sequence, short', '17 02', { kind: 'end-of-sequence', codec: 'h264' }],
  ['AVC packet type 3', '17 03 000000', { kind: 'ignored', reason: 'AVCPacketType 3' }],
  ['HEVC before the standard', '1c 01 000021 dd', frame('h265', true, 33, 'dd')],
  [
    'HEVC record before the standard',
    '1c 00 000000 01',
    { kind: 'sequence-header', codec: 'h265', config: bytes('01') },
  ],
  ['Sorenson', '12 00', { kind: 'unsupported', codecId: 2 }],
  ['VP6', '14 00', { kind: 'unsupported', codecId: 4 }],
  ['command', '57 00', { kind: 'command', command: 0 }],
  ['hvc1 sequence start', `90 ${hvc1} 0102`, { kind: 'sequence-header', codec: 'h265', config: bytes('0102') }],
  ['hvc1 coded frames', `a1 ${hvc1} 000085 aa`, frame('h265', false, 133, 'aa')],
  ['hvc1 coded frames before their time', `a1 ${hvc1} fffffe aa`, frame('h265', false, -2, 'aa')],
  ['hvc1 coded frames X', `93 ${hvc1} aa`, frame('h265', true, 0, 'aa')],
  ['avc1 coded frames', `91 ${avc1} 000001 aa`, frame('h264', true, 1, 'aa')],
  ['avc1 coded frames X', `a3 ${avc1} aa`, frame('h264', false, 0, 'aa')],
  ['av01 coded frames', `91 ${av01} aabb`, frame('av1', true, 0, 'aabb')],
  ['vp09 coded frames, disposable', `b1 ${vp09} aa`, { ...frame('vp9', false, 0, 'aa'), isDisposable: true }],
  ['sequence end', `92 ${av01}`, { kind: 'end-of-sequence', codec: 'av1' }],
  ['metadata', `d4 ${av01} 0200`, { kind: 'metadata', codec: 'av1', body: bytes('0200') }],
  ['MPEG-2 TS sequence start', `95 ${av01} 00`, { kind: 'ignored', reason: 'MPEG-2 TS sequence start' }],
  ['packet type 9', `99 ${av01} 00`, { kind: 'ignored', reason: 'VideoPacketType 9' }],
  ['vp08', `91 ${vp08} aa`, { kind: 'unsupported', codecId: 'vp08' }],
  ['enhanced command', 'd1 01', { kind: 'command', command: 1 }],
  ['ModEx, nanosecond offset', `97 02 0f4240 01 ${av01} aa`, frame('av1', true, 0, 'aa')],
  ['two ModEx', `a7 00 ff 07 02 000001 03 ${hvc1} aa`, frame('h265', false, 0, 'aa')],
  ['ModEx of 256 bytes', `97 ff 00ff ${'00'.repeat(256)} 03 ${hvc1} aa`, frame('h265', true, 0, 'aa')],
  [
    'one track',
    `96 01 ${av01} 05 aabb`,
    { kind: 'multitrack', trackId: 5, first: frame('av1', true, 0, 'aabb'), otherTracks: 0 },
  ],
  [
    'many tracks',
    `96 11 ${hvc1} 00 000004 000021 aa 01 000004 000021 bb 02 000000`,
    { kind: 'multitrack', trackId: 0, first: frame('h265', true, 33, 'aa'), otherTracks: 2 },
  ],
  [
    'many tracks, many codecs',
    `a6 23 ${hvc1} 00 000001 aa ${av01} 01 000002 bbcc`,
    { kind: 'multitrack', trackId: 0, first: frame('h265', false, 0, 'aa'), otherTracks: 1 },
  ],
  [
    'multitrack in multitrack',
    `96 06 ${av01} 00 aa`,
    { kind: 'multitrack', trackId: 0, first: { kind: 'ignored', reason: 'VideoPacketType 6' }, otherTracks: 0 },
  ],
  ['multitrack type 3', '96 31', { kind: 'ignored', reason: 'multitrack type 3' }],
];

describe('decodeVideoTag', () => {
  it.each(table)('%s', (_, payload, expected) => {
    expect(decodeVideoTag(bytes(payload))).toEqual(expected);
  });

  it.each([
    ['AVC without composition time', '17 01 0000'],
    ['FourCC cut off', '91 6176'],
    ['hvc1 without composition time', `91 ${hvc1} 0000`],
    ['ModEx cut off', '97 05 00'],
    ['ModEx without end', '97 00 00'],
    ['track longer than the payload', `96 11 ${av01} 00 000005 aa`],
    ['second track cut off', `96 11 ${av01} 00 000001 aa 01 0000`],
  ])('refuses %s', (_, payload) => {
    expect(() => decodeVideoTag(bytes(payload))).toThrow(MalformedError);
  });

  it('gives views of the payload', () => {
    const payload = bytes('17 01 000000 aabb');
    const decoded = decodeVideoTag(payload);
    expect(decoded.kind === 'frame' && decoded.data.buffer).toBe(payload.buffer);
  });
});

describe('video encoders', () => {
  const codecs = ['h264', 'h265', 'av1', 'vp9'] as const;
  const forms = [{}, { isLegacyHevc: true }] as const;

  it('write frame headers that decode to what was given', () => {
    const time = fc.integer({ min: -0x800000, max: 0x7fffff });
    fc.assert(
      fc.property(fc.constantFrom(...codecs), fc.constantFrom(...forms), fc.boolean(), time, (codec, form, key, ms) => {
        const data = Uint8Array.of(1, 2, 3);
        const header = encodeVideoFrameHeader(codec, key, ms, form);
        const decoded = decodeVideoTag(Buffer.concat([header, data]));
        const hasTime = codec === 'h264' || codec === 'h265';
        const expected = { kind: 'frame', codec, isKeyFrame: key, compositionTimeMs: hasTime ? ms : 0 };
        expect(decoded).toMatchObject(expected);
        expect(decoded.kind === 'frame' && [...decoded.data]).toEqual([1, 2, 3]);
      }),
    );
  });

  it('write sequence headers and ends that decode to what was given', () => {
    for (const codec of codecs) {
      for (const form of forms) {
        const config = Uint8Array.of(9, 8);
        const expected: VideoTag = { kind: 'sequence-header', codec, config };
        expect(decodeVideoTag(encodeVideoSequenceHeader(codec, config, form))).toEqual(expected);
        expect(decodeVideoTag(encodeVideoEndOfSequence(codec, form))).toEqual({ kind: 'end-of-sequence', codec });
      }
    }
  });

  it('clamp composition time to 24 bits', () => {
    expect(encodeVideoFrameHeader('h264', false, 2 ** 30)).toEqual(bytes('27 01 7fffff'));
    expect(encodeVideoFrameHeader('h264', false, -(2 ** 30))).toEqual(bytes('27 01 800000'));
  });

  it.each([
    ['h264', true, 0, {}, '17 01 000000'],
    ['h265', true, 0, {}, `93 ${hvc1}`],
    ['h265', false, 33, {}, `a1 ${hvc1} 000021`],
    ['h265', false, 33, { isLegacyHevc: true }, '2c 01 000021'],
    ['av1', false, 0, {}, `a1 ${av01}`],
    ['vp9', true, 0, {}, `91 ${vp09}`],
  ] as const)('%s, key frame %s, %s ms, %o', (codec, key, ms, form, expected) => {
    expect(encodeVideoFrameHeader(codec, key, ms, form)).toEqual(bytes(expected));
  });
});
