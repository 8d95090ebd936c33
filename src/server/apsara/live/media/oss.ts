import type { Ask, ListedStorage } from '../../../../operations/index.ts';
import { invalidParameter } from '../../base/index.ts';

/** What stands for the endpoint of a storage that is a folder. */
const FOLDER_ENDPOINT = 'folder';

export type OssPlace = { readonly OssBucket: string; readonly OssEndpoint: string };

/** The storages of this server as ApsaraVideo's buckets. */
export class OssPlaces {
  readonly #storages: readonly ListedStorage[];

  private constructor(storages: readonly ListedStorage[]) {
    this.#storages = storages;
  }

  static async read(ask: Ask): Promise<OssPlaces> {
    return new OssPlaces((await ask<{ storages: ListedStorage[] }>('listStorages')).storages);
  }

  /** The storage that is called so, or whose bucket is; of several of one bucket the one at the endpoint. */
  storageOf({ OssBucket, OssEndpoint }: OssPlace): string {
    const named = this.#storages.find(({ name }) => name === OssBucket);
    const ofBucket = this.#storages.filter(({ bucket }) => bucket === OssBucket);
    const found = named ?? ofBucket.find((each) => each.endpoint === hostOf(OssEndpoint)) ?? ofBucket[0];
    if (found) return found.name;
    const names = this.#storages.map(({ name }) => name).join(', ');
    throw invalidParameter('OssBucket', `no storage has this name or this bucket; the storages are ${names}`);
  }

  placeOf(storage: string): OssPlace {
    const { bucket = storage, endpoint = FOLDER_ENDPOINT } = this.#find(storage) ?? {};
    return { OssBucket: bucket, OssEndpoint: endpoint };
  }

  /** The object's whole name in its bucket. */
  objectOf(storage: string, object: string): string {
    const { prefix } = this.#find(storage) ?? {};
    return prefix === undefined ? object : `${prefix}/${object}`;
  }

  #find(storage: string): ListedStorage | undefined {
    return this.#storages.find(({ name }) => name === storage);
  }
}

function hostOf(endpoint: string): string {
  return endpoint.replace(/^https?:\/\//, '').replace(/\/$/, '');
}
