import { z } from 'zod';
import {
  type ActionCall,
  ApsaraError,
  action,
  type Body,
  commaList,
  DONE,
  integer,
  invalidParameter,
  jsonObject,
  type ServedAction,
  text,
} from '../base/index.ts';
import {
  addressesOf,
  assetOf,
  categoryNames,
  filesOf,
  namedAsset,
  type StoredAsset,
  shownVideo,
} from './stored-asset.ts';
import { aboutOf } from './video-actions.ts';

const MOST_IDS = 20;
const played = { AuthTimeout: integer.optional(), OutputType: text.optional() };
const said = z.array(
  z.strictObject({
    ...{ Title: z.string().max(128).optional(), Description: z.string().max(1024).optional() },
    ...{ Tags: z.string().optional(), ImageId: z.string().optional(), MediaId: z.string().optional() },
    ...{ CateId: z.coerce.number().int().optional(), CateIds: z.string().optional() },
  }),
);
const content = jsonObject(said.min(1).max(MOST_IDS));

/** Pictures and files that go along with others. */
export const imageActions: readonly ServedAction[] = [
  action({
    name: 'GetImageInfo',
    summary: 'A picture of the library, with its address',
    differs: 'ImageType is default',
    input: z.object({ ImageId: text, ...played }),
    run: async ({ input: { ImageId, AuthTimeout }, ask }) => {
      const image = await ofKind(ask, ImageId, 'image');
      if (!image) throw new ApsaraError(404, 'NoSuchResource', 'The specified resource ImageId does not exist.');
      return { ImageInfo: await shownImage(ask, image, AuthTimeout) };
    },
  }),
  action({
    name: 'GetImageInfos',
    summary: 'Several pictures by their ids',
    differs: 'ImageType is default',
    input: z.object({ ImageIds: commaList, ...played }),
    run: async ({ input: { ImageIds: ids, AuthTimeout }, ask }) => {
      const { found, missing } = await allOfKind(ask, ids, 'image');
      const ImageInfo = await Promise.all(found.map((each) => shownImage(ask, each, AuthTimeout)));
      return { ImageInfo, NonExistImageIds: missing };
    },
  }),
  action({
    name: 'UpdateImageInfos',
    summary: 'Changes what is said of pictures',
    input: z.object({ UpdateContent: content }),
    run: async ({ input: { UpdateContent }, ask }) => {
      const ids = UpdateContent.map(({ ImageId = '', ...each }) => [ImageId, each] as const);
      return { NonExistImageIds: { ImageId: await updated(ask, ids, 'image') } };
    },
  }),
  action({
    name: 'DeleteImage',
    summary: 'Deletes pictures: those of the library by id, or the cover and snapshots of a video',
    differs: 'pictures of the library go to the trash; ImageURL is refused',
    input: z.object({
      ...{ DeleteImageType: text, ImageURLs: text.optional(), ImageIds: commaList.optional() },
      ...{ VideoId: text.optional(), ImageType: text.optional() },
    }),
    run: async ({ input: { DeleteImageType: by, ImageIds = [], VideoId, ImageType }, ask }) => {
      if (by === 'ImageId') {
        const { found } = await allOfKind(ask, ImageIds, 'image');
        for (const { id } of found) await ask('deleteAsset', { params: { id } });
        return DONE;
      }
      if (by !== 'VideoId') throw invalidParameter('DeleteImageType', 'it must be ImageId or VideoId');
      const { id } = await namedAsset(ask, { VideoId });
      const roles = ROLES[ImageType ?? ''];
      if (!roles) throw invalidParameter('ImageType', `it must be one of ${Object.keys(ROLES).join(', ')}`);
      for (const { id: file, role } of await filesOf(ask, { id })) {
        if (roles.includes(role)) await ask('deleteAssetFile', { params: { id, file } });
      }
      return DONE;
    },
  }),
  action({
    name: 'GetAttachedMediaInfo',
    summary: 'Files that go along with others, with their addresses',
    input: z.object({ MediaIds: commaList, ...played }),
    run: async ({ input: { MediaIds: ids, AuthTimeout }, ask }) => {
      const { found, missing } = await allOfKind(ask, ids, 'attached');
      const AttachedMediaList = await Promise.all(found.map((each) => shownAttached(ask, each, AuthTimeout)));
      return { AttachedMediaList, NonExistMediaIds: missing };
    },
  }),
  action({
    name: 'UpdateAttachedMediaInfos',
    summary: 'Changes what is said of files that go along with others',
    input: z.object({ UpdateContent: content }),
    run: async ({ input: { UpdateContent }, ask }) => {
      const ids = UpdateContent.map(({ MediaId = '', CateIds, ...each }) => {
        const CateId = CateIds === undefined ? each.CateId : Number(CateIds.split(',')[0]);
        return [MediaId, { ...each, ...(CateId !== undefined && { CateId }) }] as const;
      });
      return { NonExistMediaIds: await updated(ask, ids, 'attached') };
    },
  }),
  action({
    name: 'DeleteAttachedMedia',
    summary: 'Puts files that go along with others into the trash',
    input: z.object({ MediaIds: commaList }),
    run: async ({ input: { MediaIds }, ask }) => {
      const { found, missing } = await allOfKind(ask, MediaIds, 'attached');
      for (const { id } of found) await ask('deleteAsset', { params: { id } });
      return { NonExistMediaIds: missing };
    },
  }),
];

