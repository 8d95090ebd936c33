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
};

/** A recording of a stream. */
export type RecordingEntry = Recording & { readonly stream: StreamId };

/** An object and those that it lists. */
export type ListedObjects = Pick<Recording, 'storage' | 'object' | 'contentType' | 'slices'>;

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

  /** Those of the streams that `isSeen` lets through. */
  async list(
    { domain, app, stream }: RecordingFilter,
    isSeen: (id: StreamId) => boolean,
  ): Promise<readonly RecordingEntry[]> {
    const isWanted = (given: string | undefined, name: string) => given === undefined || given === name;
    const found: RecordingEntry[] = [];
    for await (const id of this.#options.archive.streams()) {
      if (!isWanted(domain, id.domain) || !isWanted(app, id.app) || !isWanted(stream, id.name)) continue;
      if (!isSeen(id)) continue;
      const all = await this.#options.catalogue.all(id);
      found.push(...all.map((recording) => ({ ...recording, stream: id })));
    }
    return found;
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
