import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import {
  type Amf0Object,
  type Amf0Value,
  asEcmaArray,
  decodeAmf0,
  encodeAmf0,
  isAmf0Object,
  isEcmaArray,
} from './index.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

const bothWays: readonly [string, string, Amf0Value][] = [
  ['number', '00 3ff0000000000000', 1],
  ['negative zero', '00 8000000000000000', -0],
  ['true', '01 01', true],
  ['false', '01 00', false],
  ['string', '02 0003 616263', 'abc'],
  ['empty string', '02 0000', ''],
  ['string of two-byte letters', '02 0002 c3a9', 'é'],
  ['byte order mark kept', '02 0003 efbbbf', '\ufeff'],
  ['object', '03 0003 617070 02 0004 6c697665 000009', { app: 'live' }],
  ['empty key', '03 0000 05 000009', { '': null }],
  ['null', '05', null],
  ['undefined', '06', undefined],
  ['ECMA array', '08 00000001 0001 61 01 01 000009', asEcmaArray({ a: true })],
  ['strict array', '0a 00000002 05 06', [null, undefined]],
  ['date', '0b 4073a00000000000 0000', new Date(314)],
  ['nested', '03 0001 61 03 0001 62 0a 00000001 02 0000 000009 000009', { a: { b: [''] } }],
];

