import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkDiskReserve } from './disk-reserve.ts';

/** A slice being written: bytes are appended, and what did not get there whole is cut off again. */
export class SliceFile {
  readonly #file: string;
  readonly #handle: FileHandle;
  #length = 0;

  private constructor(file: string, handle: FileHandle) {
    this.#file = file;
    this.#handle = handle;
  }

  /** @param reserveBytes what must stay free on the disk for others, such as a database */
  static async create(file: string, reserveBytes: number): Promise<SliceFile> {
    await mkdir(dirname(file), { recursive: true });
    await checkDiskReserve(dirname(file), reserveBytes);
    return new SliceFile(file, await open(file, 'wx', 0o644));
  }

  get length(): number {
    return this.#length;
  }

  /** All of it or nothing. */
  async append(pieces: readonly Uint8Array[]): Promise<void> {
    const sizeBytes = pieces.reduce((sum, { length }) => sum + length, 0);
    const { bytesWritten } = await this.#handle.writev(pieces as Uint8Array[], this.#length);
    if (bytesWritten < sizeBytes) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
    this.#length += sizeBytes;
  }

  /** Forgets what comes after. */
  async cut(length: number): Promise<void> {
    await this.#handle.truncate(length);
    this.#length = length;
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  /** As if it had never been. */
  async discard(): Promise<void> {
    await this.#handle.close();
    await rm(this.#file, { force: true });
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
