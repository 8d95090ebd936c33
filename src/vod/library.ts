import { randomBytes } from 'node:crypto';
import type { AssetChanges, AssetCondition, AssetOrder, AssetPlace, AssetTables, StoredAsset } from '../store/index.ts';
import type { Asset, AssetFile, AssetKind, AssetStatus, AssetTrouble, Publication } from './asset.ts';
import { assetOf, fileOf, fileRowOf, IN_DATA } from './asset-rows.ts';
import { LibraryError } from './base/index.ts';
import { wordsOf } from './search/index.ts';

/** An asset as it is asked for. */
export type NewAsset = {
  readonly kind: AssetKind;
  readonly title: string;
  readonly storage: string;
  readonly uploadedBy: string;
  /** `Uploading` where left out: its original comes with `uploaded`. */
  readonly status?: AssetStatus;
  readonly publication?: Publication;
} & Partial<
  Pick<
    Asset,
    | (
        | 'id'
        | 'description'
        | 'tags'
        | 'category'
        | 'coverUrl'
        | 'userData'
        | 'referenceId'
        | 'templateGroup'
        | 'workflow'
      )
    | ('durationSeconds' | 'sizeBytes' | 'createdAtMs' | 'chapters' | 'live')
  >
>;

/** What may be changed of an asset; null empties it. */
export type AssetUpdate = {
  readonly [Name in
    | ('description' | 'tags' | 'title' | 'category' | 'coverUrl' | 'userData' | 'referenceId' | 'publication')
    | ('templateGroup' | 'workflow' | 'durationSeconds' | 'sizeBytes' | 'storage')
    | (typeof IN_DATA)[number]]?: Asset[Name] | null | undefined;
};

/** The original of an asset, where it is now. */
export type UploadedOriginal = {
  readonly storage: string;
  readonly object: string;
  readonly sizeBytes: number;
  readonly sha256?: string | undefined;
  readonly fetch?: AboutChange['fetch'] | undefined;
};

/** What is known of a change beside the asset, for whoever is told of it. */
export type AboutChange = {
  readonly original?: AssetFile;
  /** The upload by address, and that address. */
  readonly fetch?: { readonly upload: string; readonly url: string };
  readonly failure?: { readonly code: string; readonly message: string };
};

export type NewAssetFile = Omit<AssetFile, 'id' | 'createdAtMs'> & {
  readonly id?: string;
  readonly createdAtMs?: number;
};

/** What lists are made of: a page from a place on, or by its number. */
export type AssetListing = {
  readonly condition?: AssetCondition | undefined;
  readonly order?: AssetOrder | undefined;
  readonly after?: AssetPlace | undefined;
  readonly skip?: number | undefined;
  readonly limit: number;
};

/** What begins when the original of an asset is there. */
export type StartProcessing = (asset: Asset, original: AssetFile) => Promise<'processing' | 'nothing to do'>;

export type LibraryOptions = {
  readonly tables: AssetTables;
  /** Left out, assets are ready when they are uploaded. */
  readonly process?: StartProcessing;
  /** What new assets are where nothing is said; `published` where left out. */
  readonly publication?: Publication | undefined;
  readonly now?: () => number;
  /** Something of an asset was changed by this library; whoever keeps what it knows of it asks again. */
  readonly onChanged?: (id: string) => void;
};

const NEWEST_FIRST: AssetOrder = { field: 'createdAt', isDescending: true };

/** The assets: what they are, which files they have, where they are in their life. */
export class Library {
  readonly #options: LibraryOptions;
  readonly #now: () => number;