const ROLES: Readonly<Record<string, readonly string[]>> = {
  ...{ CoverSnapshot: ['cover'], NormalSnapshot: ['snapshot'], SpriteSnapshot: ['sprite', 'vtt'] },
  ...{ WebVttSnapshot: ['vtt'], SpriteOriginSnapshot: [] },
};

async function ofKind(ask: ActionCall['ask'], id: string, kind: StoredAsset['kind']): Promise<StoredAsset | undefined> {
  const asset = await assetOf(ask, id);
  return asset?.kind === kind ? asset : undefined;
}

async function allOfKind(ask: ActionCall['ask'], ids: readonly string[], kind: StoredAsset['kind']) {
  if (ids.length === 0 || ids.length > MOST_IDS) throw invalidParameter('Ids', `it must name 1 to ${MOST_IDS}`);
  const all = await Promise.all(ids.map((id) => ofKind(ask, id, kind)));
  return {
    found: all.filter((each) => each !== undefined),
    missing: ids.filter((_, index) => all[index] === undefined),
  };
}

async function updated(
  ask: ActionCall['ask'],
  changes: readonly (readonly [id: string, about: Parameters<typeof aboutOf>[0]])[],
  kind: StoredAsset['kind'],
): Promise<string[]> {
  const missing: string[] = [];
  for (const [id, about] of changes) {
    if (!(await ofKind(ask, id, kind))) missing.push(id);
    else await ask('updateAsset', { params: { id }, body: aboutOf(about) });
  }
  return missing;
}

async function common(ask: ActionCall['ask'], asset: StoredAsset, timeout: number | undefined) {
  const [addresses, files, names] = await Promise.all([
    addressesOf(ask, asset, { role: 'original', timeout }),
    filesOf(ask, asset),
    categoryNames(ask),
  ]);
  const { AppId, Title, Description, Tags, CreationTime, ModificationTime, Status, StorageLocation, CateId, CateName } =
    shownVideo(asset, names) as Record<string, unknown>;
  const original = files.find(({ role }) => role === 'original');
  const shown = { AppId, Title, Description, Tags, CreationTime, Status, StorageLocation, URL: addresses[0]?.url };
  return { shown, original, ModificationTime, category: CateId === undefined ? undefined : { CateId, CateName } };
}

async function shownImage(ask: ActionCall['ask'], asset: StoredAsset, timeout: number | undefined): Promise<Body> {
  const { shown, original, category } = await common(ask, asset, timeout);
  return {
    ...{ ImageId: asset.id, ImageType: 'default', ...shown, ...category },
    ...(original && {
      Mezzanine: {
        ...{ FileURL: `${original.storage}/${original.object}`, FileSize: String(original.sizeBytes) },
        OriginalFileName: original.object.split('/').at(-1),
        ...(original.width !== undefined && { Width: original.width }),
        ...(original.height !== undefined && { Height: original.height }),
      },
    }),
  };
}

async function shownAttached(ask: ActionCall['ask'], asset: StoredAsset, timeout: number | undefined): Promise<Body> {
  const { shown, original, ModificationTime, category } = await common(ask, asset, timeout);
  return {
    ...{ MediaId: asset.id, ...shown, ModificationTime, Type: original?.format ?? '' },
    Categories: category ? [{ ...category, Level: 0, ParentId: -1 }] : [],
  };
}
