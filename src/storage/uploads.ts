import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../log/index.ts';
import { type UploadEntry, UploadQueue, type UploadQueueOptions } from '../store/index.ts';
import { sha256Of } from './checksums.ts';
import { syncFolder, writeDurably } from './durable-file.ts';
import { FolderStorage } from './folder-storage.ts';
import { checkObjectName } from './object-name.ts';
import type { ObjectContent, Storage } from './storage.ts';
import type { Storages } from './storages.ts';
import { type StoredObject, type UploadOutcome, UploadWorker } from './upload-worker.ts';

const PRUNE_EVERY_MS = 600_000;
const DEFAULT_CONCURRENCY = 4;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One object to be stored. `kind` and `data` come back when it is; with `overwrites` a later one makes it needless. */
export type NewUpload = {
  readonly storage: string;
  readonly name: string;
  /** A file must stay as it is until it is stored, unless `copies`. */
  readonly content: ObjectContent;
  readonly copies?: boolean;
  /** The file is given away: whoever is told that it is stored removes what is left of it. */
  readonly moves?: boolean;
  readonly contentType: string;
  readonly overwrites?: boolean;
  /** Uploads of one line are stored and told of in the order in which they were added. */
  readonly line?: string;
  readonly kind?: string;
  readonly data?: Readonly<Record<string, unknown>>;
};

export type UploadsOptions = Pick<UploadQueueOptions, 'store' | 'nodeId' | 'queue'> & {
  readonly log: Logger;
  /** For the journal, and for copies of what is still to be stored. */
  readonly folder: string;
  readonly storages: Storages;
  /** Uploads at once into one storage. */
  readonly concurrency?: number;
  /** Shortens the pause after a failure, for tests. */
  readonly maxPauseMs?: number;
  readonly onOutcome?: (storage: string, outcome: UploadOutcome) => void;
};

