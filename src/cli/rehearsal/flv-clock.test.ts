import { expect, it } from 'vitest';
import { FlvClock } from './flv-clock.ts';

function tag(type: number, timestampMs: number, sizeBytes: number, kind = [0x17, 1]): Buffer {
  const bytes = Buffer.alloc(11 + sizeBytes + 4, 0xff);
  bytes.set(kind.slice(0, sizeBytes), 11);
  bytes.writeUInt8(type, 0);
  bytes.writeUIntBE(sizeBytes, 1, 3);
  bytes.writeUIntBE(timestampMs % 0x1_00_00_00, 4, 3);
  bytes.writeUInt8(Math.floor(timestampMs / 0x1_00_00_00), 7);
  return bytes;
}

const HEADER = Buffer.from('FLV\x01\x05\0\0\0\x09\0\0\0\0', 'latin1');
const TAGS = [
  tag(18, 0, 40),
  ...[
    [0x17, 0],
    [0x90, 0],
  ].map((kind) => tag(9, 0, 50, kind)),
  ...[
    [0xaf, 0],
    [0x90, 0],
  ].map((kind) => tag(8, 0, 5, kind)),
  tag(9, 17_000_000, 3000),
  tag(8, 17_000_010, 20, [0xaf, 1]),
  tag(9, 17_000_040, 0),
  tag(8, 17_000_100, 1),
  tag(8, 17_000_140, 20, [0x91, 0]),
  tag(9, 17_000_240, 9, [0x91, 0]),
];

it.each([1, 7, 100, 100_000])('FlvClock counts the media of pieces of %i bytes', (pieceBytes) => {
  const bytes = Buffer.concat([HEADER, ...TAGS]);
  const clock = new FlvClock();
  let mediaMs = 0;
  for (let at = 0; at < bytes.length; at += pieceBytes) mediaMs += clock.push(bytes.subarray(at, at + pieceBytes));
  expect(mediaMs).toBe(240);
  expect(clock.reachMs).toBe(240);
});

it('FlvClock refuses what is no FLV', () => {
  expect(() => new FlvClock().push(Buffer.from('<html>not here'))).toThrow('no FLV');
});
