import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Storage, StorageError } from '../../storage/index.ts';

export type ObjectCacheOptions = {
  readonly folder: string;
  /** More are not kept; 0 keeps nothing. */
  readonly maxBytes: number;
  readonly nowMs: () => number;
  readonly onFailure: (error: unknown) => void;
  /** So many bytes were read of the disk, or of a bucket. */
  readonly onRead?: (from: 'cache' | 'bucket', sizeBytes: number) => void;
  /** An object is read in pieces of so many bytes. */
  readonly blockBytes?: number;
};

/** What is known of an object, for as long as it stays the same. */
export type CachedObject = {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  /** `end` is behind the last byte; throws StorageError where nothing of it can be had. */
  readonly read: (start: number, end: number) => Promise<Readable>;
};

type Facts = {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  /** When the bucket said so. */
  readonly saidAtMs: number;
};

type Block = { readonly sizeBytes: number; usedAtMs: number };

const BLOCK_BYTES = 2_097_152;
/** The bucket is asked so seldom whether an object has changed. */
const FRESH_MS = 300_000;
/** A block's last use is written down no oftener. */
const TOUCH_MS = 60_000;
const FACTS = 'facts.json';
const PARTIAL = '.partial';
const BLOCK = /^([0-9a-f]{12})-(\d{1,7})$/;

/** Objects of buckets on the disk, in blocks: read once for all who ask at a time, the longest unused ones dropped. */
export class ObjectCache {
  readonly #options: ObjectCacheOptions;
  readonly #blockBytes: number;
  /** By file, the longest unused first. */
  readonly #blocks = new Map<string, Block>();
  readonly #coming = new Map<string, Promise<Buffer>>();
  readonly #asking = new Map<string, Promise<Facts | undefined>>();
  #keptBytes = 0;

  private constructor(options: ObjectCacheOptions) {
    this.#options = options;
    this.#blockBytes = options.blockBytes ?? BLOCK_BYTES;
  }

