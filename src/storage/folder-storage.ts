import { randomUUID } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { syncFolder, writeDurably } from './durable-file.ts';
import type { HiddenFiles } from './incoming.ts';
import { checkObjectName, checkPrefix, isObjectName, PARTIAL_FOLDER } from './object-name.ts';
import type { GetOptions, ListOptions, ObjectBody, ObjectContent, ObjectInfo, PutOptions, Storage } from './storage.ts';
import { checksumMismatch, notFound, StorageError } from './storage-error.ts';

const RENAME_TRIES = 5;
const STALE_PARTIAL_MS = 86_400_000;
/** Uploads have their own end, at most a week after they were begun. */
const INCOMING = 'incoming-';
const STALE_INCOMING_MS = 8 * 86_400_000;

/** Objects as files below one folder; each is on the disk, whole, before its name leads to it. */
export class FolderStorage implements Storage {
  readonly kind = 'folder';
  readonly name: string;
  readonly place: string;
  readonly incoming: HiddenFiles;
  readonly #root: string;

  constructor(name: string, folder: string) {
    this.name = name;
    this.#root = resolve(folder);
    this.place = this.#root;
    this.incoming = this.#hiddenFiles();
  }

  /** Where the object's file is, or would be. */
  fileOf(name: string): string {
    return join(this.#root, checkObjectName(name));
  }

  async put(name: string, content: ObjectContent, options: PutOptions = {}): Promise<{ readonly sha256: string }> {
    const file = this.fileOf(name);
    const partial = join(this.#root, PARTIAL_FOLDER, randomUUID());
    let moved: string | undefined;
    try {
      await mkdir(dirname(partial), { recursive: true });
      moved = options.moves === true && (await isMoved(content, partial)) ? options.sha256 : undefined;
      const sha256 = moved ?? (await writeDurably(partial, content, options.signal));
      if (options.sha256 !== undefined && options.sha256 !== sha256) throw checksumMismatch(name);
      await this.#giveName(partial, file);
      return { sha256 };
    } catch (error) {
      if (moved !== undefined && 'file' in content) await rename(partial, content.file).catch(() => undefined);
      else await rm(partial, { force: true }).catch(() => undefined);
      throw storageError(name, error);
    }
  }

  async get(name: string, { range, signal }: GetOptions = {}): Promise<ObjectBody> {
    const file = this.fileOf(name);
    const info = await this.head(name);
    if (info === undefined) throw notFound(name);
    const bounds =
      range === undefined ? {} : { start: range.start, end: Math.min(range.end ?? info.sizeBytes, info.sizeBytes) };
    return { ...info, body: createReadStream(file, { ...bounds, ...(signal ? { signal } : {}) }) };
  }

  async head(name: string): Promise<ObjectInfo | undefined> {
    return infoOf(name, this.fileOf(name));
  }

  async delete(name: string): Promise<void> {
    const file = this.fileOf(name);
    if ((await infoOf(name, file)) === undefined) return;
    try {
      await rm(file, { force: true });
    } catch (error) {
      throw storageError(name, error);
    }
    await this.#removeEmptyFolders(dirname(file));
  }

  async *list(prefix: string, { after = '', signal }: ListOptions = {}): AsyncIterable<ObjectInfo> {
    const folder = checkPrefix(prefix).slice(0, prefix.lastIndexOf('/') + 1);
    for await (const name of this.#namesBelow(folder, prefix, after)) {
      signal?.throwIfAborted();
      const info = await infoOf(name, join(this.#root, name));
      if (info !== undefined) yield info;
    }
  }

  /** Removes what writes of a day ago left unfinished. */
  async removeStale(nowMs: number): Promise<void> {
    const folder = join(this.#root, PARTIAL_FOLDER);
    for (const name of await readdir(folder).catch(() => [])) {
      const found = await stat(join(folder, name)).catch(() => undefined);
      const staleMs = name.startsWith(INCOMING) ? STALE_INCOMING_MS : STALE_PARTIAL_MS;
      if (found && nowMs - found.mtimeMs > staleMs) await rm(join(folder, name), { force: true });
    }
  }

  close(): void {}

  #hiddenFiles(): HiddenFiles {
    const folder = join(this.#root, PARTIAL_FOLDER);
    const fileOf = (id: string) => join(folder, `${INCOMING}${id}`);
    return {
      kind: 'file',
      fileOf,
      prepare: async () => {
        await mkdir(folder, { recursive: true }).catch((error: unknown) => {
          throw storageError('.partial', error);
        });
      },
      publish: async (id, name) => {
        const file = this.fileOf(name);
        await this.#giveName(fileOf(id), file).catch((error: unknown) => {
          throw storageError(name, error);
        });
      },
      remove: (id) => rm(fileOf(id), { force: true }),
    };
  }

  /** A folder may be removed between its making and the renaming, when its last object is deleted. */
  async #giveName(partial: string, file: string): Promise<void> {
    let made: string | undefined;
    for (let tries = 1; ; tries++) {
      made = (await mkdir(dirname(file), { recursive: true })) ?? made;
      try {
        await rename(partial, file);
        break;
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || tries === RENAME_TRIES) throw error;
      }
    }
    const last = made === undefined ? dirname(file) : dirname(made);
    for (let folder = dirname(file); folder.startsWith(last); folder = dirname(folder)) await syncFolder(folder);
  }

  async #removeEmptyFolders(folder: string): Promise<void> {
    for (let each = folder; each.startsWith(`${this.#root}/`); each = dirname(each)) {
      try {
        await rmdir(each);
      } catch {
        return;
      }
    }
  }

