import type { MediaInfo } from '../../../ffmpeg/index.ts';
import { type ActionCall, ApsaraError, type Body, hasStatus, isNotFound, utcText } from '../base/index.ts';

/** An asset as REST has it. */
export type StoredAsset = {
  readonly id: string;
  readonly kind: 'video' | 'audio' | 'image' | 'attached';
  readonly status: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly category?: number;
  readonly coverUrl?: string;
  readonly userData?: string;
  readonly referenceId?: string;
  readonly storage: string;
  readonly templateGroup?: string;
  readonly durationSeconds?: number;
  readonly sizeBytes: number;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly trashedAt?: string;
  readonly publication?: string;
  readonly mediaInfo?: MediaInfo;
  readonly live?: {
    readonly domain: string;
    readonly app: string;
    readonly stream: string;
    readonly startedAt: string;
    readonly endedAt: string;
  };
};

export type StoredFile = {
  readonly id: string;
  readonly role: string;
  readonly definition?: string;
  readonly job?: string;
  readonly jobOutput?: number;
  readonly template?: string;
  readonly encryption?: string;
  readonly storage: string;
  readonly object: string;
  readonly format: string;
  readonly sizeBytes: number;
  readonly durationSeconds?: number;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly bitsPerSecond?: number;
  readonly sha256?: string;
  readonly createdAt: string;
};

const ID = /^[0-9a-f]{32}$/;

/** Undefined where there is none, or it is in the trash. */
export async function assetOf(ask: ActionCall['ask'], id: string): Promise<StoredAsset | undefined> {
  if (!ID.test(id)) return undefined;
  try {
    const asset = await ask<StoredAsset>('getAsset', { params: { id } });
    return asset.trashedAt === undefined ? asset : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** By its id, or by the operator's own. */
export async function namedAsset(
  ask: ActionCall['ask'],
  { VideoId, ReferenceId }: { readonly VideoId?: string | undefined; readonly ReferenceId?: string | undefined },
): Promise<StoredAsset> {
  const found = await foundAsset(ask, { VideoId, ReferenceId });
  if (found) return found;
  throw new ApsaraError(404, 'InvalidVideo.NotFound', 'The video does not exist.');
}

export async function foundAsset(
  ask: ActionCall['ask'],
  { VideoId, ReferenceId }: Parameters<typeof namedAsset>[1],
): Promise<StoredAsset | undefined> {
  return VideoId === undefined ? await referred(ask, ReferenceId) : await assetOf(ask, VideoId);
}

async function referred(ask: ActionCall['ask'], reference: string | undefined): Promise<StoredAsset | undefined> {
  if (reference === undefined) throw new ApsaraError(400, 'MissingParameter', 'VideoId or ReferenceId must be given.');
  const match = `ReferenceId = '${reference.replaceAll("'", '')}'`;
  const { assets } = await ask<{ assets: readonly StoredAsset[] }>('listAssets', { query: { match, limit: 2 } });
  return assets.find(({ referenceId }) => referenceId === reference);
}

export async function filesOf(ask: ActionCall['ask'], { id }: Pick<StoredAsset, 'id'>): Promise<readonly StoredFile[]> {
  const { files } = await ask<{ files: readonly StoredFile[] }>('listAssetFiles', { params: { id } });
  return files;
}

/** A file as viewers have it. */
export type Addressed = Pick<StoredFile, 'role' | 'format' | 'job' | 'sizeBytes' | 'createdAt' | 'width' | 'height'> & {
  readonly file: string;
  readonly url: string;
};

const DEFAULT_SECONDS = 3600;

/** The addresses of files of an asset, the oldest first; `timeout` in seconds, as a parameter says it. */
export async function addressesOf(
  ask: ActionCall['ask'],
  { id }: Pick<StoredAsset, 'id'>,
  { role, timeout }: { readonly role?: string; readonly timeout?: string | number | undefined } = {},
): Promise<readonly Addressed[]> {
  const seconds = Number(timeout) || DEFAULT_SECONDS;
  const query = {
    expiresInSeconds: Math.min(2_592_000, Math.max(60, seconds)),
    ...(role !== undefined && { role }),
  };
  const { files } = await ask<{ files: readonly Addressed[] }>('listAssetAddresses', { params: { id }, query });
  return files;
}

/** Ids of jobs and of outputs of jobs are 32 hexadecimal digits there; of an output, two more say which it is. */
export function vodId(job: string, output?: number): string {
  return job.replaceAll('-', '') + (output === undefined ? '' : String(output).padStart(2, '0'));
}

/** What is asked for, with the code where the asset is in no state for it. */
export async function orIllegalStatus<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    throw new ApsaraError(400, 'Forbidden.IllegalStatus', 'Status of the video is illegal.');
  }
}

/** The names of categories, by their ids. */
export async function categoryNames(ask: ActionCall['ask']): Promise<ReadonlyMap<number, string>> {
  type Tree = { readonly id: number; readonly name: string; readonly children: readonly Tree[] };
  const { categories } = await ask<{ categories: readonly Tree[] }>('listCategories', {});
  const all = (tree: Tree): (readonly [number, string])[] => [[tree.id, tree.name], ...tree.children.flatMap(all)];
  return new Map(categories.flatMap(all));
}

/** An asset as ApsaraVideo shows a video. */
export function shownVideo(asset: StoredAsset, categories: ReadonlyMap<number, string>): Body {
  const { category, coverUrl, userData, referenceId, templateGroup } = asset;
  return {
    ...{ VideoId: asset.id, Title: asset.title, Description: asset.description, Tags: asset.tags.join(',') },
    ...{ Status: asset.status, StorageLocation: asset.storage, Size: asset.sizeBytes },
    ...{ Duration: asset.durationSeconds ?? 0, AppId: 'app-1000000' },
    ...{ CreationTime: timeText(asset.createdAt), ModificationTime: timeText(asset.modifiedAt) },
    ...(category !== undefined && { CateId: category, CateName: categories.get(category) ?? '' }),
    ...(coverUrl !== undefined && { CoverURL: coverUrl }),
    ...(userData !== undefined && { UserData: userData }),
    ...(referenceId !== undefined && { ReferenceId: referenceId }),
    ...(templateGroup !== undefined && { TemplateGroupId: templateGroup }),
  };
}

export const timeText = (iso: string): string => utcText(Date.parse(iso));
