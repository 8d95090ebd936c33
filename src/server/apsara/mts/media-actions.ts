import { z } from 'zod';
import type { MediaInfo } from '../../../ffmpeg/index.ts';
import {
  type ActionCall,
  ApsaraError,
  action,
  type Body,
  commaList,
  DONE,
  flag,
  integer,
  invalidParameter,
  isNotFound,
  type ServedAction,
  text,
  utcText,
} from '../base/index.ts';
import { mediaProperties } from './media-properties.ts';
import { startMediaWorkflow } from './media-workflow-store.ts';
import { mpsId } from './stored-job.ts';

type Asset = {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly category?: number;
  readonly coverUrl?: string;
  readonly publication: 'draft' | 'review' | 'published';
  readonly status: string;
  readonly durationSeconds?: number;
  readonly sizeBytes: number;
  readonly createdAt: string;
  readonly trashedAt?: string;
  readonly mediaInfo?: MediaInfo;
};
type File = {
  readonly role: string;
  readonly storage: string;
  readonly object: string;
  readonly format: string;
  readonly sizeBytes: number;
  readonly durationSeconds?: number;
  readonly bitsPerSecond?: number;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly encryption?: string;
  readonly job?: string;
};

const named = { MediaId: text };
const ID = /^[0-9a-f]{32}$/;
const MOST_TAGS = 16;
const included = {
  ...{ IncludePlayList: flag.optional(), IncludeSnapshotList: flag.optional() },
  ...{ IncludeMediaInfo: flag.optional(), IncludeSummaryList: flag.optional() },
};
const described = {
  ...{ Title: text.max(128).optional(), Description: text.max(1024).optional(), CateId: integer.optional() },
  ...{ Tags: text.optional(), CoverURL: text.optional() },
};

