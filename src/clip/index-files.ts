import { randomUUID } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Archive, ArchivedSegment, Pin } from '../archive/index.ts';
import type { Clock, StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import {
  cutSlices,
  EntryCatalogue,
  exportTsSlice,
  type RecordedSlice,
  type RecordedSlices,
  type Slice,
  writeExport,
} from '../record/index.ts';
import type { NewUpload, Storages } from '../storage/index.ts';
import { ClipError } from './clip-error.ts';
import type { WallRange } from './clip-range.ts';
import type { ClipWork, Ticket } from './clip-work.ts';
import {
  checkIndexRange,
  DEFAULT_INDEX_OBJECT,
  INDEX_TYPE,
  type IndexFile,
  indexObjectOf,
  nothingRecorded,
} from './index-file.ts';
import { indexPlaylist, slicesWithin } from './index-playlist.ts';

export type IndexFilesOptions = {
  readonly archive: Pick<Archive, 'between' | 'bytes' | 'folderOf' | 'addPins'>;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly log: Logger;
  readonly storages: Storages;
  readonly recorded: Pick<RecordedSlices, 'between'>;
  readonly work: ClipWork;
  /** Where slices are made before they go into their storage: on the archive's disk. */
  readonly folder: string;
  readonly add: (upload: NewUpload) => Promise<unknown>;
  /** Where a stream's recordings go, and with that its index files. */
  readonly storageOf: (id: StreamId) => string;
  /** The URL of an object of a bucket; undefined for storages that have none. */
  readonly addressOf: (storage: string, object: string) => string | undefined;
};

export type NewIndexFile = WallRange & {
  readonly isEndIncluded?: boolean | undefined;
  /** With ApsaraVideo's variables. */
  readonly object?: string | undefined;
  readonly storage?: string | undefined;
};

/** The kind that uploads of slices have; their file is removed when they are stored. */
export const INDEX_UPLOAD = 'index';

const SLICE_MS = 30_000;
/** How far behind the end the slice may begin that covers it. */
const NEXT_MS = 60_000;

type Made = Pick<IndexFile, 'slices' | 'ownsSlices' | 'startMs' | 'endMs' | 'durationMs'>;
type Job = { readonly id: StreamId; readonly from: number; readonly done: Promise<void> };

/** Index files over what is recorded as transport streams, or is in the archive. */
export class IndexFiles {
  readonly #options: IndexFilesOptions;
  readonly #catalogue: EntryCatalogue<IndexFile>;
  readonly #jobs = new Map<string, Job>();
  readonly #closing = new AbortController();
  readonly #endPins: () => void;

  constructor(options: IndexFilesOptions) {
    this.#options = options;
    this.#catalogue = new EntryCatalogue((id) => options.archive.folderOf(id), 'index-files');
    this.#endPins = options.archive.addPins(() => this.#pins());
  }

  /** Throws ClipError and StorageError. It is ready at once where the slices are recorded already. */
  async make(id: StreamId, asked: NewIndexFile): Promise<IndexFile> {
    checkIndexRange(asked);
    const object = indexObjectOf(asked.object ?? DEFAULT_INDEX_OBJECT, id, asked.startMs);
    const storage = asked.storage ?? this.#options.storageOf(id);
    await this.#checkPlace(id, storage, object);
    const segments = await this.#options.archive.between(id, asked.startMs, asked.endMs);
    const size = segments.find(({ slice }) => slice.tracks.video)?.slice.tracks.video;
    const { width = 0, height = 0 } = size ?? {};
    const createdAtMs = this.#options.clock.wallMs();
    const about = { id: randomUUID(), storage, object, contentType: INDEX_TYPE, createdAtMs, width, height };
    const recorded = await this.#recorded(id, asked);
    if (recorded.length > 0) {
      const made = await this.#write(storage, object, recorded, false);
      const file: IndexFile = { ...about, ...made, state: 'ready' };
      await this.#catalogue.put(id, file);
      return file;
    }
    if (segments.length === 0) throw nothingRecorded();
    return this.#begin(id, about, segments, asked);
  }

  /** The newest first. */
  async list(id: StreamId): Promise<IndexFile[]> {
    return (await this.#catalogue.all(id)).map((file) => this.#current(file)).reverse();
  }

  async find(id: StreamId, fileId: string): Promise<IndexFile | undefined> {
    const found = await this.#catalogue.find(id, fileId);
    return found && this.#current(found);
  }

  /** Deletes it, with the slices that were made for it, or only forgets it; says whether it was there. */
  async delete(id: StreamId, fileId: string, keepsFiles = false): Promise<boolean> {
    await this.#jobs.get(fileId)?.done;
    const file = await this.#catalogue.find(id, fileId);
    if (!file) return false;
    const storage = this.#options.storages.get(file.storage);
    const objects = keepsFiles ? [] : [file.object, ...(file.ownsSlices ? file.slices : [])];
    for (const object of objects) await storage.delete(object);
    await this.#catalogue.remove(id, fileId);
    return true;
  }

  async close(): Promise<void> {
    this.#endPins();
    this.#closing.abort();
    await Promise.all([...this.#jobs.values()].map(({ done }) => done));
  }

  /** What is there and is no index file of the stream must not be overwritten. */
  async #checkPlace(id: StreamId, storage: string, object: string): Promise<void> {
    const { storages } = this.#options;
    if (!storages.names.includes(storage)) {
      const remedy = `Use one of ${storages.names.join(', ')}.`;
      throw new ClipError('INDEX_STORAGE', 'no storage of the configuration has this name', remedy);
    }
    const isOwn = (await this.#catalogue.all(id)).some((file) => file.storage === storage && file.object === object);
    if (isOwn || !(await storages.get(storage).head(object))) return;
    throw new ClipError('INDEX_OBJECT', 'the object is there and is no index file', 'Choose another name.');
  }

  async #recorded(id: StreamId, asked: NewIndexFile): Promise<RecordedSlice[]> {
    const { startMs, endMs, isEndIncluded = false } = asked;
    const slices = await this.#options.recorded.between(id, startMs, endMs + NEXT_MS);
    return slicesWithin(slices, asked, isEndIncluded);
  }

  async #write(storage: string, object: string, slices: readonly RecordedSlice[], ownsSlices: boolean): Promise<Made> {
    const { addressOf, add } = this.#options;
    const text = indexPlaylist(slices, object, (slice) => {
      if (slice.storage === storage) return undefined;
      const address = addressOf(slice.storage, slice.object);
      if (address !== undefined) return address;
      const remedy = `Leave storage out, or name ${slice.storage}, where the slices are.`;
      throw new ClipError('INDEX_STORAGE', 'the slices are in a folder, which has no URL', remedy);
    });
    await add({
      storage,
      name: object,
      contentType: INDEX_TYPE,
      content: { bytes: Buffer.from(text) },
      overwrites: true,
    });
    const [first, last] = [slices[0], slices.at(-1)];
    return {
      slices: slices.filter((slice) => slice.storage === storage).map((slice) => slice.object),
      ownsSlices,
      startMs: first?.wallMs ?? 0,
      endMs: last ? last.wallMs + last.durationMs : 0,
      durationMs: slices.reduce((sum, { durationMs }) => sum + durationMs, 0),
    };
  }

  async #begin(
    id: StreamId,
    about: Omit<IndexFile, keyof Made | 'state' | 'reason'>,
    segments: readonly ArchivedSegment[],
    { startMs, endMs, isEndIncluded = false }: NewIndexFile,
  ): Promise<IndexFile> {
    const whole = isEndIncluded ? segments : segments.filter(({ wallMs, durationMs }) => wallMs + durationMs <= endMs);
    if (whole.length === 0) throw nothingRecorded();
    const ticket = this.#options.work.enter();
    const file: IndexFile = {
      ...about,
      ...{ state: 'making', startMs, endMs, durationMs: 0, slices: [], ownsSlices: true },
    };
    try {
      await this.#catalogue.put(id, file);
    } catch (error) {
      ticket.leave();
      throw error;
    }
    const done = this.#make(id, file, whole, ticket).finally(() => this.#jobs.delete(file.id));
    this.#jobs.set(file.id, { id, from: whole[0]?.number ?? 0, done });
    return file;
  }

  async #make(id: StreamId, file: IndexFile, segments: readonly ArchivedSegment[], ticket: Ticket): Promise<void> {
    try {
      const made = await ticket.run(async () => {
        const slices: RecordedSlice[] = [];
        for (const slice of cutSlices(segments, SLICE_MS))
          slices.push(await this.#slice(id, file, slice, slices.length));
        return this.#write(file.storage, file.object, slices, true);
      });
      await this.#catalogue.put(id, { ...file, ...made, state: 'ready' });
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#options.log.error({ error, ...id, index: file.id }, 'index file could not be made');
      const reason = error instanceof Error ? error.message : String(error);
      await this.#catalogue.put(id, { ...file, state: 'failed', reason }).catch(() => undefined);
    }
  }

  async #slice(id: StreamId, file: IndexFile, slice: Slice, index: number): Promise<RecordedSlice> {
    const { archive, add, folder } = this.#options;
    const { signal } = this.#closing;
    await mkdir(folder, { recursive: true });
    const made = join(folder, `${file.id}-${index}.ts`);
    const source = { bytes: (segment: ArchivedSegment) => archive.bytes(id, segment) };
    const job = { segments: slice.segments, source, signal };
    const { wallMs, durationMs } = await writeExport(`${made}.part`, exportTsSlice, job);
    await rename(`${made}.part`, made);
    const object = `${file.object.slice(0, -'.m3u8'.length)}/${Math.floor(wallMs / 1000)}_${index}.ts`;
    const upload = { storage: file.storage, name: object, contentType: 'video/mp2t', content: { file: made } };
    await add({ ...upload, moves: true, overwrites: true, kind: INDEX_UPLOAD, data: { file: made } });
    return { storage: file.storage, object, wallMs, durationMs, isDiscontinuity: slice.isDiscontinuity };
  }

  *#pins(): Generator<Pin> {
    for (const { id, from } of this.#jobs.values()) yield { id, from, to: Number.MAX_SAFE_INTEGER };
  }

  /** One that a restart broke off is not made again: who asked can ask again. */
  #current(file: IndexFile): IndexFile {
    const isLost = file.state === 'making' && !this.#jobs.has(file.id);
    return isLost ? { ...file, state: 'failed', reason: 'the server was restarted meanwhile; ask again' } : file;
  }
}