  constructor(options: LibraryOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  get isReady(): boolean {
    return this.#options.tables.isReady;
  }

  /** Throws REFERENCE_TAKEN. */
  async create(wanted: NewAsset): Promise<Asset> {
    const row = rowOf({ publication: this.#options.publication ?? 'published', ...wanted }, this.#now());
    const { words: _, ...shown } = row;
    if (await this.#options.tables.insert(row)) return assetOf(shown);
    const remedy = 'Give it another reference id, or update the asset that has it.';
    throw new LibraryError('REFERENCE_TAKEN', 'there is an asset of this reference id', remedy);
  }

  async find(by: string | { readonly referenceId: string }): Promise<Asset | undefined> {
    const { tables } = this.#options;
    const row = typeof by === 'string' ? (await tables.get([by]))[0] : await tables.findByReference(by.referenceId);
    return row && assetOf(row);
  }

  /** Throws ASSET_NOT_FOUND. */
  async get(id: string): Promise<Asset> {
    return (await this.find(id)) ?? fail(noAsset());
  }

  /** In the order of the ids; those that are not there are left out. */
  async findAll(ids: readonly string[]): Promise<Asset[]> {
    const found = new Map((await this.#options.tables.get(ids)).map((row) => [row.id, assetOf(row)]));
    return ids.map((id) => found.get(id)).filter((asset) => asset !== undefined);
  }

  /** The newest first where nothing else is said. */
  async list({ order = NEWEST_FIRST, ...query }: AssetListing): Promise<{ asset: Asset; place: AssetPlace }[]> {
    const rows = await this.#options.tables.list({ order, ...query });
    return rows.map(({ asset, place }) => ({ asset: assetOf(asset), place }));
  }

  count(condition?: AssetCondition): Promise<number> {
    return this.#options.tables.count(condition);
  }

  /** How many there are by status, and how many bytes all their files have; those in the trash as `Trashed`. */
  figures(): Promise<{ status: string; assets: number; bytes: number }[]> {
    return this.#options.tables.figures();
  }

  /** Throws ASSET_NOT_FOUND and REFERENCE_TAKEN. */
  async update(id: string, changes: AssetUpdate): Promise<Asset> {
    const isWorded = ['title', 'description', 'tags'].some((name) => name in changes);
    const before = isWorded ? await this.get(id) : undefined;
    const data: Record<string, unknown> = {};
    const columns: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(changes)) {
      if (value !== undefined) (isInData(name) ? data : columns)[name] = value;
    }
    const words = before && { words: wordsOf({ ...before, ...columns } as Asset) };
    return await this.#change(id, { ...columns, ...words, ...(Object.keys(data).length > 0 ? { data } : {}) });
  }

  /** Undefined where it is not in one of the states `from`; throws ASSET_NOT_FOUND. */
  async setStatus(
    id: string,
    status: AssetStatus,
    from?: readonly AssetStatus[],
    about?: AboutChange,
  ): Promise<Asset | undefined> {
    const row = await this.#options.tables.update(id, { status }, from, about);
    this.#options.onChanged?.(id);
    if (row) return assetOf(row);
    await this.get(id);
    return undefined;
  }

  /** How its processing ended or went on; nothing where the asset is gone, or somebody blocked it. */
  async settle(id: string, status: 'Transcoding' | 'TranscodeFail', trouble: AssetTrouble | null): Promise<void> {
    const from = ['UploadSucc', 'Transcoding', 'TranscodeFail'];
    await this.#options.tables.update(id, { status, data: { trouble } }, from);
    this.#options.onChanged?.(id);
  }

  /** The same object again takes the place of what was known of it. Throws ASSET_NOT_FOUND. */
  async addFile(file: NewAssetFile): Promise<AssetFile> {
    const whole = { id: newId(), createdAtMs: this.#now(), ...file };
    const isThere = await this.#options.tables.putFile(fileRowOf(whole));
    this.#options.onChanged?.(whole.asset);
    if (isThere) return whole;
    throw noAsset();
  }

  async files(id: string): Promise<AssetFile[]> {
    return (await this.#options.tables.files([id])).map(fileOf);
  }

  /** Something of it was changed here: whoever keeps what it knows of it asks again. */
  changed(id: string): void {
    this.#options.onChanged?.(id);
  }

  /** Forgets it; its objects stay. */
  removeFile(id: string): Promise<void> {
    return this.#options.tables.removeFile(id);
  }

  /** The file that is this object, of whichever asset. */
  async findByObject(storage: string, object: string): Promise<AssetFile | undefined> {
    const row = await this.#options.tables.findByObject(storage, object);
    return row && fileOf(row);
  }

  /** The original is there: it is looked into and processed, or ready at once. Saying it again does no harm. */
  async uploaded(id: string, { storage, object, sizeBytes, sha256, fetch }: UploadedOriginal): Promise<void> {
    const format = /\.([a-z0-9]{1,8})$/i.exec(object)?.[1]?.toLowerCase() ?? '';
    const file = { asset: id, role: 'original', storage, object, sizeBytes, format, definition: 'OD' } as const;
    const original = await this.addFile({ ...file, ...(sha256 === undefined ? {} : { sha256 }) });
    await this.#options.tables.update(id, { storage, sizeBytes });
    const about = { original, ...(fetch && { fetch }) };
    const asset = await this.setStatus(id, 'UploadSucc', ['Uploading', 'UploadFail', 'UploadSucc'], about);
    if (asset === undefined) return;
    const begun = (await this.#options.process?.(asset, original)) ?? 'nothing to do';
    if (begun === 'nothing to do') await this.setStatus(id, 'Normal', ['UploadSucc']);
  }

  /** Returns which of them are in the trash now that were not. */
  async trash(ids: readonly string[]): Promise<string[]> {
    return await this.#setTrashed(ids, new Date(this.#now()));
  }

  /** Out of the trash again; returns which. */
  async restore(ids: readonly string[]): Promise<string[]> {
    return await this.#setTrashed(ids, null);
  }

  /** In the trash since before then, the longest first. */
  async trashedBefore(
    beforeMs: number,
    { limit, except }: { readonly limit: number; readonly except: readonly string[] },
  ): Promise<Asset[]> {
    return (await this.#options.tables.trashedBefore(new Date(beforeMs), limit, except)).map(assetOf);
  }

  /** Originals of finished assets that are no recordings of streams and no other asset's, the oldest first. */
  async originalsBefore(
    beforeMs: number,
    which: { readonly elsewhereThan: string; readonly except: readonly string[]; readonly limit: number },
  ): Promise<AssetFile[]> {
    return (await this.#options.tables.originalsBefore(new Date(beforeMs), which)).map(fileOf);
  }

  /** It is there now; false where there is no such file any more. */
  moveFile(
    id: string,
    to: { readonly storage: string; readonly object: string; readonly sha256: string },
  ): Promise<boolean> {
    return this.#options.tables.moveFile(id, to);
  }

  /** Forgets it with its files; their objects are not touched. */
  remove(id: string): Promise<void> {
    return this.#options.tables.remove(id);
  }

  /** Which of these objects are files of other assets, too. */
  async objectsOfOthers(id: string, storage: string, objects: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(await this.#options.tables.objectsOfOthers(id, storage, objects));
  }

  async #setTrashed(ids: readonly string[], trashedAt: Date | null): Promise<string[]> {
    const changed: string[] = [];
    for (const row of await this.#options.tables.get([...new Set(ids)])) {
      if ((row.trashedAt === null) === (trashedAt === null)) continue;
      await this.#options.tables.update(row.id, { trashedAt });
      this.#options.onChanged?.(row.id);
      changed.push(row.id);
    }
    return changed;
  }

  async #change(id: string, changes: AssetChanges): Promise<Asset> {
    try {
      const row = await this.#options.tables.update(id, changes);
      this.#options.onChanged?.(id);
      return assetOf(row ?? fail(noAsset()));
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new LibraryError('REFERENCE_TAKEN', 'there is an asset of this reference id', 'Give it another one.');
    }
  }
}

/** 32 hexadecimal digits. */
export function newId(): string {
  return randomBytes(16).toString('hex');
}

export function noAsset(): LibraryError {
  return new LibraryError('ASSET_NOT_FOUND', 'there is no such asset', 'Look for it with a search, also in the trash.');
}

function rowOf(wanted: NewAsset, nowMs: number): StoredAsset {
  const { id = newId(), kind, status = 'Uploading', publication = 'published', title, tags = [] } = wanted;
  const { description = '', category = null, coverUrl = null, userData = null, referenceId = null, storage } = wanted;
  const { templateGroup = null, workflow = null, uploadedBy, durationSeconds = null, sizeBytes = 0 } = wanted;
  const { createdAtMs = nowMs, chapters, live } = wanted;
  return {
    ...{ id, kind, status, publication, title, description, tags: [...tags], category, coverUrl, userData },
    ...{ referenceId, storage, templateGroup, workflow, uploadedBy, durationSeconds, sizeBytes, trashedAt: null },
    ...{ createdAt: new Date(createdAtMs), modifiedAt: new Date(nowMs), words: wordsOf({ title, description, tags }) },
    data: { ...(chapters ? { chapters } : {}), ...(live ? { live } : {}) },
  };
}

function isInData(name: string): boolean {
  return (IN_DATA as readonly string[]).includes(name);
}

function isUniqueViolation(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause && cause.code === '23505';
}

function fail(error: Error): never {
  throw error;
}
