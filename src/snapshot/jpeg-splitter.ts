import { ByteReader, MalformedError } from '../protocol/bytes/index.ts';

const STRUCTURE = 'JPEG';
const START_OF_IMAGE = 0xffd8;
const END_OF_IMAGE = 0xffd9;
const START_OF_SCAN = 0xffda;

/** The JPEG pictures of a byte stream in which they follow each other, as views. */
export function splitJpegs(bytes: Uint8Array): Uint8Array[] {
  const pictures: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const length = lengthOfJpeg(bytes.subarray(start));
    pictures.push(bytes.subarray(start, start + length));
    start += length;
  }
  return pictures;
}

function lengthOfJpeg(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes, STRUCTURE);
  if (reader.u16() !== START_OF_IMAGE) throw new MalformedError('BAD_VALUE', STRUCTURE, 'does not begin as one');
  for (;;) {
    const marker = reader.u16();
    if (marker === END_OF_IMAGE) return reader.offset;
    const length = reader.u16();
    if (marker < 0xffc0 || length < 2) throw new MalformedError('BAD_VALUE', STRUCTURE, `has no marker ${marker}`);
    reader.bytes(length - 2);
    if (marker === START_OF_SCAN) reader.bytes(scanLength(bytes, reader.offset));
  }
}

/** In the coded data FF is followed by 00 or by a restart marker; anything else ends it. */
function scanLength(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 2)) {
    const next = bytes[at + 1] ?? 0xff;
    if (next !== 0 && (next < 0xd0 || next > 0xd7)) return at - from;
  }
  throw new MalformedError('SHORT_READ', STRUCTURE, 'has no end');
}