/** Objects on their way into storages: on this disk first, then uploaded until acknowledged, over any crash and outage. */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #queue: UploadQueue;
  readonly #workers: readonly UploadWorker[];
  readonly #listeners = new Map<string, (stored: StoredObject) => void | Promise<void>>();
  readonly #adding = new Set<string>();
  #ends: (() => Promise<void>)[] = [];
  #endTidying: () => void = () => undefined;

  private constructor(options: UploadsOptions, queue: UploadQueue) {
    this.#options = options;
    this.#queue = queue;
    this.#workers = options.storages.all.map(
      (storage) => new UploadWorker({ ...options, storage, queue, told: this.#told }),
    );
  }

  static async open(options: UploadsOptions): Promise<Uploads> {
    await mkdir(join(options.folder, 'files'), { recursive: true, mode: 0o700 });
    return new Uploads(options, await UploadQueue.open(options));
  }

  /** Who hears of stored objects of this kind, before they are forgotten here; a failure of his is told again later. */
  onStored(kind: string, listener: (stored: StoredObject) => void | Promise<void>): void {
    this.#listeners.set(kind, listener);
  }

  /** Begins to upload. */
  start(): void {
    const { store, log, concurrency = DEFAULT_CONCURRENCY } = this.#options;
    this.#queue.start();
    this.#ends = this.#workers.map((worker) => worker.start(concurrency));
    const tidy = () => {
      if (store.state.kind !== 'ready') return;
      this.#tidy().catch((error: unknown) => log.warn({ error }, 'uploads could not be tidied up'));
    };
    const endListening = store.onState(tidy);
    const timer = setInterval(tidy, PRUNE_EVERY_MS).unref();
    this.#endTidying = () => {
      endListening();
      clearInterval(timer);
    };
  }

  /** Resolves once the object can no longer be lost: it is in its folder, or on this disk and in the journal. */
  async add(upload: NewUpload): Promise<{ readonly id: string; readonly sha256: string }> {
    checkObjectName(upload.name);
    const storage = this.#options.storages.get(upload.storage);
    const entry = await this.#entryOf(upload);
    const isNow = storage.kind === 'folder' && !(await this.#isInLine(entry));
    const outcome = isNow ? await this.#storeAtOnce(upload, entry) : 'not stored';
    if (outcome === 'told') return entry;
    const isSpooled = !('file' in upload.content) || upload.copies === true;
    const file = isSpooled ? join(this.#spool, entry.id) : await whereIs(entry.file, storage, upload.name);
    this.#adding.add(entry.id);
    try {
      if (isSpooled) await writeDurably(file, upload.content);
      if (isSpooled) await syncFolder(this.#spool);
      await this.#queue.append({ ...entry, file, isSpooled });
    } catch (error) {
      if (isSpooled) await rm(file, { force: true }).catch(() => undefined);
      throw error;
    } finally {
      this.#adding.delete(entry.id);
    }
    return entry;
  }

  /** How many wait, how many were given up, and since when the oldest waits; throws where the database is away. */
  counts(): ReturnType<UploadQueue['counts']> {
    return this.#queue.counts();
  }

  /** How many wait for the database. */
  get journaled(): number {
    return this.#queue.journaled;
  }

  /** Why the last upload into each storage failed; well ones are not there. */
  get failing(): ReadonlyMap<string, string> {
    return new Map(this.#workers.flatMap(({ name, failure }) => (failure === undefined ? [] : [[name, failure]])));
  }

  /** Tries again what was given up; returns how many. */
  revive(): Promise<number> {
    return this.#queue.revive();
  }

  /** Ends the uploads under way; they begin again at the next start. */
  async close(): Promise<void> {
    this.#endTidying();
    await Promise.all(this.#ends.map((end) => end()));
    await this.#queue.close();
  }

  get #spool(): string {
    return join(this.#options.folder, 'files');
  }

  readonly #told = async (stored: StoredObject): Promise<void> => {
    await this.#listeners.get(stored.kind)?.(stored);
  };

  /** Whether others of its line come before it. */
  async #isInLine({ storage, line }: UploadEntry): Promise<boolean> {
    return line !== undefined && (await this.#queue.isWaiting(storage, line).catch(() => false));
  }

  async #entryOf({ content, ...upload }: NewUpload): Promise<UploadEntry> {
    const { sha256, sizeBytes } = await sha256Of(content);
    return {
      id: randomUUID(),
      storage: upload.storage,
      object: upload.name,
      file: 'file' in content ? content.file : '',
      isSpooled: false,
      contentType: upload.contentType,
      sizeBytes,
      sha256,
      overwrites: upload.overwrites ?? false,
      ...(upload.line === undefined ? {} : { line: upload.line }),
      kind: upload.kind ?? '',
      data: upload.data ?? {},
      atMs: Date.now(),
    };
  }

  /** A folder needs no detour, unless it cannot take the object now, or nobody can be told of it. */
  async #storeAtOnce({ content, ...upload }: NewUpload, entry: UploadEntry): Promise<'told' | 'not stored'> {
    const { storages, log, onOutcome } = this.#options;
    const { id, sha256, sizeBytes, kind, data, atMs: addedAtMs } = entry;
    const { name, storage, contentType, moves = false } = upload;
    try {
      await storages.get(storage).put(name, content, { contentType, sha256, moves });
      await this.#told({ id, storage, name, sizeBytes, sha256, kind, data, addedAtMs });
      onOutcome?.(storage, 'stored');
      return 'told';
    } catch (error) {
      log.warn({ error, storage, name }, 'object could not be stored at once, it is tried again');
      return 'not stored';
    }
  }

  /** Forgets what was stored, and removes copies that nothing refers to: a crash came between the two. */
  async #tidy(): Promise<void> {
    await this.#queue.prune();
    const files = await readdir(this.#spool);
    // In this order: who is added goes from this set to the journal and on to the database.
    const ids = files.filter((name) => UUID.test(name) && !this.#adding.has(name));
    if (ids.length === 0) return;
    for (const id of await this.#queue.unknownOf(ids)) await rm(join(this.#spool, id), { force: true });
  }
}

/** A file that was given away may have become the object itself, of which only nobody heard. */
async function whereIs(file: string, storage: Storage, name: string): Promise<string> {
  const isThere = await stat(file).catch(() => undefined);
  return isThere || !(storage instanceof FolderStorage) ? file : storage.fileOf(name);
}
