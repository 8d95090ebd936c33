import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '../log/index.ts';
import type { Storages } from '../storage/index.ts';
import type { AssetFile } from './asset.ts';
import { folderOfAsset } from './asset-objects.ts';
import type { Library } from './library.ts';

export type TiersOptions = {
  readonly library: Library;
  readonly storages: Pick<Storages, 'get'>;
  /** Originals as old as that move; 0: none do. */
  readonly afterDays: number;
  readonly coldStorage: string;
  /** For what is on its way. */
  readonly folder: string;
  readonly log: Logger;
  readonly now?: () => number;
};

const DAY_MS = 86_400_000;
const PAGE = 100;

/** Moves originals that are old into a storage that costs less; what is played stays where it is. */
export class Tiers {
  readonly #options: TiersOptions;

  constructor(options: TiersOptions) {
    this.#options = options;
  }

  /** Returns how many were moved; what fails says why in its asset, and is tried again by the next sweep. */
  async sweep(signal?: AbortSignal): Promise<number> {
    const { library, afterDays, coldStorage, now = Date.now } = this.#options;
    if (afterDays === 0) return 0;
    const beforeMs = now() - afterDays * DAY_MS;
    const seen: string[] = [];
    let moved = 0;
    for (;;) {
      const page = await library.originalsBefore(beforeMs, { elsewhereThan: coldStorage, except: seen, limit: PAGE });
      for (const file of page) {
        signal?.throwIfAborted();
        seen.push(file.id);
        if (await this.#moveSafely(file, signal)) moved++;
      }
      if (page.length < PAGE) return moved;
    }
  }

  async #moveSafely(file: AssetFile, signal: AbortSignal | undefined): Promise<boolean> {
    const { library, log, now = Date.now } = this.#options;
    try {
      await this.move(file, signal);
      return true;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.warn({ error, asset: file.asset }, 'original could not be moved into its cold storage, it is tried again');
      const trouble = { code: 'MOVE_INCOMPLETE', message, atMs: now() };
      await library.update(file.asset, { trouble }).catch(() => undefined);
      return false;
    }
  }

  /** It is in both places until the library says where it is now. */
  async move(file: AssetFile, signal?: AbortSignal): Promise<void> {
    const { library, storages, coldStorage, folder, log } = this.#options;
    const [from, to] = [storages.get(file.storage), storages.get(coldStorage)];
    const object = `${folderOfAsset(file.asset)}original/${basename(file.object)}`;
    const part = join(folder, `${randomUUID()}.part`);
    await mkdir(folder, { recursive: true });
    try {
      const { body, contentType } = await from.get(file.object, signal ? { signal } : {});
      await pipeline(body, createWriteStream(part), signal ? { signal } : {});
      const expected = file.sha256 === undefined ? {} : { sha256: file.sha256 };
      const options = { ...expected, ...(contentType ? { contentType } : {}), ...(signal ? { signal } : {}) };
      const { sha256 } = await to.put(object, { file: part }, options);
      const stored = await to.head(object, signal);
      if (stored?.sizeBytes !== file.sizeBytes) {
        throw new Error(`${object} has ${stored?.sizeBytes ?? 'no'} bytes in ${to.name} instead of ${file.sizeBytes}`);
      }
      if (!(await library.moveFile(file.id, { storage: to.name, object, sha256 }))) {
        // It was deleted meanwhile, with what its storage had of it.
        await to.delete(object, signal);
        return;
      }
      await from.delete(file.object, signal);
      log.info({ asset: file.asset, from: from.name, to: to.name, object }, 'original moved into its cold storage');
    } finally {
      await rm(part, { force: true });
    }
  }
}