/** Media of the library: originals with what workflows made of them. */
export const mediaActions: readonly ServedAction[] = [
  action({
    name: 'AddMedia',
    summary: 'Makes an asset of an object that is in a storage, and begins a workflow for it',
    differs:
      'FileURL is http://{storage}.…/{object}; nothing is made of it but by its workflow; OverrideParams are refused; InputUnbind changes nothing',
    input: z.object({
      ...{ FileURL: text, MediaWorkflowId: text.optional(), MediaWorkflowUserData: text.max(1024).optional() },
      ...{ ...described, InputUnbind: flag.optional(), OverrideParams: text.optional() },
    }),
    run: async ({ input, ask }) => {
      const { FileURL, MediaWorkflowId, MediaWorkflowUserData: userData, OverrideParams, ...about } = input;
      if (OverrideParams !== undefined) throw invalidParameter('OverrideParams', 'it is not done here');
      const place = objectAt(FileURL);
      const body = { ...aboutOf(about), ...place, templateGroup: 'VOD_NO_TRANSCODE' };
      const asset = await orNoFile(ask<Asset>('createAsset', { body }), FileURL);
      const { storage: bucket, object } = place;
      const run =
        MediaWorkflowId === undefined
          ? undefined
          : await startMediaWorkflow(ask, MediaWorkflowId, { bucket, object, media: asset.id, userData });
      return { Media: { ...(await shown(ask, asset)), RunIdList: { RunId: run === undefined ? [] : [run] } } };
    },
  }),
  action({
    name: 'UpdateMedia',
    summary: 'Changes what is said of a media; what is left out is emptied',
    input: z.object({ ...named, ...described }),
    run: async ({ input: { MediaId, ...about }, ask }) => {
      const { id } = await mediaOf(ask, MediaId);
      const emptied = { description: '', tags: [], category: null, coverUrl: null };
      const changed = await ask<Asset>('updateAsset', { params: { id }, body: { ...emptied, ...aboutOf(about) } });
      return { Media: await shown(ask, changed) };
    },
  }),
  action({
    name: 'UpdateMediaCategory',
    summary: 'Puts a media into a category',
    input: z.object({ ...named, CateId: integer.optional() }),
    run: async ({ input: { MediaId, CateId }, ask }) => {
      const { id } = await mediaOf(ask, MediaId);
      const category = CateId !== undefined && CateId > 0 ? CateId : null;
      await ask('updateAsset', { params: { id }, body: { category } });
      return DONE;
    },
  }),
  action({
    name: 'UpdateMediaCover',
    summary: 'The address of a media’s cover',
    input: z.object({ ...named, CoverURL: text }),
    run: async ({ input: { MediaId, CoverURL: coverUrl }, ask }) => {
      const { id } = await mediaOf(ask, MediaId);
      await ask('updateAsset', { params: { id }, body: { coverUrl } });
      return DONE;
    },
  }),
  action({
    name: 'UpdateMediaPublishState',
    summary: 'Lets viewers have a media, or not',
    input: z.object({ ...named, Publish: flag }),
    run: async ({ input: { MediaId, Publish }, ask }) => {
      const { id } = await mediaOf(ask, MediaId);
      await ask('updateAsset', { params: { id }, body: { publication: Publish ? 'published' : 'draft' } });
      return DONE;
    },
  }),
  action({
    name: 'AddMediaTag',
    summary: 'Adds a tag to a media',
    input: z.object({ ...named, Tag: text.max(64).optional() }),
    run: async ({ input: { MediaId, Tag = '' }, ask }) => {
      const { id, tags } = await mediaOf(ask, MediaId);
      const all = [...new Set([...tags, Tag.trim()])].filter((each) => each !== '');
      if (all.length > MOST_TAGS)
        throw new ApsaraError(400, 'MediaTagExceeded', `A media has at most ${MOST_TAGS} tags.`);
      await ask('updateAsset', { params: { id }, body: { tags: all } });
      return DONE;
    },
  }),
  action({
    name: 'DeleteMediaTag',
    summary: 'Takes a tag off a media',
    input: z.object({ ...named, Tag: text.optional() }),
    run: async ({ input: { MediaId, Tag }, ask }) => {
      const { id, tags } = await mediaOf(ask, MediaId);
      await ask('updateAsset', { params: { id }, body: { tags: tags.filter((each) => each !== Tag) } });
      return DONE;
    },
  }),
  action({
    name: 'DeleteMedia',
    summary: 'Puts media into the trash',
    differs: 'they come back from it until it is emptied',
    input: z.object({ MediaIds: commaList }),
    run: async ({ input: { MediaIds }, ask }) => {
      checkIds(MediaIds, 'MediaIds');
      for (const given of MediaIds) {
        const found = await foundMedia(ask, given);
        if (found) await ask('deleteAsset', { params: { id: found.id } });
      }
      return DONE;
    },
  }),
  action({
    name: 'QueryMediaList',
    summary: 'Media by their ids',
    differs: 'there are no summaries; of what workflows made, the activity is not told',
    input: z.object({ MediaIds: commaList, ...included }),
    run: async ({ input: { MediaIds, ...wanted }, ask }) => {
      checkIds(MediaIds, 'MediaIds');
      const found = await Promise.all(MediaIds.map((id) => foundMedia(ask, id)));
      return {
        MediaList: { Media: await allShown(ask, found, wanted) },
        NonExistMediaIds: { MediaId: MediaIds.filter((_, index) => found[index] === undefined) },
      };
    },
  }),
  action({
    name: 'QueryMediaListByURL',
    summary: 'Media by the objects of their originals',
    differs: 'there are no summaries; of what workflows made, the activity is not told',
    input: z.object({ FileURLs: commaList, ...included }),
    run: async ({ input: { FileURLs, ...wanted }, ask }) => {
      checkIds(FileURLs, 'FileURLs');
      const found = await Promise.all(FileURLs.map((url) => mediaAt(ask, url)));
      return {
        MediaList: { Media: await allShown(ask, found, wanted) },
        NonExistFileURLs: { FileURL: FileURLs.filter((_, index) => found[index] === undefined) },
      };
    },
  }),
];

type Included = { readonly [Name in keyof typeof included]?: boolean | undefined };

function checkIds(given: readonly string[], name: string): void {
  if (given.length === 0 || given.length > 10) throw invalidParameter(name, 'it must name 1 to 10');
}

async function mediaOf(ask: ActionCall['ask'], id: string): Promise<Asset> {
  const found = await foundMedia(ask, id);
  if (found) return found;
  throw new ApsaraError(404, 'MediaNotFound', 'Specified media is not found.');
}

async function foundMedia(ask: ActionCall['ask'], id: string): Promise<Asset | undefined> {
  return ID.test(id) ? undefinedWhereNone(ask<Asset>('getAsset', { params: { id } })) : undefined;
}

async function mediaAt(ask: ActionCall['ask'], url: string): Promise<Asset | undefined> {
  return undefinedWhereNone(ask<Asset>('findAssetByObject', { query: objectAt(url) }));
}

