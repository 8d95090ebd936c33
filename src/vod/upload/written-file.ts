import { type FileHandle, open } from 'node:fs/promises';
import type { Appender, Bytes } from './landing.ts';

/** A file that grows at its end, of which nothing behind `fromByte` is kept. */
export class WrittenFile implements Appender {
  readonly #handle: FileHandle;
  #atByte: number;

  private constructor(handle: FileHandle, atByte: number) {
    this.#handle = handle;
    this.#atByte = atByte;
  }

  /** Begins at `atByte`, or where the file ends before that. */
  static async open(file: string, atByte: number): Promise<WrittenFile> {
    const handle = await open(file, 'r+').catch(() => open(file, 'w+', 0o644));
    try {
      const { size } = await handle.stat();
      const from = Math.min(size, atByte);
      if (size > from) await handle.truncate(from);
      return new WrittenFile(handle, from);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get atByte(): number {
    return this.#atByte;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await writeAt(this.#handle, bytes, this.#atByte);
    this.#atByte += bytes.length;
  }

  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async cutTo(byte: number): Promise<void> {
    await this.#handle.truncate(byte);
    this.#atByte = byte;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** Writes so many bytes at a place of a file, and brings them to the disk. Fewer or more than that throw. */
export async function writePlaced(file: string, place: number, sizeBytes: number, bytes: Bytes): Promise<void> {
  const handle = await open(file, 'r+').catch(() => open(file, 'w+', 0o644));
  try {
    let written = 0;
    for await (const chunk of bytes) {
      if (written + chunk.length > sizeBytes) throw new RangeError('more bytes than were said');
      await writeAt(handle, chunk, place + written);
      written += chunk.length;
    }
    if (written !== sizeBytes) throw new RangeError('fewer bytes than were said');
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, place: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, place + done);
    done += bytesWritten;
  }
}
