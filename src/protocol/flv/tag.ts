import { ByteReader, MalformedError } from '../bytes/index.ts';

/** Kinds of FLV tag; see `tagTypeIds` for the numbers, which RTMP message types share. */
export type TagType = 'audio' | 'video' | 'script';

/** One FLV tag without its header. */
export type FlvTag = {
  readonly type: TagType;
  /** Milliseconds as an unsigned 32-bit value, so it wraps after 49.7 days. */
  readonly timestampMs: number;
  readonly payload: Uint8Array;
};

/** `TagType` numbers of FLV 10.1, E.4.1. */
export const tagTypeIds: Readonly<Record<TagType, number>> = { audio: 8, video: 9, script: 18 };

export const tagHeaderBytes = 11;
export const previousTagSizeBytes = 4;

/** Tag header fields as on the wire. */
export type TagHeader = { readonly type: TagType; readonly sizeBytes: number; readonly timestampMs: number };

/** Decodes the 11 bytes before a tag's payload; the stream id is not looked at. */
export function decodeTagHeader(bytes: Uint8Array): TagHeader {
  const reader = new ByteReader(bytes, 'FLV tag header');
  const first = reader.u8();
  if ((first & 0x20) !== 0) throw new MalformedError('UNSUPPORTED', 'FLV tag header', 'encrypted tag');
  const type = tagTypeOf(first & 0x1f);
  const sizeBytes = reader.u24();
  const low = reader.u24();
  const timestampMs = reader.u8() * 0x1000000 + low;
  reader.skip(3);
  return { type, sizeBytes, timestampMs };
}

/** Writes the 11-byte tag header into `into` from `at`; `timestampMs` is taken modulo 2^32. */
export function encodeTagHeader(type: TagType, sizeBytes: number, timestampMs: number, into: Uint8Array, at = 0): void {
  const time = timestampMs >>> 0;
  if (sizeBytes > 0xffffff) throw new RangeError(`an FLV tag of ${sizeBytes} bytes is past 24 bits`);
  if (into.length - at < tagHeaderBytes) throw new RangeError(`no room for an FLV tag header at ${at}`);
  into[at] = tagTypeIds[type];
  into[at + 1] = sizeBytes >>> 16;
  into[at + 2] = sizeBytes >>> 8;
  into[at + 3] = sizeBytes;
  into[at + 4] = time >>> 16;
  into[at + 5] = time >>> 8;
  into[at + 6] = time;
  into[at + 7] = time >>> 24;
  into.fill(0, at + 8, at + 11);
}

/** Writes the 4 bytes that follow a tag: the size of its header and payload. */
export function encodePreviousTagSize(payloadBytes: number, into: Uint8Array, at: number): void {
  const size = tagHeaderBytes + payloadBytes;
  into[at] = size >>> 24;
  into[at + 1] = size >>> 16;
  into[at + 2] = size >>> 8;
  into[at + 3] = size;
}

/** One whole tag with header and `PreviousTagSize` in one allocation; the payload is given in pieces. */
export function encodeTag(type: TagType, timestampMs: number, ...pieces: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const piece of pieces) size += piece.length;
  const bytes = new Uint8Array(tagHeaderBytes + size + previousTagSizeBytes);
  encodeTagHeader(type, size, timestampMs, bytes);
  let at = tagHeaderBytes;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  encodePreviousTagSize(size, bytes, at);
  return bytes;
}

function tagTypeOf(id: number): TagType {
  if (id === 9) return 'video';
  if (id === 8) return 'audio';
  if (id === 18) return 'script';
  throw new MalformedError('BAD_VALUE', 'FLV tag header', `tag type ${id}`);
}
