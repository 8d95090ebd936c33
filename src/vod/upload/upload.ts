import type { MediaUploadTables, StoredMediaUpload } from '../../store/index.ts';
import type { AboutChange, AssetKind, NewAsset, UploadedOriginal } from '../index.ts';
import { noUpload } from './upload-error.ts';

/** An upload as it was asked for, and what has come of it. Times in ms since 1970. */
export type Upload = {
  readonly id: string;
  /** How the bytes come: from a client, from an address, or they were there. */
  readonly way: StoredMediaUpload['way'];
  readonly state: StoredMediaUpload['state'];
  readonly asset?: string;
  readonly owner: string;
  readonly storage: string;
  readonly object: string;
  readonly contentType?: string;
  readonly sizeBytes?: number;
  readonly limitBytes: number;
  readonly receivedBytes: number;
  readonly sha256?: string;
  readonly failure?: { readonly code: string; readonly message: string };
  readonly sourceUrl?: string;
  readonly userData?: string;
  readonly batch?: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly finishedAtMs?: number;
};

/** What the asset of an upload is to be. */
export type UploadedAsset = Omit<NewAsset, 'id' | 'storage' | 'uploadedBy' | 'status' | 'sizeBytes' | 'kind'> & {
  readonly kind?: AssetKind;
};

/** An upload as it is asked for. */
export type NewUploadOfAsset = UploadedAsset & {
  readonly owner: string;
  /** Its ending becomes the object's. */
  readonly fileName: string;
  readonly contentType?: string | undefined;
  readonly storage?: string | undefined;
  readonly sizeBytes?: number | undefined;
  /** In hex; bytes that have another are refused. */
  readonly sha256?: string | undefined;
  readonly sourceUrl?: string | undefined;
  readonly batch?: string | undefined;
};

/** An object that becomes an asset where it is. */
export type RegisteredObject = UploadedAsset & {
  readonly owner: string;
  readonly storage: string;
  readonly object: string;
  readonly batch?: string | undefined;
};

/** What uploads need of the library. */
export interface UploadLibrary {
  create(asset: NewAsset): Promise<{ readonly id: string }>;
  find(id: string): Promise<object | undefined>;
  findByObject(storage: string, object: string): Promise<{ readonly asset: string } | undefined>;
  uploaded(asset: string, original: UploadedOriginal): Promise<void>;
  setStatus(asset: string, status: 'UploadFail', from: readonly ['Uploading'], about: AboutChange): Promise<unknown>;
}

/** What an upload by address fetches. */
export function fetchOf({ id, sourceUrl }: StoredMediaUpload): AboutChange['fetch'] {
  return sourceUrl === null ? undefined : { upload: id, url: sourceUrl };
}

/** Throws UPLOAD_NOT_FOUND. */
export async function storedUpload(tables: Pick<MediaUploadTables, 'find'>, id: string): Promise<StoredMediaUpload> {
  const row = await tables.find(id);
  if (!row) throw noUpload();
  return row;
}

export function uploadOf(row: StoredMediaUpload, receivedBytes = row.storedBytes ?? 0): Upload {
  const { id, way, state, owner, storage, object, limitBytes } = row;
  return {
    ...{ id, way, state, owner, storage, object, limitBytes, receivedBytes },
    ...(row.asset === null ? {} : { asset: row.asset }),
    ...(row.contentType === null ? {} : { contentType: row.contentType }),
    ...(row.sizeBytes === null ? {} : { sizeBytes: row.sizeBytes }),
    ...(row.storedSha256 === null ? {} : { sha256: row.storedSha256 }),
    ...(row.failure === null ? {} : { failure: row.failure }),
    ...(row.sourceUrl === null ? {} : { sourceUrl: row.sourceUrl }),
    ...(row.userData === null ? {} : { userData: row.userData }),
    ...(row.batch === null ? {} : { batch: row.batch }),
    ...{ createdAtMs: row.createdAt.getTime(), expiresAtMs: row.expiresAt.getTime() },
    ...(row.finishedAt === null ? {} : { finishedAtMs: row.finishedAt.getTime() }),
  };
}

/** The object of an asset: of the file's name nothing but its ending is kept, as names of users are their own. */
export function objectOf(prefix: string, asset: string, fileName: string): string {
  const ending = /\.([A-Za-z0-9]{1,8})$/.exec(fileName)?.[1]?.toLowerCase();
  return `${prefix}${asset}/original${ending === undefined ? '' : `.${ending}`}`;
}
