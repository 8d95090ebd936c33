import { appendFile, mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type StreamId, streamKey } from '../live/index.ts';
import { decodeCrcLine, encodeCrcLine } from '../storage/index.ts';

type Entry = { readonly id: string };
type Line<E> = { readonly add: E } | { readonly remove: string };
type Read<E> = { readonly sizeBytes: number; readonly mtimeMs: number; readonly entries: ReadonlyMap<string, E> };

/** Files that stay read. */
const KEPT_FILES = 64;

/** What there is of each stream of one kind: a file of lines beside its archive, which only grows. Entries are plain JSON. */
export class EntryCatalogue<E extends Entry> {
  readonly #fileOf: (id: StreamId) => string;
  readonly #writing = new Map<string, Promise<void>>();
  readonly #read = new Map<string, Read<E>>();

  constructor(folderOf: (id: StreamId) => string, file: string) {
    this.#fileOf = (id) => join(folderOf(id), file);
  }

  /** Adds an entry, or puts it in the place of the one with its id. */
  put(id: StreamId, entry: E): Promise<void> {
    return this.#append(id, { add: entry });
  }

  remove(id: StreamId, entryId: string): Promise<void> {
    return this.#append(id, { remove: entryId });
  }

  async find(id: StreamId, entryId: string): Promise<E | undefined> {
    return (await this.#entries(id)).get(entryId);
  }

  /** In the order in which they were added first. A damaged line is left out. */
  async all(id: StreamId): Promise<E[]> {
    return [...(await this.#entries(id)).values()];
  }

  async #entries(id: StreamId): Promise<ReadonlyMap<string, E>> {
    const key = streamKey(id);
    await this.#writing.get(key)?.catch(() => undefined);
    const file = this.#fileOf(id);
    const found = await stat(file).catch(() => undefined);
    if (!found) return new Map();
    const known = this.#read.get(key);
    this.#read.delete(key);
    const isSame = known?.sizeBytes === found.size && known.mtimeMs === found.mtimeMs;
    const { size: sizeBytes, mtimeMs } = found;
    const read = isSame ? known : { sizeBytes, mtimeMs, entries: entriesIn<E>(await textOf(file)) };
    this.#read.set(key, read);
    const [oldest] = this.#read.keys();
    if (this.#read.size > KEPT_FILES && oldest !== undefined) this.#read.delete(oldest);
    return read.entries;
  }

  /** One after the other for a stream, so that no line is written into another. */
  #append(id: StreamId, line: Line<E>): Promise<void> {
    const key = streamKey(id);
    const before = this.#writing.get(key) ?? Promise.resolve();
    const writing = before
      .catch(() => undefined)
      .then(() => write(this.#fileOf(id), line))
      .finally(() => {
        if (this.#writing.get(key) === writing) this.#writing.delete(key);
      });
    this.#writing.set(key, writing);
    return writing;
  }
}

function entriesIn<E extends Entry>(text: string): Map<string, E> {
  const entries = new Map<string, E>();
  for (const each of text.split('\n')) {
    const line = decodeCrcLine(each) as Line<E> | undefined;
    if (!line) continue;
    if ('add' in line) entries.set(line.add.id, line.add);
    else entries.delete(line.remove);
  }
  return entries;
}

async function write(file: string, line: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  // A torn line before it must not take this one with it.
  const before = await textOf(file);
  const isTorn = before !== '' && !before.endsWith('\n');
  await appendFile(file, `${isTorn ? '\n' : ''}${encodeCrcLine(line)}`, { flush: true });
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
