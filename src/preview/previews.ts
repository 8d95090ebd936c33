import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { appendPicture } from './append-picture.ts';
import type { KeptPicture } from './kept-picture.ts';
import { PictureIndex } from './picture-index.ts';
import { daysBetween, indexFile, PREVIEWS_FOLDER, picturesFile } from './preview-layout.ts';

export type PreviewsOptions = {
  /** The stream's folder in the archive. */
  readonly folderOf: (id: StreamId) => string;
  /** Throws where the disk's room is left to others. */
  readonly checkRoom: () => Promise<void>;
  readonly nowMs: () => number;
  readonly log: Logger;
};

/** Pictures that wait for a slow disk; more are given up. */
const MAX_WAITING = 200;
/** Some 90 bytes each, so less than 30 MB: thirty days of a picture each ten seconds. */
const MAX_ROWS = 300_000;
/** A disk that is full makes no line for each picture. */
const SAID_EVERY_MS = 60_000;

/** Small pictures of all streams that have an archive, kept beside it. A disk that fails costs pictures, nothing else. */
export class Previews {
  readonly #options: PreviewsOptions;
  /** By file, those asked for last at the end. */
  readonly #indexes = new Map<string, PictureIndex>();
  #waiting = 0;
  #lost = 0;
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: PreviewsOptions) {
    this.#options = options;
  }

  folderOf(id: StreamId): string {
    return join(this.#options.folderOf(id), PREVIEWS_FOLDER);
  }

  /** Returns at once; a picture that can't be written is lost. */
  keep(id: StreamId, jpeg: Uint8Array, atWallMs: number): void {
    if (this.#isClosed) return;
    if (this.#waiting >= MAX_WAITING) {
      this.#tellLost(id, new Error(`${MAX_WAITING} pictures wait for the disk already`));
      return;
    }
    this.#waiting++;
    const { checkRoom } = this.#options;
    this.#turn = this.#turn
      .then(() => appendPicture(this.folderOf(id), jpeg, Math.round(atWallMs), checkRoom))
      .catch((error: unknown) => this.#tellLost(id, error))
      .finally(() => {
        this.#waiting--;
      });
  }

  /** From `fromMs` to before `toMs`, in the order of their times. */
  async between(id: StreamId, fromMs: number, toMs: number): Promise<KeptPicture[]> {
    const folder = this.folderOf(id);
    const found: KeptPicture[] = [];
    for (const day of daysBetween(fromMs, toMs)) {
      const pictures = await this.#indexOf(join(folder, indexFile(day)));
      for (const picture of pictures) if (picture.atWallMs >= fromMs && picture.atWallMs < toMs) found.push(picture);
    }
    return found;
  }

  /** The JPEG of each, in the same order; undefined for those that are no longer there. */
  async jpegs(id: StreamId, pictures: readonly KeptPicture[]): Promise<(Uint8Array | undefined)[]> {
    const folder = this.folderOf(id);
    const files = new Map<string, FileHandle | undefined>();
    const found: (Uint8Array | undefined)[] = [];
    try {
      for (const picture of pictures) {
        const file = picturesFile(picture.atWallMs);
        if (!files.has(file)) files.set(file, await open(join(folder, file), 'r').catch(() => undefined));
        found.push(await jpegIn(files.get(file), picture));
      }
    } finally {
      for (const handle of files.values()) await handle?.close();
    }
    return found;
  }

  /** Resolves when what waits is written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turn;
  }

  #tellLost(id: StreamId, error: unknown): void {
    const { log, nowMs } = this.#options;
    this.#lost++;
    if (nowMs() - this.#saidAtMs < SAID_EVERY_MS) return;
    log.warn({ error, lost: this.#lost, ...id }, 'small pictures of the past could not be kept');
    this.#saidAtMs = nowMs();
    this.#lost = 0;
  }

  async #indexOf(file: string): Promise<readonly KeptPicture[]> {
    const index = this.#indexes.get(file) ?? new PictureIndex(file);
    const pictures = await index.pictures();
    this.#indexes.delete(file);
    if (pictures.length > 0) this.#indexes.set(file, index);
    let rows = [...this.#indexes.values()].reduce((sum, each) => sum + each.rows, 0);
    for (const [oldest, each] of this.#indexes) {
      if (rows <= MAX_ROWS) break;
      rows -= each.rows;
      this.#indexes.delete(oldest);
    }
    return pictures;
  }
}

async function jpegIn(
  handle: FileHandle | undefined,
  { offset, sizeBytes }: KeptPicture,
): Promise<Uint8Array | undefined> {
  if (!handle) return undefined;
  const bytes = new Uint8Array(sizeBytes);
  const { bytesRead } = await handle.read(bytes, 0, sizeBytes, offset);
  return bytesRead === sizeBytes ? bytes : undefined;
}
