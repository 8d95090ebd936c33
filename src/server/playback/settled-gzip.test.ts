import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SettledGzip } from './settled-gzip.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `#EXTINF:2.000,\n${from + index}.m4s\n`).join('');

describe('SettledGzip', () => {
  it.each([
    ['something', lines(900, 8)],
    ['nothing', ''],
    [
      'what does not get shorter',
      String.fromCodePoint(...Array.from({ length: 500 }, (_, i) => 33 + ((i * i) % 9000))),
    ],
  ])('gives what unpacks as one text, with %s behind what is settled', (_what, rest) => {
    const gzip = new SettledGzip();
    const settled = bytes(lines(0, 900));
    for (let again = 0; again < 2; again++) {
      const text = bytes(lines(0, 900) + rest);
      const packed = gzip.of(text, settled);
      expect(gunzipSync(packed)).toEqual(Buffer.from(text));
      expect(packed.length).toBeLessThan(text.length / 3);
    }
  });

  it('compresses once what is settled', () => {
    const gzip = new SettledGzip();
    const settled = bytes(lines(0, 900));
    const before = gzip.of(bytes(lines(0, 902)), settled);
    // From now on nobody would know that it is something else.
    settled.fill(0);
    const after = gzip.of(bytes(lines(0, 903)), settled);
    expect(gunzipSync(after).toString()).toBe(lines(0, 903));
    expect(after.subarray(10, 500)).toEqual(before.subarray(10, 500));
  });

  it('compresses short texts and those of which nothing is known as a whole', () => {
    const gzip = new SettledGzip();
    expect(gunzipSync(gzip.of(bytes(lines(0, 20)), bytes(lines(0, 10)))).toString()).toBe(lines(0, 20));
    expect(gunzipSync(gzip.of(bytes(lines(0, 900)), undefined)).toString()).toBe(lines(0, 900));
  });
});
