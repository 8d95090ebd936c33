import type { Logger } from '../log/index.ts';
import { FolderStorage } from './folder-storage.ts';
import type { S3Options } from './s3-client.ts';
import type { Storage } from './storage.ts';
import { StorageError } from './storage-error.ts';

/** One storage as the configuration names it. */
export type StorageSetting =
  | { readonly kind: 'folder'; readonly name: string; readonly folder: string }
  | ({ readonly kind: 's3' } & S3Options);

/** Opens one; what it leads to need not be there. The S3 client is loaded only where there is such a storage. */
export async function openStorage(setting: StorageSetting): Promise<Storage> {
  if (setting.kind === 'folder') return new FolderStorage(setting.name, setting.folder);
  const { S3Storage } = await import('./s3-storage.ts');
  return new S3Storage(setting);
}

/** The storages of the configuration, by name. */
export class Storages {
  readonly #byName: ReadonlyMap<string, Storage>;

  private constructor(storages: readonly Storage[]) {
    this.#byName = new Map(storages.map((storage) => [storage.name, storage]));
  }

  static async open(settings: readonly StorageSetting[], log: Logger): Promise<Storages> {
    const opened = await Promise.all(settings.map(openStorage));
    for (const storage of opened) {
      if (!(storage instanceof FolderStorage)) continue;
      storage.removeStale(Date.now()).catch((error) => log.warn({ error, storage: storage.name }, 'cannot tidy up'));
    }
    return new Storages(opened);
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  get all(): readonly Storage[] {
    return [...this.#byName.values()];
  }

  /** Throws STORAGE_UNKNOWN. */
  get(name: string): Storage {
    const found = this.#byName.get(name);
    if (found) return found;
    const remedy = `Add it to storages in the configuration, or use one of ${this.names.join(', ')}.`;
    throw new StorageError('STORAGE_UNKNOWN', `there is no storage ${JSON.stringify(name)}`, remedy);
  }

  close(): void {
    for (const storage of this.#byName.values()) storage.close();
  }
}
