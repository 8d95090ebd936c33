import type { Archive } from '../archive/index.ts';
import type { StreamId } from '../live/index.ts';
import {
  contentTypeOf,
  deleteRecording,
  type Recording,
  type RecordingCatalogue,
  RecordingError,
} from '../record/index.ts';
import type { ObjectBody, Storages } from '../storage/index.ts';

export type RecordingFilter = {
  readonly domain?: string | undefined;
  readonly app?: string | undefined;
  readonly stream?: string | undefined;
  /** At most so many. */
  readonly limit: number;
  /** Of the page before. */
  readonly cursor?: string | undefined;
};

/** A recording of a stream. */
export type RecordingEntry = Recording & { readonly stream: StreamId };

/** An object and those that it lists. */
export type ListedObjects = Pick<Recording, 'storage' | 'object' | 'contentType' | 'slices'>;

export type RecordingPage = { readonly recordings: readonly RecordingEntry[]; readonly nextCursor?: string };

/** A part of one of a recording's objects, or all of it. */
export type RecordingContent = Pick<ObjectBody, 'body' | 'sizeBytes'> & { readonly contentType: string };

export type RecordingsOptions = {
  readonly archive: Pick<Archive, 'streams'>;
  readonly catalogue: RecordingCatalogue;
  readonly storages: Storages;
};

/** What operators do with recordings that are made. */
export class Recordings {
  readonly #options: RecordingsOptions;

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  /** The newest first, of the streams that `isSeen` lets through. */
  async list(
    { domain, app, stream, limit, cursor }: RecordingFilter,
    isSeen: (id: StreamId) => boolean,
  ): Promise<RecordingPage> {
    const isWanted = (given: string | undefined, name: string) => given === undefined || given === name;
    const found: RecordingEntry[] = [];
    for await (const id of this.#options.archive.streams()) {
      if (!isWanted(domain, id.domain) || !isWanted(app, id.app) || !isWanted(stream, id.name)) continue;
      if (!isSeen(id)) continue;
      const all = await this.#options.catalogue.all(id);
      found.push(...all.map((recording) => ({ ...recording, stream: id })));
    }
    const ordered = found.sort((a, b) => (cursorOf(a) < cursorOf(b) ? 1 : -1));
    const rest = cursor === undefined ? ordered : ordered.filter((each) => cursorOf(each) < cursor);
    const recordings = rest.slice(0, limit);
    const last = recordings.at(-1);
    return { recordings, ...(last && rest.length > limit ? { nextCursor: cursorOf(last) } : {}) };
  }

  find(stream: StreamId, recordingId: string): Promise<Recording | undefined> {
    return this.#options.catalogue.find(stream, recordingId);
  }

  /** One of a recording's objects; undefined for objects that are none of them. */
  async describe(
    recording: ListedObjects,
    object: string,
  ): Promise<Pick<RecordingContent, 'sizeBytes' | 'contentType'> | undefined> {
    if (object !== recording.object && !recording.slices?.includes(object)) return undefined;
    const found = await this.#options.storages.get(recording.storage).head(object);
    return found && { sizeBytes: found.sizeBytes, contentType: contentTypeOf(recording, object) };
  }

  /** `end` is not in the range any more. */
  async open(
    recording: ListedObjects,
    object: string,
    range: { readonly start: number; readonly end: number } | undefined,
  ): Promise<RecordingContent> {
    const bounds = range === undefined ? {} : { range: { start: range.start, end: range.end - 1 } };
    const { body, sizeBytes } = await this.#options.storages.get(recording.storage).get(object, bounds);
    return { body, sizeBytes, contentType: contentTypeOf(recording, object) };
  }

  /** Throws RECORDING_IS_ASSET. */
  async delete(stream: StreamId, recording: Recording): Promise<void> {
    if (recording.asset !== undefined) throw new RecordingError('RECORDING_IS_ASSET');
    await deleteRecording(this.#options, stream, recording);
  }
}

/** Orders recordings by their beginning; the id tells those apart that began together. */
function cursorOf({ startMs, id }: Recording): string {
  return `${String(startMs).padStart(15, '0')}-${id}`;
}
