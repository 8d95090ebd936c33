import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../bytes/index.ts';
import { ChunkReader, ChunkWriter, DEFAULT_CHUNK_LIMITS, type RtmpMessage, serializeMessage } from './index.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const split = (bytes: Uint8Array, sizes: readonly number[]) => {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
};
const read = (bytes: Uint8Array, sizes: readonly number[] = [bytes.length || 1]) => {
  const reader = new ChunkReader();
  return split(bytes, sizes).flatMap((piece) => reader.push(piece));
};
const brief = ({ chunkStreamId, timestamp, typeId, messageStreamId, payload }: RtmpMessage) =>
  `${chunkStreamId} @${timestamp} ${typeId}/${messageStreamId} ${Buffer.from(payload).toString('hex')}`;

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
const message = fc.record({
  chunkStreamId: fc.constantFrom(2, 3, 63, 64, 319, 320, 65_599),
  timestamp: fc.oneof(fc.nat(1000), fc.constantFrom(0xfffffe, 0xffffff, 0x1000000, 0xffffffff), fc.nat(0xffffffff)),
  typeId: fc.constantFrom(8, 9, 18, 20),
  messageStreamId: fc.constantFrom(0, 1, 0x01020304, 0xffffffff),
  payload: fc.uint8Array({ maxLength: 700 }),
});

/** Payload that cannot be taken for a repeated timestamp, which no reader could tell from one. */
const unlikeTimestamp = ({ payload, timestamp, ...rest }: RtmpMessage): RtmpMessage => {
  const first = timestamp >>> 24;
  return { ...rest, timestamp, payload: payload.map((byte) => (byte === first ? byte ^ 1 : byte)) };
};

