import type { ShownAsset, StoredAssetFile } from '../store/index.ts';
import type { Asset, AssetFile } from './asset.ts';

/** What of an asset is kept as JSON, since nothing is looked for by it. */
export const IN_DATA = ['chapters', 'live', 'mediaInfo', 'review', 'trouble'] as const;

/** Rows of the database as assets. */
export function assetOf({ data, ...row }: ShownAsset): Asset {
  const { createdAt, modifiedAt, trashedAt, tags, ...rest } = row;
  return {
    ...(withoutNulls({ ...rest, trashedAtMs: trashedAt?.getTime(), ...data }) as Omit<
      Asset,
      'tags' | 'createdAtMs' | 'modifiedAtMs'
    >),
    tags,
    createdAtMs: createdAt.getTime(),
    modifiedAtMs: modifiedAt.getTime(),
  };
}

export function fileOf({ data, createdAt, ...row }: StoredAssetFile): AssetFile {
  return { ...data, ...row, createdAtMs: createdAt.getTime() } as unknown as AssetFile;
}

export function fileRowOf(file: AssetFile): StoredAssetFile {
  const { id, asset, role, storage, object, sizeBytes, createdAtMs, ...data } = file;
  return { id, asset, role, storage, object, sizeBytes, createdAt: new Date(createdAtMs), data: withoutNulls(data) };
}

function withoutNulls(from: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== null && value !== undefined));
}
