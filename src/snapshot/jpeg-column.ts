import { ByteReader, ByteWriter, concat, MalformedError } from '../protocol/bytes/index.ts';

const STRUCTURE = 'JPEG tile';
const SOF0 = 0xffc0;
const SOS = 0xffda;
const DRI = 0xffdd;
const RST0 = 0xffd0;
const EOI_BYTES = 2;
/** With the chroma of both directions halved, as FFmpeg makes it. */
const MCU_PIXELS = 16;
/** Four luma and two chroma blocks that change nothing, in the codes of ITU-T T.81, Annex K. */
const GRAY_MCU = Uint8Array.of(0x28, 0xa2, 0x8a, 0x00);

/** A JPEG picture in the pieces of which a column of pictures is made. */
export type JpegTile = {
  readonly width: number;
  readonly height: number;
  /** What comes before the frame header and between that and the coded data; tiles of one column share it. */
  readonly tables: Uint8Array;
  readonly frameHeader: Uint8Array;
  readonly scanHeader: Uint8Array;
  readonly scan: Uint8Array;
};

/** Takes a baseline JPEG of FFmpeg apart; all of it are views. */
export function jpegTileOf(jpeg: Uint8Array): JpegTile {
  const reader = new ByteReader(jpeg, STRUCTURE);
  reader.u16();
  let frameHeader: Uint8Array | undefined;
  const tables: Uint8Array[] = [];
  for (;;) {
    const start = reader.offset;
    const marker = reader.u16();
    reader.bytes(reader.u16() - 2);
    const segment = jpeg.subarray(start, reader.offset);
    if (marker === SOF0) frameHeader = segment;
    else if (marker !== SOS) tables.push(segment);
    else if (frameHeader) {
      const { width, height } = sizeIn(frameHeader);
      const scan = jpeg.subarray(reader.offset, jpeg.length - EOI_BYTES);
      return { width, height, tables: concat(tables), frameHeader, scanHeader: segment, scan };
    } else throw new MalformedError('BAD_VALUE', STRUCTURE, 'has no baseline frame header');
  }
}

function sizeIn(frameHeader: Uint8Array): { width: number; height: number } {
  const reader = new ByteReader(frameHeader, STRUCTURE);
  reader.bytes(5);
  const height = reader.u16();
  return { width: reader.u16(), height };
}

/** From the top of one tile in a column to that of the next: whole rows of coding units. */
export function tilePitch(height: number): number {
  return Math.ceil(height / MCU_PIXELS) * MCU_PIXELS;
}

/** Whether both can be in one column. */
export function areAlike(a: JpegTile, b: JpegTile): boolean {
  const isSame = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0;
  return isSame(a.tables, b.tables) && isSame(a.frameHeader, b.frameHeader) && isSame(a.scanHeader, b.scanHeader);
}

/**
 * One picture with the tiles below each other, without coding any of them again: between two tiles stands a restart
 * marker, at which a decoder begins anew (ITU-T T.81, E.1.4). A place without a tile is gray.
 *
 * @param like says what the tiles are made by; all are alike
 */
export function jpegColumn(like: JpegTile, scans: readonly (Uint8Array | undefined)[]): Uint8Array {
  const mcus = (Math.ceil(like.width / MCU_PIXELS) * tilePitch(like.height)) / MCU_PIXELS;
  const frameHeader = Uint8Array.from(like.frameHeader);
  new DataView(frameHeader.buffer).setUint16(5, scans.length * tilePitch(like.height));
  const gray = concat(Array.from({ length: mcus }, () => GRAY_MCU));
  const pieces = scans.flatMap((scan, index) => [
    ...(index > 0 ? [Uint8Array.of(RST0 >> 8, (RST0 & 0xff) + ((index - 1) % 8))] : []),
    scan ?? gray,
  ]);
  const restart = new ByteWriter().u16(DRI).u16(4).u16(mcus).toBytes();
  const start = Uint8Array.of(0xff, 0xd8);
  const end = Uint8Array.of(0xff, 0xd9);
  return concat([start, like.tables, restart, frameHeader, like.scanHeader, ...pieces, end]);
}
