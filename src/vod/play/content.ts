import type { Storage, Storages } from '../../storage/index.ts';
import type { CachedObject, ObjectCache } from './object-cache.ts';

/** An object that can be sent. */
export type Content = CachedObject & { readonly etag: string };

/** The longest playlist or caption file that is read whole. */
const MOST_TEXT_BYTES = 16_777_216;

/** Reads objects of assets: of folders where they lie, of buckets through the cache. */
export class AssetContent {
  readonly #storages: Pick<Storages, 'get'>;
  readonly #cache: ObjectCache;

  constructor({ storages, cache }: { readonly storages: Pick<Storages, 'get'>; readonly cache: ObjectCache }) {
    this.#storages = storages;
    this.#cache = cache;
  }

  /** Undefined where there is none; throws StorageError. */
  async find(storage: string, object: string): Promise<Content | undefined> {
    const place = this.#storages.get(storage);
    const found = place.kind === 's3' ? await this.#cache.find(place, object) : await inPlace(place, object);
    return (
      found && { ...found, etag: `"${found.sizeBytes.toString(36)}-${Math.floor(found.modifiedAtMs).toString(36)}"` }
    );
  }

  /** All of a small file as text. */
  async text(content: Content): Promise<string> {
    const pieces: Buffer[] = [];
    const body = await content.read(0, Math.min(content.sizeBytes, MOST_TEXT_BYTES));
    for await (const piece of body) pieces.push(piece as Buffer);
    return Buffer.concat(pieces).toString();
  }
}

async function inPlace(storage: Storage, object: string): Promise<CachedObject | undefined> {
  const info = await storage.head(object);
  if (!info) return undefined;
  const { sizeBytes, modifiedAtMs } = info;
  const read = async (start: number, end: number) =>
    (await storage.get(object, { range: { start, end: end - 1 } })).body;
  return { sizeBytes, modifiedAtMs, read };
}
