import { crc32 } from 'node:zlib';
import { ByteReader, MalformedError } from '../protocol/bytes/index.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const LONGEST_SIDE = 4096;
const HEADER_BYTES = 13;

/** The size of a whole and undamaged PNG (ISO/IEC 15948): every chunk is there, and is as its checksum says. */
export function pngSize(bytes: Uint8Array): { readonly width: number; readonly height: number } {
  const reader = new ByteReader(bytes, 'PNG');
  if (reader.remaining < SIGNATURE.length) throw new MalformedError('BAD_VALUE', 'PNG', 'this is none');
  if (!SIGNATURE.every((byte) => reader.u8() === byte)) throw new MalformedError('BAD_VALUE', 'PNG', 'this is none');
  let size: { readonly width: number; readonly height: number } | undefined;
  let hasData = false;
  while (reader.remaining > 0) {
    const { type, data } = chunk(reader);
    if (!size && type !== 'IHDR') throw new MalformedError('BAD_VALUE', 'PNG', 'does not begin with its size');
    if (type === 'IHDR') size = sizeOf(data);
    hasData ||= type === 'IDAT';
    if (type === 'IEND' && size && hasData) return size;
  }
  throw new MalformedError('SHORT_READ', 'PNG', 'ends too early');
}

function chunk(reader: ByteReader): { readonly type: string; readonly data: Uint8Array } {
  if (reader.remaining < 12) throw new MalformedError('SHORT_READ', 'PNG', 'ends too early');
  const length = reader.u32();
  if (length > reader.remaining - 8) throw new MalformedError('SHORT_READ', 'PNG', 'ends too early');
  const body = reader.bytes(4 + length);
  if (crc32(body) !== reader.u32()) throw new MalformedError('BAD_VALUE', 'PNG', 'is damaged');
  return { type: Buffer.from(body.subarray(0, 4)).toString('latin1'), data: body.subarray(4) };
}

function sizeOf(header: Uint8Array): { readonly width: number; readonly height: number } {
  if (header.length !== HEADER_BYTES) throw new MalformedError('BAD_VALUE', 'PNG', 'does not begin with its size');
  const reader = new ByteReader(header, 'PNG header');
  const size = { width: reader.u32(), height: reader.u32() };
  const sides = Object.values(size);
  if (sides.some((side) => side < 1 || side > LONGEST_SIDE)) {
    throw new MalformedError('BAD_VALUE', 'PNG', `is not 1 to ${LONGEST_SIDE} pixels wide and high`);
  }
  return size;
}