  async *#namesBelow(folder: string, prefix: string, after: string): AsyncIterable<string> {
    const entries = await readdir(join(this.#root, folder), { withFileTypes: true }).catch(() => [] as Dirent[]);
    // A folder sorts as its objects do, with the slash behind its name.
    const paths = entries
      .filter((entry) => entry.isFile() || entry.isDirectory())
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .filter((path) => (path.endsWith('/') ? isObjectName(`${path}-`) : isObjectName(path)))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const path of paths) {
      if (path.endsWith('/')) {
        if (path.startsWith(prefix) || prefix.startsWith(path)) yield* this.#namesBelow(path, prefix, after);
      } else if (path.startsWith(prefix) && Buffer.compare(Buffer.from(path), Buffer.from(after)) > 0) yield path;
    }
  }
}

/** Whether the file could be renamed: not from one disk to another. */
async function isMoved(content: ObjectContent, to: string): Promise<boolean> {
  if (!('file' in content)) return false;
  return rename(content.file, to).then(
    () => true,
    () => false,
  );
}

async function infoOf(name: string, file: string): Promise<ObjectInfo | undefined> {
  try {
    const found = await stat(file);
    const { size: sizeBytes, mtimeMs: modifiedAtMs, ctimeMs: arrivedAtMs } = found;
    return found.isFile() ? { name, sizeBytes, modifiedAtMs, arrivedAtMs } : undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined;
    throw storageError(name, error);
  }
}

const codeOf = (error: unknown) => String((error as NodeJS.ErrnoException).code);

/** What the file system said, in our words. */
export function storageError(name: string, error: unknown): Error {
  const code = codeOf(error);
  if (error instanceof StorageError || (error instanceof Error && error.name === 'AbortError')) return error;
  if (['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY'].includes(code)) {
    const remedy = 'In a folder a name cannot be an object and the beginning of another; choose another name.';
    return new StorageError('OBJECT_NAME_TAKEN', `${name} cannot be stored (${code})`, remedy, error);
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StorageError('STORAGE_FULL', `no room for ${name} (${code})`, 'Free some space on its disk.', error);
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    const remedy = 'Let the account of the server write there (chown, chmod u+rwx).';
    return new StorageError('STORAGE_REFUSED', `${name} may not be written or read (${code})`, remedy, error);
  }
  return new StorageError('STORAGE_FAILED', `${name}: ${code}`, 'Look at the disk and its mount.', error);
}