async function undefinedWhereNone(asked: Promise<Asset>): Promise<Asset | undefined> {
  try {
    const asset = await asked;
    return asset.trashedAt === undefined ? asset : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function orNoFile(asked: Promise<Asset>, url: string): Promise<Asset> {
  try {
    return await asked;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new ApsaraError(404, 'InputFileNotFound', `The file ${url} is not found.`);
  }
}

/** `http://{storage}.oss-cn-hangzhou.aliyuncs.com/{object}`, encoded once or twice. */
function objectAt(url: string): { readonly storage: string; readonly object: string } {
  const parsed = URL.parse(/^https?%3A/i.test(url) ? decodeURIComponent(url) : url);
  const storage = parsed?.hostname.split('.')[0] ?? '';
  const object = parsed ? decodeURIComponent(parsed.pathname.slice(1)) : '';
  if (storage !== '' && object !== '') return { storage, object };
  throw invalidParameter('FileURL', 'it must be as http://storage.example.com/object');
}

function aboutOf(
  about: {
    readonly [Name in 'Title' | 'Description' | 'Tags' | 'CoverURL']?: string | undefined;
  } & { readonly CateId?: number | undefined },
): Body {
  const { Title: title, Description: description, Tags, CoverURL: coverUrl, CateId: category } = about;
  const tags = Tags?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  const given = { title, description, tags, coverUrl, category };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function allShown(ask: ActionCall['ask'], found: readonly (Asset | undefined)[], wanted: Included): Promise<Body[]> {
  return Promise.all(found.filter((each) => each !== undefined).map((each) => shown(ask, each, wanted)));
}

async function shown(ask: ActionCall['ask'], asset: Asset, wanted: Included = {}): Promise<Body> {
  const { id, title, description, tags, category, coverUrl, publication, status, createdAt, mediaInfo } = asset;
  const [{ files }, { jobs }] = await Promise.all([
    ask<{ files: readonly File[] }>('listAssetFiles', { params: { id } }),
    ask<{ jobs: readonly { id: string }[] }>('listAssetJobs', { params: { id } }),
  ]);
  const original = files.find(({ role }) => role === 'original');
  const { MediaInfo, figures } = mediaInfo ? infoOf(mediaInfo) : { MediaInfo: undefined, figures: {} };
  return {
    ...{ MediaId: id, Title: title, Description: description, Tags: { Tag: tags }, Size: String(asset.sizeBytes) },
    ...{
      PublishState: publication === 'published' ? 'Published' : 'Initiated',
      CensorState: status === 'Blocked' ? 'Block' : 'Pass',
    },
    ...{ CreationTime: utcText(Date.parse(createdAt)), ...figures },
    RunIdList: { RunId: runsOf(files, jobs) },
    ...(category !== undefined && { CateId: category }),
    ...(coverUrl !== undefined && { CoverURL: coverUrl }),
    ...(original && { File: fileOf(original), Format: original.format }),
    ...(wanted.IncludeMediaInfo && MediaInfo && { MediaInfo }),
    ...(wanted.IncludePlayList && { PlayList: { Play: files.filter(({ role }) => role === 'rendition').map(playOf) } }),
    ...(wanted.IncludeSnapshotList && {
      SnapshotList: {
        Snapshot: files
          .filter(({ role }) => role === 'snapshot')
          .map((file) => ({ File: fileOf(file), Type: 'Single', Count: '1' })),
      },
    }),
    ...(wanted.IncludeSummaryList && { SummaryList: { Summary: [] } }),
  };
}

/** Of workflows that reported what they made; the processing of the asset itself is none. */
function runsOf(files: readonly File[], own: readonly { readonly id: string }[]): string[] {
  const jobs = new Set(files.filter(({ role }) => role === 'rendition').flatMap(({ job }) => job ?? []));
  for (const { id } of own) jobs.delete(id);
  return [...jobs].map(mpsId);
}

const fileOf = ({ storage, object }: File): Body => {
  return { State: 'Normal', URL: `http://${storage}/${object.split('/').map(encodeURIComponent).join('/')}` };
};

function infoOf(info: MediaInfo): { readonly MediaInfo: Body; readonly figures: Body } {
  const { Streams, Format, Bitrate, Duration, Width, Height, Fps } = mediaProperties(info) as Record<string, unknown>;
  const figures = Object.entries({ Bitrate, Duration, Width, Height, Fps }).filter(([, value]) => value !== undefined);
  return { MediaInfo: { Streams, Format }, figures: Object.fromEntries(figures) };
}

function playOf(file: File): Body {
  const { format, sizeBytes, durationSeconds, bitsPerSecond, width, height, fps, encryption } = file;
  const kbps = bitsPerSecond === undefined ? undefined : (bitsPerSecond / 1000).toFixed(3);
  const figures = { Size: sizeBytes, Duration: durationSeconds, Bitrate: kbps, Width: width, Height: height, Fps: fps };
  const known = Object.entries(figures).filter(([, value]) => value !== undefined);
  return {
    ...{ File: fileOf(file), Format: format, Encryption: encryption === undefined ? '0' : '1' },
    ...Object.fromEntries(known.map(([name, value]) => [name, String(value)])),
  };
}
