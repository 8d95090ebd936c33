import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type HiddenFiles, type Storage, storageError } from '../../storage/index.ts';
import type { MediaUploadTables, StoredUploadPart, StoredUploadSession } from '../../store/index.ts';
import { checkRoom } from './disk-room.ts';
import type { Appender, Bytes, Landing, PlacedPart } from './landing.ts';
import { WrittenFile, writePlaced } from './written-file.ts';

const READ_BYTES = 1_048_576;

type FolderLandingOptions = {
  readonly storage: Pick<Storage, 'head'>;
  readonly files: HiddenFiles;
  readonly tables: MediaUploadTables;
  readonly freeBytes: number;
};

/**
 * Bytes go where they will stay, into a hidden file that is renamed in the end. Parts lie in slots as long as the first
 * one that came, so that those of an even size need no copying:
 *
 *     |   1   |   2   |       |   4   | 5 |        one longer than that has a file of its own
 */
export class FolderLanding implements Landing {
  readonly #options: FolderLandingOptions;

  constructor(options: FolderLandingOptions) {
    this.#options = options;
  }

  async append(session: StoredUploadSession): Promise<Appender> {
    const file = await this.#fileFor(session, (session.sizeBytes ?? 0) - session.receivedBytes);
    return WrittenFile.open(file, session.receivedBytes);
  }

  async putPart(session: StoredUploadSession, number: number, sizeBytes: number, bytes: Bytes): Promise<PlacedPart> {
    const { tables, files } = this.#options;
    const file = await this.#fileFor(session, sizeBytes);
    const slotBytes = await tables.takeSlots(session.id, Math.max(1, sizeBytes));
    const isOwn = sizeBytes > slotBytes;
    const atByte = isOwn ? null : (number - 1) * slotBytes;
    await writePlaced(isOwn ? files.fileOf(`${session.id}.${number}`) : file, atByte ?? 0, sizeBytes, bytes);
    return { atByte };
  }

  async settleParts(): Promise<void> {}

  async sha256Of({ id }: StoredUploadSession): Promise<string> {
    const hash = createHash('sha256');
    const file = createReadStream(this.#options.files.fileOf(id), { highWaterMark: READ_BYTES });
    for await (const chunk of file) hash.update(chunk);
    return hash.digest('hex');
  }

  async gather(session: StoredUploadSession, parts: readonly StoredUploadPart[]): Promise<void> {
    const isPublished = await this.#isPublished(
      session,
      parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    );
    if (!isPublished) await this.#compose(session, parts);
  }

  async publish(session: StoredUploadSession, sizeBytes: number): Promise<void> {
    if (await this.#isPublished(session, sizeBytes)) return;
    const { files } = this.#options;
    try {
      await files.prepare();
      await syncFile(files.fileOf(session.id));
    } catch (error) {
      throw storageError(session.object, error);
    }
    await files.publish(session.id, session.object);
    await this.discard(session);
  }

  async discard({ id, way }: StoredUploadSession): Promise<void> {
    const { files, tables } = this.#options;
    await files.remove(id);
    if (way !== 'multipart') return;
    await files.remove(`${id}.whole`);
    for (const { number, atByte } of await tables.parts(id)) if (atByte === null) await files.remove(`${id}.${number}`);
  }

  /** By a process that could not say so any more. */
  async #isPublished({ id, object }: StoredUploadSession, sizeBytes: number): Promise<boolean> {
    const { files, storage } = this.#options;
    const isHere = await stat(files.fileOf(id)).then(
      () => true,
      () => false,
    );
    if (isHere || sizeBytes === 0) return false;
    return (await storage.head(object))?.sizeBytes === sizeBytes;
  }

  /** Into one file without a gap. */
  async #compose({ id, object }: StoredUploadSession, parts: readonly StoredUploadPart[]): Promise<void> {
    const { files, freeBytes } = this.#options;
    const file = files.fileOf(id);
    let sizeBytes = 0;
    const isEven = parts.every(({ atByte, sizeBytes: more }) => {
      const isHere = atByte === sizeBytes;
      sizeBytes += more;
      return isHere;
    });
    if (isEven) return truncateTo(file, sizeBytes);
    const whole = files.fileOf(`${id}.whole`);
    await rm(whole, { force: true });
    await checkRoom(dirname(whole), sizeBytes, freeBytes);
    const written = await WrittenFile.open(whole, 0);
    try {
      for (const part of parts) {
        const from = part.atByte === null ? files.fileOf(`${id}.${part.number}`) : file;
        const [start, end] = [part.atByte ?? 0, (part.atByte ?? 0) + part.sizeBytes - 1];
        if (part.sizeBytes === 0) continue;
        for await (const chunk of createReadStream(from, { start, end, highWaterMark: READ_BYTES })) {
          await written.write(chunk as Uint8Array);
        }
      }
    } catch (error) {
      throw storageError(object, error);
    } finally {
      await written.close();
    }
    await rename(whole, file);
  }

  async #fileFor({ id }: StoredUploadSession, sizeBytes: number): Promise<string> {
    const { files, freeBytes } = this.#options;
    await files.prepare();
    const file = files.fileOf(id);
    await checkRoom(dirname(file), sizeBytes, freeBytes);
    return file;
  }
}

async function truncateTo(file: string, sizeBytes: number): Promise<void> {
  if ((await stat(file)).size < sizeBytes) throw new Error('the file of an upload is shorter than its parts');
  await truncate(file, sizeBytes);
}

async function syncFile(file: string): Promise<void> {
  // An upload of no bytes may have no file yet.
  const handle = await open(file, 'a');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
