import { z } from 'zod';
import type { StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { StorageError, type Storages, type StoredObject, type Uploads } from '../storage/index.ts';
import type { Archive } from './archive.ts';
import type { SliceState } from './archived-slices.ts';
import { objectOfSlice } from './layout.ts';

export type SliceUploadsOptions = {
  readonly archive: Pick<Archive, 'stream'>;
  readonly uploads: Pick<Uploads, 'add' | 'onStored'>;
  readonly storages: Pick<Storages, 'get'>;
  /** This node: objects of others have other names. */
  readonly nodeId: string;
  readonly wallMs: () => number;
  readonly log: Logger;
};

const KIND = 'archive-slice';
const REMOVE_TIMEOUT_MS = 10_000;

const data = z.object({
  domain: z.string(),
  app: z.string(),
  name: z.string(),
  day: z.string(),
  first: z.int().nonnegative(),
});

/** Brings slices into storages, and out of them again. */
export class SliceUploads {
  readonly #options: SliceUploadsOptions;

  constructor(options: SliceUploadsOptions) {
    this.#options = options;
    options.uploads.onStored(KIND, (stored) => this.#stored(stored));
  }

  /** Resolves once it can no longer be forgotten, whether the storage works or not. */
  async upload(id: StreamId, day: string, { first }: SliceState, storage: string): Promise<void> {
    const { archive, uploads, nodeId } = this.#options;
    await archive.stream(id).use(day, async (opened) => {
      await uploads.add({
        ...{ storage, name: objectOfSlice(id, day, first, nodeId), contentType: 'video/mp4', overwrites: true },
        content: { file: opened.fileOf(first) },
        ...{ kind: KIND, data: { ...id, day, first } },
      });
      await opened.queued(first);
    });
  }

  /** Whether the object is gone; throws where the storage fails. One in a storage that nobody knows any more stays. */
  async remove({ storage, object }: { readonly storage: string; readonly object: string }): Promise<void> {
    const { storages, log } = this.#options;
    try {
      await storages.get(storage).delete(object, AbortSignal.timeout(REMOVE_TIMEOUT_MS));
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'STORAGE_UNKNOWN') throw error;
      log.warn({ storage, object }, 'object of a storage that is not in the configuration stays there');
    }
  }

  async #stored({ storage, name: object, data: of }: StoredObject): Promise<void> {
    const { archive, wallMs } = this.#options;
    const { day, first, ...id } = data.parse(of);
    const isKnown = await archive.stream(id).use(day, async (opened) => {
      if (!opened.state(first)) return false;
      await opened.uploaded(first, { storage, object, atMs: wallMs() });
      return true;
    });
    // It grew too old on its way there.
    if (!isKnown) await this.remove({ storage, object });
  }
}
