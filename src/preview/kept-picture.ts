import { crc32 } from 'node:zlib';
import { concat } from '../protocol/bytes/index.ts';
import type { JpegTile } from '../snapshot/index.ts';
import { decodeCrcLine, encodeCrcLine } from '../storage/index.ts';

/** A small picture of a stream's past, as an index has it. */
export type KeptPicture = {
  readonly atWallMs: number;
  /** Of its JPEG in the file of its hour. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly width: number;
  readonly height: number;
  /** Equal for pictures that can be in one sheet: eight hexadecimal digits. */
  readonly kind: string;
};

/** What tells apart tiles that can't be in one column of pictures. */
export function kindOf({ tables, frameHeader, scanHeader }: JpegTile): string {
  return crc32(concat([tables, frameHeader, scanHeader]))
    .toString(16)
    .padStart(8, '0');
}

/** A line of an index, with its line feed; it stands for itself. */
export function encodePictureLine({ atWallMs, offset, sizeBytes, width, height, kind }: KeptPicture): string {
  return encodeCrcLine(['p', atWallMs, offset, sizeBytes, width, height, kind]);
}

/** A line without its line feed; undefined where it is torn, damaged or of a later release. */
export function decodePictureLine(text: string): KeptPicture | undefined {
  const fields = decodeCrcLine(text);
  if (!Array.isArray(fields) || fields[0] !== 'p') return undefined;
  const [, atWallMs, offset, sizeBytes, width, height, kind] = fields as [string, ...number[]];
  return { atWallMs, offset, sizeBytes, width, height, kind: String(kind) } as KeptPicture;
}
