import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { AttributeList, AttributeListWriter } from './index.ts';

describe('AttributeListWriter', () => {
  it('prints each kind of value, and nothing for what is left out', () => {
    const list = new AttributeListWriter()
      .quoted('URI', 'a,b=c')
      .quoted('NAME', undefined)
      .plain('METHOD', 'AES-128')
      .decimal('BANDWIDTH', 1_280_000)
      .decimal('SCORE', 0.1 + 0.2)
      .hex('IV', Uint8Array.of(0, 0xab))
      .yes('GAP', true)
      .yes('INDEPENDENT', false);
    expect(`${list}`).toBe('URI="a,b=c",METHOD=AES-128,BANDWIDTH=1280000,SCORE=0.3,IV=0x00AB,GAP=YES');
  });

  it.each(['a"b', 'a\nb', 'a\rb'])('refuses %j in quotes', (value) => {
    expect(() => new AttributeListWriter().quoted('URI', value)).toThrow(RangeError);
  });
});

describe('AttributeList', () => {
  it('reads each kind of value', () => {
    const list = new AttributeList('A="x,y",B=12,C=-1.5,D=0x00aB,E=16x9,F=YES,G=NO,H=""', 'EXT-X-TEST');
    expect(list.names).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']);
    expect(list.quoted('A')).toBe('x,y');
    expect(list.integer('B')).toBe(12);
    expect(list.decimal('C')).toBe(-1.5);
    expect(list.hex('D')).toEqual(Uint8Array.of(0, 0xab));
    expect(list.resolution('E')).toEqual({ width: 16, height: 9 });
    expect([list.isYes('F'), list.isYes('G'), list.isYes('Z')]).toEqual([true, false, false]);
    expect(list.quoted('H')).toBe('');
    expect(list.integer('Z')).toBeUndefined();
  });

  it.each([
    ['', 'breaks at'],
    ['A', 'breaks at'],
    ['A=', 'breaks at'],
    ['A=1,', 'breaks at'],
    ['A=1,,B=2', 'breaks at'],
    ['a=1', 'breaks at'],
    ['A="open', 'breaks at'],
    ['A=1 ,B=2', 'breaks at'],
    ['A=1,A=2', 'A is given twice'],
    [Array.from({ length: 65 }, (_, index) => `A${index}=1`).join(), 'more than 64'],
  ])('refuses %j', (text, message) => {
    const read = () => new AttributeList(text, 'EXT-X-TEST');
    expect(read).toThrow(MalformedError);
    expect(read).toThrow(message);
  });

  it.each([
    ['a quoted string where a number belongs', 'A="1"', (list: AttributeList) => list.integer('A')],
    ['a number where a quoted string belongs', 'A=1', (list: AttributeList) => list.quoted('A')],
    ['an integer past 2^53', 'A=9007199254740993', (list: AttributeList) => list.integer('A')],
    ['a negative integer', 'A=-1', (list: AttributeList) => list.integer('A')],
    ['an exponent', 'A=1e3', (list: AttributeList) => list.decimal('A')],
    ['half a byte of hex', 'A=0x123', (list: AttributeList) => list.hex('A')],
    ['half a resolution', 'A=16x', (list: AttributeList) => list.resolution('A')],
    ['nothing where a value is required', 'A=1', (list: AttributeList) => list.required('B', list.plain('B'))],
  ])('refuses %s', (_name, text, read) => {
    expect(() => read(new AttributeList(text, 'EXT-X-TEST'))).toThrow(MalformedError);
  });

  it('reads back whatever was written', () => {
    const quotable = fc.string().filter((text) => !/["\r\n]/.test(text));
    fc.assert(
      fc.property(quotable, fc.nat(), fc.uint8Array(), (text, number, bytes) => {
        const written = new AttributeListWriter().quoted('TEXT', text).decimal('N', number).hex('HEX', bytes);
        const list = new AttributeList(`${written}`, 'EXT-X-TEST');
        expect([list.quoted('TEXT'), list.integer('N'), list.hex('HEX')]).toEqual([text, number, bytes]);
      }),
    );
  });
});
