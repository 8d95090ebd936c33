import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Crc64, joinedCrc64 } from './crc64.ts';

const crcOf = (bytes: Uint8Array) => new Crc64().update(bytes).value;

describe('Crc64', () => {
  it.each([
    ['', 0n],
    // The check value of CRC-64/XZ.
    ['123456789', 0x995dc9bbdf1939fan],
  ])('has the known value of %j', (text, value) => expect(crcOf(Buffer.from(text))).toBe(value));

  it('is the same however the bytes come', () => {
    const bytes = randomBytes(1000);
    const pieces = new Crc64();
    for (let at = 0, step = 1; at < bytes.length; at += step, step++) pieces.update(bytes.subarray(at, at + step));
    expect(pieces.value).toBe(crcOf(bytes));
  });
});

describe('joinedCrc64', () => {
  it.each([[[0]], [[1000]], [[1, 999]], [[0, 400, 0, 600]], [[100, 100, 100, 100, 600]], [[7, 13, 17, 963]]])(
    'of pieces of %j bytes is that of the whole',
    (lengths) => {
      const bytes = randomBytes(lengths.reduce((sum, length) => sum + length, 0));
      let at = 0;
      const pieces = lengths.map((sizeBytes) => {
        const piece = bytes.subarray(at, at + sizeBytes);
        at += sizeBytes;
        return { crc64: crcOf(piece), sizeBytes };
      });
      expect(joinedCrc64(pieces)).toBe(crcOf(bytes));
    },
  );
});
