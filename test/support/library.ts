import { AssetTables, openStore } from '../../src/store/index.ts';
import { type Asset, Library, type NewAsset } from '../../src/vod/index.ts';
import { memoryLog, type SystemPostgres, startSystemPostgres } from '../system/store/helpers.ts';
import type { MediaFile } from './library-media.ts';

/** A database of its own with a library in it, for a server to play from. */
export type TestLibrary = {
  /** For the server's environment. */
  readonly databaseUrl: string;
  readonly library: Library;
  /** An asset that is ready, with files that are there. */
  add(storage: string, files: readonly MediaFile[], about?: Partial<NewAsset>): Promise<Asset>;
  /** Ends the database and starts it again. */
  readonly postgres: SystemPostgres;
  close(): Promise<void>;
};

export async function openTestLibrary(dataDir: string): Promise<TestLibrary> {
  const postgres = await startSystemPostgres();
  const store = await openStore({ dataDir, log: memoryLog(), databaseUrl: postgres.url, waitMs: 60_000 });
  const library = new Library({ tables: new AssetTables(store) });
  return {
    ...{ databaseUrl: postgres.url, library, postgres },
    async add(storage, files, about = {}) {
      const asset = await library.create({
        ...{ kind: 'video', title: 'A talk', storage, uploadedBy: 'test', status: 'Normal', durationSeconds: 12 },
        ...about,
      });
      for (const file of files) await library.addFile({ ...file, asset: asset.id, storage });
      return asset;
    },
    async close() {
      await store.close();
      postgres.remove();
    },
  };
}