  /** Takes over what an earlier process left. */
  static async open(options: ObjectCacheOptions): Promise<ObjectCache> {
    const cache = new ObjectCache(options);
    await cache.#takeOver();
    return cache;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Undefined where there is none of that name; throws StorageError where nobody can say. */
  async find(storage: Storage, object: string): Promise<CachedObject | undefined> {
    const folder = folderNameOf(storage.name, object);
    const facts = await this.#factsOf(folder, storage, object);
    if (!facts) return undefined;
    const { sizeBytes, modifiedAtMs } = facts;
    const read = (start: number, end: number) => begun(this.#pieces({ folder, storage, object, facts }, start, end));
    return { sizeBytes, modifiedAtMs, read };
  }

  /** Another may lie under the name now. */
  async forget(storage: string, object: string): Promise<void> {
    await rm(join(this.#options.folder, folderNameOf(storage, object)), { recursive: true, force: true });
    const prefix = `${folderNameOf(storage, object)}/`;
    for (const [key, block] of this.#blocks) {
      if (!key.startsWith(prefix)) continue;
      this.#blocks.delete(key);
      this.#keptBytes -= block.sizeBytes;
    }
  }

  async #factsOf(folder: string, storage: Storage, object: string): Promise<Facts | undefined> {
    const known = await this.#knownFacts(folder);
    if (known && this.#options.nowMs() - known.saidAtMs < FRESH_MS) return known;
    try {
      return await this.#ask(folder, storage, object);
    } catch (error) {
      if (known) return known;
      throw error;
    }
  }

  #ask(folder: string, storage: Storage, object: string): Promise<Facts | undefined> {
    const asking = this.#asking.get(folder);
    if (asking) return asking;
    const asked = this.#askBucket(folder, storage, object).finally(() => this.#asking.delete(folder));
    this.#asking.set(folder, asked);
    return asked;
  }

  async #askBucket(folder: string, storage: Storage, object: string): Promise<Facts | undefined> {
    const info = await storage.head(object);
    if (!info) {
      await this.forget(storage.name, object);
      return undefined;
    }
    const { sizeBytes, modifiedAtMs } = info;
    const facts = { sizeBytes, modifiedAtMs, saidAtMs: this.#options.nowMs() };
    await this.#write(folder, FACTS, Buffer.from(JSON.stringify(facts)));
    return facts;
  }

  async #knownFacts(folder: string): Promise<Facts | undefined> {
    try {
      return JSON.parse(await readFile(join(this.#options.folder, folder, FACTS), 'utf8')) as Facts;
    } catch {
      return undefined;
    }
  }

  async *#pieces(of: Placed, start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end; ) {
      const index = Math.floor(at / this.#blockBytes);
      const from = at - index * this.#blockBytes;
      const to = Math.min(this.#blockBytes, end - index * this.#blockBytes);
      yield* this.#piece(of, index, from, to);
      at = index * this.#blockBytes + to;
    }
  }

  async *#piece(of: Placed, index: number, from: number, to: number): AsyncGenerator<Uint8Array> {
    const key = keyOf(of, index);
    if (this.#use(key)) {
      let sent = 0;
      try {
        const stream = createReadStream(join(this.#options.folder, key), { start: from, end: to - 1 });
        for await (const piece of stream) {
          sent += (piece as Buffer).length;
          this.#options.onRead?.('cache', (piece as Buffer).length);
          yield piece as Buffer;
        }
      } catch (error) {
        this.#options.onFailure(error);
      }
      if (sent === to - from) return;
      // Somebody took it away, or cut it.
      this.#drop(key);
      from += sent;
    }
    yield (await this.#fetched(of, index, key)).subarray(from, to);
  }

  /** From the bucket, once for all who want it. */
  #fetched(of: Placed, index: number, key: string): Promise<Buffer> {
    const coming = this.#coming.get(key);
    if (coming) return coming;
    const fetched = this.#fetch(of, index, key).finally(() => this.#coming.delete(key));
    this.#coming.set(key, fetched);
    return fetched;
  }

  async #fetch({ storage, object, folder, facts }: Placed, index: number, key: string): Promise<Buffer> {
    const start = index * this.#blockBytes;
    const sizeBytes = Math.min(this.#blockBytes, facts.sizeBytes - start);
    const { body } = await storage.get(object, { range: { start, end: start + sizeBytes - 1 } });
    const pieces: Buffer[] = [];
    for await (const piece of body) pieces.push(piece as Buffer);
    const bytes = Buffer.concat(pieces);
    if (bytes.length !== sizeBytes) {
      const remedy = 'Ask again; if it happens each time, the object was changed: look at it in the bucket.';
      throw new StorageError('STORAGE_FAILED', `${object} came in ${bytes.length} bytes of ${sizeBytes}`, remedy);
    }
    this.#options.onRead?.('bucket', sizeBytes);
    if (sizeBytes <= this.#options.maxBytes) {
      await this.#write(folder, key.slice(folder.length + 1), bytes).then(
        () => this.#keep(key, { sizeBytes, usedAtMs: this.#options.nowMs() }),
        // It is sent all the same.
        (error) => this.#options.onFailure(error),
      );
    }
    return bytes;
  }

  /** Whole under its name, or not there. */
  async #write(folder: string, name: string, bytes: Uint8Array): Promise<void> {
    const partial = join(this.#options.folder, PARTIAL, randomUUID());
    try {
      await mkdir(join(this.#options.folder, folder), { recursive: true });
      await writeFile(partial, bytes);
      await rename(partial, join(this.#options.folder, folder, name));
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  #use(key: string): boolean {
    const block = this.#blocks.get(key);
    if (!block) return false;
    this.#blocks.delete(key);
    this.#blocks.set(key, block);
    const nowMs = this.#options.nowMs();
    if (nowMs - block.usedAtMs > TOUCH_MS) {
      block.usedAtMs = nowMs;
      const used = new Date(nowMs);
      utimes(join(this.#options.folder, key), used, used).catch(() => undefined);
    }
    return true;
  }

  #keep(key: string, block: Block): void {
    this.#keptBytes += block.sizeBytes - (this.#blocks.get(key)?.sizeBytes ?? 0);
    this.#blocks.set(key, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#keptBytes <= this.#options.maxBytes) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const block = this.#blocks.get(key);
    if (!block) return;
    this.#blocks.delete(key);
    this.#keptBytes -= block.sizeBytes;
    rm(join(this.#options.folder, key), { force: true }).catch((error) => this.#options.onFailure(error));
  }

  async #takeOver(): Promise<void> {
    const { folder } = this.#options;
    await rm(join(folder, PARTIAL), { recursive: true, force: true });
    await mkdir(join(folder, PARTIAL), { recursive: true });
    const found: [string, Block][] = [];
    for (const object of await readdir(folder)) {
      if (object === PARTIAL) continue;
      const names = await readdir(join(folder, object)).catch(() => []);
      for (const name of names.filter((each) => BLOCK.test(each))) {
        const at = await stat(join(folder, object, name)).catch(() => undefined);
        if (at) found.push([`${object}/${name}`, { sizeBytes: at.size, usedAtMs: at.mtimeMs }]);
      }
      if (names.every((name) => name === FACTS)) await rm(join(folder, object), { recursive: true, force: true });
    }
    for (const [key, block] of found.sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs)) this.#keep(key, block);
  }
}

type Placed = {
  readonly folder: string;
  readonly storage: Storage;
  readonly object: string;
  readonly facts: Facts;
};

/** With its first piece at hand, so that a failure is known before an answer is begun. */
async function begun(pieces: AsyncGenerator<Uint8Array>): Promise<Readable> {
  const first = await pieces.next();
  return Readable.from(
    (async function* () {
      try {
        if (!first.done) yield first.value;
        yield* pieces;
      } finally {
        await pieces.return(undefined);
      }
    })(),
    { objectMode: false },
  );
}

function folderNameOf(storage: string, object: string): string {
  return createHash('sha256').update(`${storage}\n${object}`).digest('hex').slice(0, 40);
}

/** Blocks of what lay under the name before have other names. */
function keyOf({ folder, facts }: Placed, index: number): string {
  const version = createHash('sha256').update(`${facts.sizeBytes}\n${facts.modifiedAtMs}`).digest('hex').slice(0, 12);
  return `${folder}/${version}-${index}`;
}
