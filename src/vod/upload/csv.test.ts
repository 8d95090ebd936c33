import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCsv } from './csv.ts';

const fieldsOf = (text: string) => readCsv(text).map(({ fields }) => fields);

describe('readCsv', () => {
  it.each([
    ['', []],
    [
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['\ufeffa\r\nb\r\n', [['a'], ['b']]],
    ['"a ""b"", c",d', [['a "b", c', 'd']]],
    ['a,,\n\n,\nb', [['a', '', ''], ['b']]],
    ['"x\ny",z', [['x\ny', 'z']]],
  ])('reads %j', (text, expected) => expect(fieldsOf(text)).toEqual(expected));

  it('counts lines as an editor does', () => {
    expect(readCsv('a\n"x\ny"\n\nb').map(({ line }) => line)).toEqual([1, 2, 5]);
  });

  it.each(['"open', 'a"b', '"a"b,c', '"a","b'])('refuses %j', (text) => {
    expect(() => readCsv(text)).toThrow(expect.objectContaining({ code: 'IMPORT_MALFORMED' }));
  });

  it('reads back what was written', () => {
    const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;
    const table = fc.array(
      fc.array(
        fc.string().map((each) => `x${each}`),
        { minLength: 1, maxLength: 5 },
      ),
    );
    fc.assert(
      fc.property(table, (rows) => {
        expect(fieldsOf(rows.map((row) => row.map(quoted).join(',')).join('\r\n'))).toEqual(rows);
      }),
    );
  });
});
