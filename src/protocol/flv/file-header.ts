import { ByteReader, MalformedError } from '../bytes/index.ts';

/** Size in bytes of the FLV header together with `PreviousTagSize0`. */
export const fileHeaderBytes = 13;

/** What the FLV header says is in the file (FLV 10.1, E.2); writers are often wrong about it. */
export type FileHeader = {
  readonly hasAudio: boolean;
  readonly hasVideo: boolean;
  /** Bytes from the start of the file to `PreviousTagSize0`, 9 in version 1. */
  readonly dataOffset: number;
};

/** Largest `DataOffset` followed; version 1 files have 9. */
const maxDataOffset = 4096;

/** Decodes the first 9 bytes of an FLV file. */
export function decodeFileHeader(bytes: Uint8Array): FileHeader {
  const reader = new ByteReader(bytes, 'FLV header');
  if (reader.u24() !== 0x464c56) throw new MalformedError('BAD_VALUE', 'FLV header', 'does not start with "FLV"');
  const version = reader.u8();
  if (version !== 1) throw new MalformedError('UNSUPPORTED', 'FLV header', `version ${version}`);
  const flags = reader.u8();
  const dataOffset = reader.u32();
  if (dataOffset < 9 || dataOffset > maxDataOffset) {
    throw new MalformedError('BAD_VALUE', 'FLV header', `DataOffset ${dataOffset}`);
  }
  return { hasAudio: (flags & 4) !== 0, hasVideo: (flags & 1) !== 0, dataOffset };
}

/** Encodes the FLV header and `PreviousTagSize0`: all 13 bytes that come before the first tag. */
export function encodeFileHeader(tracks: { readonly hasAudio: boolean; readonly hasVideo: boolean }): Uint8Array {
  const flags = (tracks.hasAudio ? 4 : 0) | (tracks.hasVideo ? 1 : 0);
  return Uint8Array.of(0x46, 0x4c, 0x56, 1, flags, 0, 0, 0, 9, 0, 0, 0, 0);
}
