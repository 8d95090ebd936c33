import { ByteReader, MalformedError } from '../bytes/index.ts';

const structure = 'FLAC frame header';

/** Samples per channel in a frame (RFC 9639, 9.1.1 and 9.1.6). */
export function flacFrameSamples(frame: Uint8Array): number {
  const reader = new ByteReader(frame, structure);
  const sync = reader.u16();
  if (sync >>> 1 !== 0x7ffc) throw new MalformedError('BAD_VALUE', structure, 'no frame sync code');
  const code = reader.u8() >>> 4;
  reader.skip(1); // channels and bit depth
  if (code === 0) throw new MalformedError('BAD_VALUE', structure, 'reserved block size');
  if (code === 1) return 192;
  if (code <= 5) return 144 * 2 ** code;
  if (code >= 8) return 2 ** code;
  skipCodedNumber(reader);
  return (code === 6 ? reader.u8() : reader.u16()) + 1;
}

/** The frame or sample number, coded in the manner of UTF-8 with up to 7 bytes. */
function skipCodedNumber(reader: ByteReader): void {
  const first = reader.u8();
  if (first < 0x80) return;
  const length = Math.clz32(~(first << 24));
  if (length < 2 || length > 7) throw new MalformedError('BAD_VALUE', structure, `coded number starts with ${first}`);
  reader.skip(length - 1);
}