describe('AMF0 values', () => {
  it.each(bothWays)('%s is read and written', (_, bytes, value) => {
    expect(decodeAmf0(hex(bytes))).toEqual([value]);
    expect(encodeAmf0(value)).toEqual(hex(bytes));
  });

  it.each([
    ['unsupported', '0d', undefined],
    ['long string', '0c 00000002 6869', 'hi'],
    ['XML document', '0f 00000003 3c612f', '<a/'],
    ['typed object', '10 0001 54 0001 61 05 000009', { a: null }],
    ['ECMA array with a wrong count', '08 ffffffff 0001 61 05 000009', { a: null }],
  ] as const)('%s is read', (_, bytes, value) => {
    expect(decodeAmf0(hex(bytes))).toEqual([value]);
  });

  it('text past 65,535 bytes becomes a long string', () => {
    const text = 'x'.repeat(65_536);
    const bytes = encodeAmf0(text);
    expect(bytes[0]).toBe(0x0c);
    expect(decodeAmf0(bytes)).toEqual([text]);
  });

  it('a body holds any number of values', () => {
    expect(decodeAmf0(new Uint8Array(0))).toEqual([]);
    expect(decodeAmf0(encodeAmf0('play', 4, null))).toEqual(['play', 4, null]);
  });

  it('keeps which records were ECMA arrays', () => {
    const [array, object] = decodeAmf0(encodeAmf0(asEcmaArray({ a: 1 }), { a: 1 })) as Amf0Object[];
    expect([isEcmaArray(array!), isEcmaArray(object!)]).toEqual([true, false]);
  });

  it('keys of prototypes are keys', () => {
    const [record] = decodeAmf0(hex('03 0009 5f5f70726f746f5f5f 03 0001 78 0101 000009 000009'));
    expect(isAmf0Object(record) && Object.keys(record)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    expect(decodeAmf0(encodeAmf0(record))).toEqual([record]);
  });

  it('what was written is read back', () => {
    const { value } = fc.letrec<{ value: Amf0Value }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.double(),
        fc.boolean(),
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom(null, undefined),
        fc.date(),
        fc.array(tie('value') as fc.Arbitrary<Amf0Value>, { maxLength: 5 }),
        fc.dictionary(fc.string(), tie('value') as fc.Arbitrary<Amf0Value>, { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(value), (values) => {
        expect(decodeAmf0(encodeAmf0(...values))).toEqual(values);
      }),
    );
  });
});

describe('wrong AMF0', () => {
  const deep = (levels: number) => hex(`${'03000161'.repeat(levels)}05${'000009'.repeat(levels)}`);

  it.each([
    ['reference', '07 0000', 'UNSUPPORTED'],
    ['movie clip', '04', 'UNSUPPORTED'],
    ['end of no object', '09', 'UNSUPPORTED'],
    ['string longer than the body', '02 ffff 61', 'SHORT_READ'],
    ['long string of 4 GB', '0c ffffffff 61', 'SHORT_READ'],
    ['array of 4 billion', '0a ffffffff 05', 'SHORT_READ'],
    ['array whose values are missing', '0a 00000002 05', 'SHORT_READ'],
    ['object without end', '03 0001 61 05', 'SHORT_READ'],
    ['key of 16,385 bytes', `03 4001 ${'61'.repeat(16_385)} 05 000009`, 'TOO_LARGE'],
    ['a value and a half', '05 00 3ff0', 'SHORT_READ'],
  ] as const)('%s', (_, bytes, code) => {
    expect(() => decodeAmf0(hex(bytes))).toThrow(expect.objectContaining({ name: 'MalformedError', code }));
  });

  it('is refused at the 33rd level', () => {
    expect(decodeAmf0(deep(32))).toHaveLength(1);
    expect(() => decodeAmf0(deep(33))).toThrow('more than 32 levels');
    expect(() => decodeAmf0(deep(1000))).toThrow(MalformedError);
  });

  it('is refused at the 4,097th value', () => {
    expect(decodeAmf0(new Uint8Array(4096).fill(5))).toHaveLength(4096);
    expect(() => decodeAmf0(new Uint8Array(4097).fill(5))).toThrow('more than 4096 values');
  });

  it('is refused when cut at any byte', () => {
    const whole = encodeAmf0({ a: [1, 'b', asEcmaArray({ c: new Date(0) })] });
    for (let length = 1; length < whole.length; length++) {
      expect(() => decodeAmf0(whole.subarray(0, length)), `cut at ${length}`).toThrow(MalformedError);
    }
  });
});

describe('AMF3 behind an AVM+ switch', () => {
  it.each([
    ['undefined', '11 00', undefined],
    ['null', '11 01', null],
    ['false', '11 02', false],
    ['true', '11 03', true],
    ['integer of one byte', '11 04 7f', 127],
    ['integer of two bytes', '11 04 8100', 128],
    ['integer of four bytes', '11 04 bfffffff', 0x0fffffff],
    ['integer -1', '11 04 ffffffff', -1],
    ['smallest integer', '11 04 c0808000', -0x10000000],
    ['double', '11 05 3ff0000000000000', 1],
    ['string', '11 06 07 616263', 'abc'],
    ['date', '11 08 01 0000000000000000', new Date(0)],
    ['dense array', '11 09 05 01 04 01 04 02', [1, 2]],
    ['mixed array', '11 09 03 03 61 03 01 04 02', { a: true, 0: 2 }],
    ['string by reference', '11 09 05 01 06 03 61 06 00', ['a', 'a']],
    ['dynamic object', '11 0a 0b 01 03 61 04 01 01', { a: 1 }],
    ['sealed object', '11 0a 13 01 03 61 04 01', { a: 1 }],
    ['traits by reference', '11 09 05 01 0a 13 01 03 61 04 01 0a 01 04 02', [{ a: 1 }, { a: 2 }]],
    ['byte array', '11 0c 05 0102', undefined],
    ['XML', '11 0b 03 61', 'a'],
  ] as const)('%s', (_, bytes, value) => {
    expect(decodeAmf0(hex(bytes))).toEqual([value]);
  });

  it.each([
    ['string reference to nothing', '11 06 00', 'BAD_VALUE'],
    ['traits reference to nothing', '11 0a 01', 'BAD_VALUE'],
    ['object reference', '11 0a 00', 'UNSUPPORTED'],
    ['externalizable object', '11 0a 07 01', 'UNSUPPORTED'],
    ['vector', '11 0d 01 00', 'UNSUPPORTED'],
    ['array of 2^28 values', '11 09 ffffffff 01', 'SHORT_READ'],
    ['traits of 2^25 names', '11 0a fffffffb 01', 'SHORT_READ'],
    ['nothing', '11', 'SHORT_READ'],
    ['arrays in arrays', `11 ${'09 03 01'.repeat(33)} 01`, 'TOO_DEEP'],
  ] as const)('%s is refused', (_, bytes, code) => {
    expect(() => decodeAmf0(hex(bytes))).toThrow(expect.objectContaining({ name: 'MalformedError', code }));
  });
});
