import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Marker } from './marker.ts';
import { decodeMarkerLine, encodeMarkerLine, type MarkerLine } from './marker-line.ts';

/** The markers of one day of a stream: a file that only grows. Used by one caller at a time. */
export class MarkerFile {
  readonly #path: string;
  readonly #markers = new Map<string, Marker>();
  /** Lines so far, those of removals counted. */
  #lines = 0;
  #sizeBytes = 0;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Lines stand each for itself: a damaged one is left out, and what a crash tore off at the end is written over. */
  static async load(path: string): Promise<MarkerFile> {
    const file = new MarkerFile(path);
    const bytes = await readFile(path).catch(noneIfMissing);
    const whole = bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
    file.#sizeBytes = whole.length;
    for (const text of whole.toString('utf8').split('\n')) {
      const line = decodeMarkerLine(text);
      if (line) file.#apply(line);
    }
    return file;
  }

  get lines(): number {
    return this.#lines;
  }

  /** In the order of their times. */
  list(): Marker[] {
    return [...this.#markers.values()].sort((a, b) => a.atWallMs - b.atWallMs);
  }

  has(id: string): boolean {
    return this.#markers.has(id);
  }

  /** On the disk when it resolves. */
  async append(line: MarkerLine): Promise<void> {
    const bytes = Buffer.from(encodeMarkerLine(line));
    await mkdir(dirname(this.#path), { recursive: true });
    const handle = await open(this.#path, 'r+').catch(() => open(this.#path, 'w+'));
    try {
      await this.#write(handle, bytes);
    } finally {
      await handle.close();
    }
    this.#sizeBytes += bytes.length;
    this.#apply(line);
  }

  /** What a full disk leaves of a line is cut off again. */
  async #write(handle: FileHandle, bytes: Uint8Array): Promise<void> {
    try {
      await handle.truncate(this.#sizeBytes);
      const { bytesWritten } = await handle.write(bytes, 0, bytes.length, this.#sizeBytes);
      if (bytesWritten < bytes.length) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
      await handle.datasync();
    } catch (error) {
      await handle.truncate(this.#sizeBytes).catch(() => undefined);
      throw error;
    }
  }

  #apply(line: MarkerLine): void {
    this.#lines++;
    if (line.kind === 'removed') this.#markers.delete(line.id);
    else this.#markers.set(line.marker.id, line.marker);
  }
}

function noneIfMissing(error: unknown): Buffer {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return Buffer.alloc(0);
  throw error;
}
