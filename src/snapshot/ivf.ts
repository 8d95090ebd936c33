import { ByteWriter, concat } from '../protocol/bytes/index.ts';

const FILE_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 12;

/** VP9 frames as an IVF file, a tick of 1/30 s from one to the next. @param size of the first one */
export function ivfOf(
  { width, height }: { readonly width: number; readonly height: number },
  frames: readonly Uint8Array[],
): Uint8Array {
  const header = new ByteWriter(FILE_HEADER_BYTES)
    .fourCC('DKIF')
    .u32le(FILE_HEADER_BYTES * 2 ** 16) // version 0 in the lower half
    .fourCC('VP90')
    .u32le(width + height * 2 ** 16)
    .u32le(30) // ticks a second
    .u32le(1)
    .u32le(frames.length)
    .u32le(0)
    .toBytes();
  return concat([header, ...frames.flatMap((frame, index) => [frameHeader(frame.length, index), frame])]);
}

function frameHeader(sizeBytes: number, index: number): Uint8Array {
  return new ByteWriter(FRAME_HEADER_BYTES).u32le(sizeBytes).u32le(index).u32le(0).toBytes();
}
