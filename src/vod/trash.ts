import type { Logger } from '../log/index.ts';
import type { Storage, Storages } from '../storage/index.ts';
import type { Asset, AssetFile } from './asset.ts';
import { folderOfAsset, folderOfPlaylist, objectsOfFile } from './asset-objects.ts';
import { LibraryError } from './base/index.ts';
import type { Library } from './library.ts';

export type TrashOptions = {
  readonly library: Library;
  readonly storages: Pick<Storages, 'get'>;
  /** How long assets stay in the trash. */
  readonly keepDays: number;
  readonly log: Logger;
  readonly now?: () => number;
  /** Before anything is deleted: work on it must not go on. */
  readonly stopWork?: (asset: Asset, signal?: AbortSignal) => Promise<void>;
  /** Everything of it is gone. */
  readonly onPurged?: (asset: Asset, objects: number) => Promise<void>;
};

const DAY_MS = 86_400_000;
const PAGE = 100;

/** Assets on their way out: deleted for good after some days, with every object, and only when that was seen. */
export class Trash {
  readonly #options: TrashOptions;
  readonly #now: () => number;

  constructor(options: TrashOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Deletes what has been there for long enough; what fails stays, says why, and is tried again by the next sweep. */
  async sweep(signal?: AbortSignal): Promise<{ purged: number; failed: number }> {
    const { library, keepDays } = this.#options;
    const until = this.#now() - keepDays * DAY_MS;
    let [purged, failed] = [0, 0];
    const failedIds: string[] = [];
    for (;;) {
      const page = await library.trashedBefore(until, { limit: PAGE, except: failedIds });
      for (const asset of page) {
        signal?.throwIfAborted();
        const isPurged = await this.purge(asset, signal).then(
          () => true,
          () => false,
        );
        if (isPurged) purged++;
        else failed++;
        if (!isPurged) failedIds.push(asset.id);
      }
      if (page.length < PAGE) return { purged, failed };
    }
  }

  /** At once. Throws PURGE_INCOMPLETE, and the asset stays with the reason in it. */
  async purge(asset: Asset, signal?: AbortSignal): Promise<void> {
    const { library, log, stopWork, onPurged } = this.#options;
    try {
      await stopWork?.(asset, signal);
      const objects = await this.#deleteObjects(asset, signal);
      await onPurged?.(asset, objects);
      await library.remove(asset.id);
      log.info({ asset: asset.id, objects }, 'asset deleted with all its objects');
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.warn({ error, asset: asset.id }, 'asset could not be deleted, it is tried again');
      const trouble = { code: 'PURGE_INCOMPLETE', message, atMs: this.#now() };
      await library.update(asset.id, { trouble }).catch(() => undefined);
      throw error instanceof LibraryError ? error : incomplete(message, error);
    }
  }

  async #deleteObjects(asset: Asset, signal: AbortSignal | undefined): Promise<number> {
    const { library, storages } = this.#options;
    const files = await library.files(asset.id);
    let count = 0;
    for (const name of new Set([asset.storage, ...files.map(({ storage }) => storage)])) {
      const storage = storages.get(name);
      const here = files.filter((file) => file.storage === name);
      const kept = await library.objectsOfOthers(
        asset.id,
        name,
        here.map(({ object }) => object),
      );
      const own = here.filter(({ object }) => !kept.has(object));
      const objects = await objectsOf(asset, own, storage, signal);
      for (const object of objects) await storage.delete(object, signal);
      await refuseLeft(objects, prefixesOf(asset, own), storage, signal);
      count += objects.length;
    }
    return count;
  }
}

/** Those that nothing leads to any more, as of work that was broken off, come first. */
async function objectsOf(
  asset: Asset,
  files: readonly AssetFile[],
  storage: Storage,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const named: string[] = [];
  for (const file of files) named.push(...(await objectsOfFile(file, storage, signal)));
  const found = new Set<string>();
  const options = signal ? { signal } : {};
  for await (const { name } of storage.list(folderOfAsset(asset.id), options)) found.add(name);
  for (const name of named) found.delete(name);
  return [...found, ...new Set(named)];
}

function prefixesOf(asset: Asset, files: readonly AssetFile[]): string[] {
  const playlists = files.filter(({ format }) => format === 'm3u8' || format === 'mpd');
  return [folderOfAsset(asset.id), ...playlists.map(({ object }) => folderOfPlaylist(object))];
}

/** Deleting is believed when nothing is found there any more. */
async function refuseLeft(
  objects: readonly string[],
  prefixes: readonly string[],
  storage: Storage,
  signal: AbortSignal | undefined,
): Promise<void> {
  const refuse = (object: string) => {
    throw incomplete(`${object} is still in the storage ${storage.name} after it was deleted`);
  };
  for (const object of objects) if (await storage.head(object, signal)) refuse(object);
  for (const prefix of prefixes) {
    for await (const { name } of storage.list(prefix, signal ? { signal } : {})) refuse(name);
  }
}

function incomplete(message: string, cause?: unknown): LibraryError {
  const remedy = 'See to the storage; the asset stays in the trash, and its deletion is tried again each hour.';
  return new LibraryError('PURGE_INCOMPLETE', message, remedy, cause);
}