describe('messages written', () => {
  it.each(['repeated', 'once'] as const)('are read back whatever the split, extended timestamp %s', (habit) => {
    const property = fc.property(
      fc.array(message),
      fc.integer({ min: 1, max: 300 }),
      sizes,
      (given, chunkSize, cuts) => {
        const sent = habit === 'once' ? given.map(unlikeTimestamp) : given;
        const writer = new ChunkWriter(habit);
        writer.writeControl({ type: 'setChunkSize', sizeBytes: chunkSize });
        for (const one of sent) writer.write({ ...one, payload: [one.payload] });
        expect(read(concat(writer.take()), cuts)).toEqual(sent);
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  it('do not depend on how the payload lies in pieces', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        sizes,
        fc.integer({ min: 1, max: 200 }),
        (payload, cuts, chunkSize) => {
          const head = { chunkStreamId: 6, timestamp: 0x1000000, typeId: 9, messageStreamId: 1 };
          expect(serializeMessage({ ...head, payload: split(payload, cuts) }, chunkSize)).toEqual(
            serializeMessage({ ...head, payload: [payload] }, chunkSize),
          );
        },
      ),
    );
  });

  it('have the bytes of section 5.3', () => {
    const head = { chunkStreamId: 4, timestamp: 1000, typeId: 8, messageStreamId: 1 };
    expect(serializeMessage({ ...head, payload: [hex('0102030405')] }, 3)).toEqual(
      hex('04 0003e8 000005 08 01000000 010203 c4 0405'),
    );
    expect(serializeMessage({ ...head, timestamp: 0xffffff, chunkStreamId: 320, payload: [hex('0102')] }, 1)).toEqual(
      hex('010001 ffffff 000002 08 01000000 00ffffff 01 c10001 00ffffff 02'),
    );
    expect(() => serializeMessage({ ...head, chunkStreamId: 1, payload: [] }, 128)).toThrow(RangeError);
  });
});

describe('ChunkReader', () => {
  it.each([
    [
      'type 0 then 1, 2, 3',
      '04 000064 000001 08 01000000 aa  44 000017 000002 09 bbbb  84 000001 cccc  c4 dddd',
      ['4 @100 8/1 aa', '4 @123 9/1 bbbb', '4 @124 9/1 cccc', '4 @125 9/1 dddd'],
    ],
    [
      'type 3 after type 0 adds its timestamp',
      '04 000005 000001 08 01000000 aa c4 bb',
      ['4 @5 8/1 aa', '4 @10 8/1 bb'],
    ],
    [
      'timestamp wraps',
      '04 ffffff 000001 08 01000000 fffffffe aa 84 000004 bb',
      ['4 @4294967294 8/1 aa', '4 @2 8/1 bb'],
    ],
    [
      'an extended delta',
      '04 000001 000001 08 01000000 aa 84 ffffff 01000000 bb c4 01000000 cc',
      ['4 @1 8/1 aa', '4 @16777217 8/1 bb', '4 @33554433 8/1 cc'],
    ],
    ['type 1 opens a stream, as in librtmp', '42 000000 000006 04 000700000001', ['2 @0 4/0 000700000001']],
    ['an empty message', '04 000000 000000 08 01000000', ['4 @0 8/1 ']],
    [
      'chunk size 2',
      '02 000000 000004 01 00000000 00000002 04 000000 000003 08 01000000 0102 c4 03',
      ['4 @0 8/1 010203'],
    ],
    ['chunk size 0x7fffffff', '02 000000 000004 01 00000000 7fffffff 04 000000 000001 08 01000000 01', ['4 @0 8/1 01']],
    [
      'interleaved',
      '02 000000 000004 01 00000000 00000001 04 000000 000002 08 01000000 01 06 000000 000002 09 01000000 11 c4 02 c6 12',
      ['4 @0 8/1 0102', '6 @0 9/1 1112'],
    ],
    [
      'abort',
      '02 000000 000004 01 00000000 00000004 04 000000 000005 08 01000000 01020304 02 000000 000004 02 00000000 00000004 04 000000 000001 08 01000000 aa',
      ['4 @0 8/1 aa'],
    ],
    ['abort of nothing', '02 000000 000004 02 00000000 00000063 04 000000 000001 08 01000000 aa', ['4 @0 8/1 aa']],
    [
      'a new header amid a message drops it',
      '02 000000 000004 01 00000000 00000001 04 000000 000002 08 01000000 01 04 000001 000001 09 01000000 aa',
      ['4 @1 9/1 aa'],
    ],
    [
      'payload that begins like the timestamp',
      '02 000000 000004 01 00000000 00000002 04 ffffff 000004 08 01000000 01000000 aaaa c4 0100',
      ['4 @16777216 8/1 aaaa0100'],
    ],
  ] as const)('%s', (name, bytes, expected) => {
    // The last case ends with bytes that might be a timestamp: only what follows can tell.
    const isOpenEnded = name.startsWith('payload');
    const tail = isOpenEnded ? '05 000000 000001 08 01000000 bb' : '';
    const more = isOpenEnded ? ['5 @0 8/1 bb'] : [];
    for (const cut of [[100], [1], [3, 5]])
      expect(read(hex(`${bytes}${tail}`), cut).map(brief)).toEqual([...expected, ...more]);
  });

  it.each([
    ['type 3 before type 0', 'c4', 'BAD_STATE'],
    ['type 2 before type 0', '84 000000', 'BAD_STATE'],
    ['chunk size 0', '02 000000 000004 01 00000000 00000000', 'BAD_VALUE'],
    ['chunk size 2^31', '02 000000 000004 01 00000000 80000000', 'BAD_VALUE'],
    ['an empty Set Chunk Size', '02 000000 000000 01 00000000', 'SHORT_READ'],
    ['an empty Abort', '02 000000 000000 02 00000000', 'SHORT_READ'],
    ['a message of 16 MiB', '04 000000 ffffff 09 01000000', 'TOO_LARGE'],
  ])('%s is refused', (_, bytes, code) => {
    for (const cut of [[100], [1]]) {
      expect(() => read(hex(`${bytes}000000`), cut)).toThrow(expect.objectContaining({ name: 'MalformedError', code }));
    }
  });

  it('refuses the 33rd chunk stream', () => {
    const reader = new ChunkReader();
    const open = (id: number) => reader.push(hex(`${id.toString(16).padStart(2, '0')} 000000 000000 08 01000000`));
    for (let id = 2; id < 34; id++) open(id);
    expect(() => open(34)).toThrow(expect.objectContaining({ code: 'TOO_MANY' }));
  });

  it('takes memory as bytes arrive, and no more than the bound', () => {
    const reader = new ChunkReader({ ...DEFAULT_CHUNK_LIMITS, maxAssemblyBytes: 200_000 });
    const open = (id: number) =>
      reader.push(hex(`${id.toString(16).padStart(2, '0')} 000000 7fffff 09 01000000 ${'00'.repeat(128)}`));
    for (let id = 2; id < 5; id++) open(id);
    expect(reader.bytesUnderAssembly).toBe(3 * 65_536);
    expect(() => open(5)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
  });

  it('gives memory back with the message, the abort and the new header', () => {
    const reader = new ChunkReader();
    const head = '04 000000 000081 08 01000000';
    for (const end of ['c4 00', '02 000000 000004 02 00000000 00000004', '04 000000 000001 08 01000000 00']) {
      reader.push(hex(`${head}${'00'.repeat(128)}`));
      expect(reader.bytesUnderAssembly).toBe(129);
      reader.push(hex(end));
      expect(reader.bytesUnderAssembly).toBe(0);
    }
  });

  it('gives each payload memory of its own and exact size', () => {
    const payload = new Uint8Array(300_000).fill(7);
    const wire = serializeMessage(
      { chunkStreamId: 6, timestamp: 0, typeId: 9, messageStreamId: 1, payload: [payload] },
      128,
    );
    const [whole] = read(wire, [70_000]);
    wire.fill(0);
    expect(whole?.payload.buffer.byteLength).toBe(300_000);
    expect(Buffer.compare(whole!.payload, payload)).toBe(0);
  });
});
