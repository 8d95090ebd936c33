import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitReader, BitWriter, ByteReader, ByteWriter, concat, crc32Mpeg, MalformedError } from './index.ts';

const widths = [
  ['u8', 0, 2 ** 8 - 1],
  ['u16', 0, 2 ** 16 - 1],
  ['i16', -(2 ** 15), 2 ** 15 - 1],
  ['u24', 0, 2 ** 24 - 1],
  ['i24', -(2 ** 23), 2 ** 23 - 1],
  ['u32', 0, 2 ** 32 - 1],
  ['u32le', 0, 2 ** 32 - 1],
  ['i32', -(2 ** 31), 2 ** 31 - 1],
  ['u64', 0, Number.MAX_SAFE_INTEGER],
] as const;

describe('ByteReader and ByteWriter', () => {
  it.each(widths)('%s reads back what was written', (width, min, max) => {
    fc.assert(
      fc.property(fc.integer({ min, max }), (value) => {
        const bytes = new ByteWriter(1)[width](value).toBytes();
        expect(new ByteReader(bytes, 'test')[width]()).toBe(value);
      }),
    );
    for (const edge of [min, max])
      expect(new ByteReader(new ByteWriter()[width](edge).toBytes(), 't')[width]()).toBe(edge);
  });

  it('refuses to read past the end, naming the structure', () => {
    const read = () => new ByteReader(new Uint8Array(3), 'Tag').u32();
    expect(read).toThrow(MalformedError);
    expect(read).toThrow('Tag: needs 4 bytes at offset 0, has 3');
  });

  it('refuses a 64-bit value past 2^53', () => {
    expect(() => new ByteReader(new Uint8Array(8).fill(255), 'mvhd').u64()).toThrow('past 2^53');
  });

  it('patches a length written before', () => {
    const writer = new ByteWriter(1).u32(0).utf8('abc');
    writer.patchU32(0, writer.length);
    expect(writer.toBytes()).toEqual(Uint8Array.of(0, 0, 0, 7, 97, 98, 99));
    expect(() => writer.patchU32(4, 1)).toThrow(RangeError);
  });
});

describe('BitReader and BitWriter', () => {
  it('reads back bits and Exp-Golomb codes', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.integer({ min: 32, max: 53 }), (value, width) => {
        const bytes = new BitWriter().flag(true).bits(value, width).ue(value).toBytes();
        const reader = new BitReader(bytes, 'test');
        expect([reader.flag(), reader.bits(width), reader.ue()]).toEqual([true, value, value]);
      }),
    );
  });

  it('maps se(v) as 0, 1, -1, 2, -2', () => {
    const writer = new BitWriter();
    for (const code of [0, 1, 2, 3, 4]) writer.ue(code);
    const reader = new BitReader(writer.toBytes(), 'test');
    expect([reader.se(), reader.se(), reader.se(), reader.se(), reader.se()]).toEqual([0, 1, -1, 2, -2]);
  });

  it('refuses an Exp-Golomb code that never ends', () => {
    expect(() => new BitReader(new Uint8Array(8), 'SPS').ue()).toThrow('more than 32 zeros');
  });
});

describe('crc32Mpeg', () => {
  it('gives the check value of CRC-32/MPEG-2', () => {
    expect(crc32Mpeg(new TextEncoder().encode('123456789'))).toBe(0x0376e6e7);
  });
});

describe('concat', () => {
  it('joins pieces in order', () => {
    expect(concat([Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)])).toEqual(Uint8Array.of(1, 2, 3));
  });
});
