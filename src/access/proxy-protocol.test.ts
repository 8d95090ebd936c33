import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, MalformedError } from '../protocol/bytes/index.ts';
import { ProxyProtocolReader } from './proxy-protocol.ts';

const text = (line: string) => new TextEncoder().encode(line);
const SIGNATURE = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10];
const v2 = (command: number, family: number, body: number[], declared = body.length) =>
  Uint8Array.from([...SIGNATURE, command, family, Math.floor(declared / 256), declared % 256, ...body]);
const V4_BODY = [192, 0, 2, 1, 198, 51, 100, 2, 0x12, 0x34, 0x07, 0x8f];
const V6_BODY = [
  ...[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
  ...[0x12, 0x34, 0x07, 0x8f],
];
const v4Ends = {
  source: { address: '192.0.2.1', port: 4660 },
  destination: { address: '198.51.100.2', port: 1935 },
};
const v6Ends = {
  source: { address: '2001:db8::1', port: 4660 },
  destination: { address: '2001:db8::2', port: 1935 },
};

const GOOD = [
  ['v1 TCP4', text('PROXY TCP4 192.0.2.1 198.51.100.2 4660 1935\r\n'), { version: 1, ...v4Ends }],
  ['v1 TCP6', text('PROXY TCP6 2001:db8::1 2001:db8::2 4660 1935\r\n'), { version: 1, ...v6Ends }],
  ['v1 UNKNOWN', text('PROXY UNKNOWN\r\n'), { version: 1 }],
  ['v1 UNKNOWN with words', text('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'), { version: 1 }],
  ['v2 TCP4', v2(0x21, 0x11, V4_BODY), { version: 2, ...v4Ends }],
  ['v2 TCP6', v2(0x21, 0x21, V6_BODY), { version: 2, ...v6Ends }],
  ['v2 with TLVs', v2(0x21, 0x11, [...V4_BODY, 4, 0, 1, 0]), { version: 2, ...v4Ends }],
  ['v2 as long as it may be', v2(0x21, 0x11, [...V4_BODY, ...Array(508).fill(0)]), { version: 2, ...v4Ends }],
  ['v2 LOCAL', v2(0x20, 0x00, []), { version: 2 }],
  ['v2 LOCAL with addresses', v2(0x20, 0x11, V4_BODY), { version: 2 }],
  ['v2 UNSPEC', v2(0x21, 0x00, []), { version: 2 }],
] as const;

const BAD = [
  ['RTMP', Uint8Array.from([3, 0, 0, 0])],
  ['HTTP', text('POST / HTTP/1.1\r\n')],
  ['v1 family', text('PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n')],
  ['v1 address', text('PROXY TCP4 1.2.3.400 1.2.3.4 1 2\r\n')],
  ['v1 family mixed up', text('PROXY TCP4 ::1 ::1 1 2\r\n')],
  ['v1 port', text('PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n')],
  ['v1 port with zero', text('PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n')],
  ['v1 too few', text('PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n')],
  ['v1 too many', text('PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n')],
  ['v1 endless', text(`PROXY UNKNOWN ${'x'.repeat(200)}`)],
  ['v2 version', v2(0x11, 0x11, V4_BODY)],
  ['v2 command', v2(0x22, 0x11, V4_BODY)],
  ['v2 too long', v2(0x21, 0x11, [], 521)],
  ['v2 addresses cut', v2(0x21, 0x11, V4_BODY.slice(0, 11))],
] as const;

describe('ProxyProtocolReader', () => {
  it.each(GOOD)('reads %s, however it is cut, and hands on the rest', (_, bytes, header) => {
    const all = concat([bytes, text('rest')]);
    for (let cut = 0; cut <= all.length; cut++) {
      const reader = new ProxyProtocolReader();
      const early = reader.push(all.subarray(0, cut));
      const done = early ?? reader.push(all.subarray(cut));
      expect(done?.header).toEqual(header);
      const rest = early === undefined ? done!.rest : concat([early.rest, all.subarray(cut)]);
      expect(new TextDecoder().decode(rest)).toBe('rest');
    }
  });

  it('reads a byte at a time', () => {
    for (const [, bytes, header] of GOOD) {
      const reader = new ProxyProtocolReader();
      const results = [...bytes].map((byte) => reader.push(Uint8Array.of(byte)));
      expect(results.at(-1)?.header).toEqual(header);
      expect(results.slice(0, -1).every((result) => result === undefined)).toBe(true);
    }
  });

  it.each(BAD)('refuses %s', (_, bytes) => {
    expect(() => new ProxyProtocolReader().push(bytes)).toThrow(MalformedError);
  });

  it('throws nothing but MalformedError and holds no more than a header', () => {
    const start = fc.constantFrom(text(''), text('PROXY TCP4 '), Uint8Array.from([...SIGNATURE, 0x21]));
    fc.assert(
      fc.property(start, fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (head, pieces) => {
        const reader = new ProxyProtocolReader();
        let pushed = 0;
        try {
          for (const piece of [head, ...pieces]) {
            pushed += piece.length;
            if (reader.push(piece) !== undefined) return;
          }
          expect(pushed).toBeLessThan(536);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
    );
  });
});
