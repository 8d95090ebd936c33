import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { jpegTileOf } from '../snapshot/index.ts';
import { encodePictureLine, kindOf } from './kept-picture.ts';
import { dayOf, indexFile, picturesFile } from './preview-layout.ts';

const LINE_FEED = 0x0a;

/**
 * Adds a picture to those in a folder: its bytes first, so that a crash leaves at most bytes that no line names.
 * One call at a time.
 *
 * @param checkRoom throws where the folder, which is there by then, must not grow
 */
export async function appendPicture(
  folder: string,
  jpeg: Uint8Array,
  atWallMs: number,
  checkRoom: () => Promise<void>,
): Promise<void> {
  const tile = jpegTileOf(jpeg);
  await mkdir(folder, { recursive: true });
  await checkRoom();
  const offset = await append(join(folder, picturesFile(atWallMs)), () => jpeg);
  const { width, height } = tile;
  const picture = { atWallMs, offset, sizeBytes: jpeg.length, width, height, kind: kindOf(tile) };
  const line = encodePictureLine(picture);
  await append(join(folder, indexFile(dayOf(atWallMs))), (lastByte) => {
    // What a crash tore off must not spoil the next line.
    const isTorn = lastByte !== undefined && lastByte !== LINE_FEED;
    return Buffer.from(isTorn ? `\n${line}` : line);
  });
}

/** All of it or nothing; returns where it begins. */
async function append(file: string, bytesAfter: (lastByte: number | undefined) => Uint8Array): Promise<number> {
  const handle = await open(file, 'a+', 0o644);
  try {
    const { size } = await handle.stat();
    const last = size > 0 ? (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] : undefined;
    const bytes = bytesAfter(last);
    try {
      const { bytesWritten } = await handle.write(bytes);
      if (bytesWritten < bytes.length) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
    } catch (error) {
      await handle.truncate(size).catch(() => undefined);
      throw error;
    }
    return size;
  } finally {
    await handle.close();
  }
}
