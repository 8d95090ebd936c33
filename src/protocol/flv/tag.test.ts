import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import {
  decodeFileHeader,
  decodeTagHeader,
  encodeFileHeader,
  encodeTag,
  encodeTagHeader,
  FlvReader,
  type FlvTag,
  type TagType,
} from './index.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('file header', () => {
  it.each([
    [{ hasAudio: true, hasVideo: true }, '464c56 01 05 00000009 00000000'],
    [{ hasAudio: true, hasVideo: false }, '464c56 01 04 00000009 00000000'],
    [{ hasAudio: false, hasVideo: true }, '464c56 01 01 00000009 00000000'],
  ])('%o', (tracks, expected) => {
    expect(encodeFileHeader(tracks)).toEqual(bytes(expected));
    expect(decodeFileHeader(bytes(expected))).toEqual({ ...tracks, dataOffset: 9 });
  });

  it.each([
    '474c56 01 05 00000009',
    '464c56 02 05 00000009',
    '464c56 01 05 00000008',
    '464c56 01 05 ffffffff',
    '464c56',
  ])('refuses %s', (hex) => {
    expect(() => decodeFileHeader(bytes(hex))).toThrow(MalformedError);
  });
});

describe('tag header', () => {
  it.each([
    ['audio', 0x123456, 0x01020304, '08 123456 020304 01 000000'],
    ['video', 0, 0xffffffff, '09 000000 ffffff ff 000000'],
    ['script', 0xffffff, 0x80000000, '12 ffffff 000000 80 000000'],
  ] as const)('%s of %d bytes at %d', (type, sizeBytes, timestampMs, expected) => {
    const into = new Uint8Array(13).fill(0xee);
    encodeTagHeader(type, sizeBytes, timestampMs, into, 1);
    expect(into).toEqual(bytes(`ee ${expected} ee`));
    expect(decodeTagHeader(bytes(expected))).toEqual({ type, sizeBytes, timestampMs });
  });

  it('takes timestamps modulo 2^32', () => {
    const into = new Uint8Array(11);
    encodeTagHeader('video', 0, 2 ** 32 + 5, into);
    expect(decodeTagHeader(into).timestampMs).toBe(5);
  });

  it('refuses sizes past 24 bits and places without room', () => {
    expect(() => encodeTagHeader('video', 2 ** 24, 0, new Uint8Array(11))).toThrow(RangeError);
    expect(() => encodeTagHeader('video', 1, 0, new Uint8Array(11), 1)).toThrow(RangeError);
  });

  it('refuses encrypted tags and unknown types', () => {
    expect(() => decodeTagHeader(bytes('29 000000 000000 00 000000'))).toThrow('encrypted');
    expect(() => decodeTagHeader(bytes('0a 000000 000000 00 000000'))).toThrow('tag type 10');
  });
});

const tagArbitrary = fc.record({
  type: fc.constantFrom<TagType>('audio', 'video', 'script'),
  timestampMs: fc.nat(0xffffffff),
  payload: fc.uint8Array({ maxLength: 40 }),
});

describe('FlvReader', () => {
  it('gives the tags that were written, however the bytes are split', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(tagArbitrary, { maxLength: 6 }), cuts, (tags, sizes) => {
        const file = Buffer.concat([
          encodeFileHeader({ hasAudio: true, hasVideo: true }),
          ...tags.map((tag) => encodeTag(tag.type, tag.timestampMs, tag.payload)),
        ]);
        const reader = new FlvReader();
        const found: FlvTag[] = [];
        for (let at = 0, i = 0; at < file.length; i++) {
          const size = sizes[i % sizes.length]!;
          found.push(...reader.push(new Uint8Array(file.subarray(at, at + size))));
          at += size;
        }
        expect(found).toEqual(tags);
        expect(reader.isAtTagBoundary).toBe(true);
      }),
    );
  });

  it('gives an empty tag as soon as its header is there', () => {
    const reader = new FlvReader();
    reader.push(encodeFileHeader({ hasAudio: true, hasVideo: false }));
    expect(reader.header).toMatchObject({ hasAudio: true, hasVideo: false });
    expect(reader.push(bytes('08 000000 000001 00 000000'))).toEqual([
      { type: 'audio', timestampMs: 1, payload: new Uint8Array(0) },
    ]);
  });

  it('gives views when a payload comes whole', () => {
    const reader = new FlvReader();
    reader.push(encodeFileHeader({ hasAudio: true, hasVideo: true }));
    const whole = encodeTag('video', 0, Uint8Array.of(1, 2));
    expect(reader.push(whole)[0]?.payload.buffer).toBe(whole.buffer);
  });

  it('skips a longer file header', () => {
    const header = bytes('464c56 01 05 0000000b abcd 00000000');
    expect(new FlvReader().push(Buffer.concat([header, encodeTag('audio', 7, Uint8Array.of(1))]))).toHaveLength(1);
  });

  it('refuses a tag past the limit before its payload comes', () => {
    const reader = new FlvReader({ maxTagBytes: 10 });
    reader.push(encodeFileHeader({ hasAudio: true, hasVideo: true }));
    expect(reader.push(encodeTag('video', 0, new Uint8Array(10)))).toHaveLength(1);
    expect(() => reader.push(bytes('09 00000b 000000 00 000000'))).toThrow('declares 11 bytes');
  });
});
