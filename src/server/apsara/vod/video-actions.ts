import { z } from 'zod';
import {
  type ActionCall,
  ApsaraError,
  action,
  type Body,
  commaList,
  DONE,
  everyPage,
  integer,
  invalidParameter,
  type ServedAction,
  streamTexts,
  text,
  utcTime,
} from '../base/index.ts';
import {
  addressesOf,
  assetOf,
  categoryNames,
  filesOf,
  foundAsset,
  namedAsset,
  type StoredAsset,
  shownVideo,
  timeText,
} from './stored-asset.ts';
import { userData } from './user-data.ts';

const named = { VideoId: text.optional(), ReferenceId: text.optional() };
const MOST_IDS = 20;
const described = {
  ...{ Title: text.max(128).optional(), Description: text.max(1024).optional(), CateId: integer.optional() },
  ...{ Tags: text.optional(), CoverURL: text.optional(), UserData: userData.optional() },
};

/** What an action says of an asset, as REST has it. */
export function aboutOf(
  input: {
    readonly [Name in
      | 'Title'
      | 'Description'
      | 'Tags'
      | 'CoverURL'
      | 'UserData'
      | 'TemplateGroupId'
      | 'WorkflowId'
      | 'ReferenceId']?: string | undefined;
  } & { readonly CateId?: number | undefined },
): Body {
  const {
    Title: title,
    Description: description,
    CateId: category,
    Tags,
    CoverURL: coverUrl,
    UserData: userData,
  } = input;
  const { TemplateGroupId: templateGroup, WorkflowId: workflow, ReferenceId: referenceId } = input;
  const tags = Tags?.split(',')
    .map((tag) => tag.trim())
    .filter(Boolean);
  const all = { title, description, tags, category, coverUrl, userData, templateGroup, workflow, referenceId };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Videos of the library: looked at, searched, changed, deleted. */
export const videoActions: readonly ServedAction[] = [
  action({
    name: 'GetVideoInfo',
    summary: 'A video of the library',
    input: z.object(named),
    run: async ({ input, ask }) => {
      const asset = await namedAsset(ask, input);
      const { Snapshots: Snapshot, ...cover } = await picturesOf(ask, asset);
      return { Video: { ...shownVideo(asset, await categoryNames(ask)), ...cover, Snapshots: { Snapshot } } };
    },
  }),
  action({
    name: 'GetVideoInfos',
    summary: 'Several videos by their ids',
    input: z.object({ VideoIds: commaList.optional(), ReferenceIds: commaList.optional() }),
    run: async ({ input: { VideoIds: ids = [], ReferenceIds: references = [] }, ask }) => {
      const count = ids.length + references.length;
      if (count === 0 || count > MOST_IDS) throw invalidParameter('VideoIds', `it must name 1 to ${MOST_IDS}`);
      const found = await Promise.all(ids.map((id) => assetOf(ask, id)));
      const referred = await Promise.all(references.map((each) => foundAsset(ask, { ReferenceId: each })));
      const names = await categoryNames(ask);
      const assets = [...found, ...referred].filter((each) => each !== undefined);
      const VideoList = await Promise.all(
        assets.map(async (each) => ({ ...shownVideo(each, names), ...(await picturesOf(ask, each)) })),
      );
      return {
        VideoList,
        NonExistVideoIds: ids.filter((_, index) => found[index] === undefined),
        NonExistReferenceIds: references.filter((_, index) => referred[index] === undefined),
      };
    },
  }),
  action({
    name: 'GetVideoList',
    summary: 'Videos by category, status and time, by pages',
    differs: 'addresses of covers and snapshots made here are in GetVideoInfo',
    input: z.object({
      ...{ Status: commaList.optional(), CateId: integer.optional(), PageNo: integer.optional() },
      ...{ PageSize: integer.optional(), SortBy: text.optional(), StorageLocation: text.optional() },
      ...{ StartTime: utcTime.optional(), EndTime: utcTime.optional() },
    }),
    run: async ({ input, ask }) => {
      const { Status, CateId: category, PageNo: page = 1, PageSize = 10, StorageLocation: storage } = input;
      const match = Status && `Status in (${Status.map((each) => `'${each.replaceAll("'", '')}'`).join(',')})`;
      const query = {
        ...{ kind: 'video', total: 'true', page, limit: Math.min(100, Math.max(1, PageSize)) },
        ...definedOf({ category, storage, match }),
        ...(input.StartTime !== undefined && { from: new Date(input.StartTime).toISOString() }),
        ...(input.EndTime !== undefined && { to: new Date(input.EndTime).toISOString() }),
        ...orderOf(input.SortBy),
      };
      const { assets, total } = await list(ask, query);
      const names = await categoryNames(ask);
      const Video = assets.map((each) => {
        const { TemplateGroupId: _, ...rest } = shownVideo(each, names) as Body & { TemplateGroupId?: string };
        return { ...rest, Snapshots: { Snapshot: [] } };
      });
      return { VideoList: { Video }, Total: total };
    },
  }),
  action({
    name: 'SearchMedia',
    summary: 'Searches the library by a match expression',
    differs: 'what models would have found of a video is not there; the scroll token is good for one search',
    input: z.object({
      ...{ SearchType: text.optional(), Match: text.optional(), Fields: text.optional(), SortBy: text.optional() },
      ...{ PageNo: integer.optional(), PageSize: integer.optional(), ScrollToken: text.optional() },
    }),
    run: async ({ input, ask }) => {
      const { SearchType: kind = 'video', Match: match, PageNo: page = 1, PageSize = 10, ScrollToken } = input;
      const query = {
        ...{ kind, total: 'true', limit: Math.min(100, Math.max(1, PageSize)) },
        ...definedOf({ match }),
        ...orderOf(input.SortBy),
        ...(ScrollToken === undefined ? { page } : { cursor: ScrollToken }),
      };
      const { assets, total, nextCursor } = await list(ask, query);
      const names = await categoryNames(ask);
      return {
        MediaList: assets.map((each) => shownMedia(each, names)),
        Total: total,
        ...(nextCursor !== undefined && { ScrollToken: nextCursor }),
      };
    },
  }),
  action({
    name: 'UpdateVideoInfo',
    summary: 'Changes what is said of a video',
    input: z.object({ ...named, ...described }),
    run: async ({ input: { VideoId, ReferenceId, ...input }, ask }) => {
      const { id } = await namedAsset(ask, { VideoId, ReferenceId });
      const { category, ...rest } = aboutOf(input) as Body & { category?: number };
      const body = { ...rest, ...(category !== undefined && { category: category > 0 ? category : null }) };
      await ask('updateAsset', { params: { id }, body });
      return DONE;
    },
  }),
  action({
    name: 'DeleteVideo',
    summary: 'Puts videos into the trash, from which they come back until it is emptied',
    differs: 'the objects go when library.trashDays are over, or at POST /assets/{id}/purge',
    input: z.object({ VideoIds: commaList.optional(), ReferenceIds: commaList.optional() }),
    run: async ({ input: { VideoIds = [], ReferenceIds = [] }, ask }) => {
      const missing: Record<'ids' | 'references', string[]> = { ids: [], references: [] };
      if (VideoIds.length + ReferenceIds.length > MOST_IDS) {
        throw invalidParameter('VideoIds', `it must name at most ${MOST_IDS}`);
      }
      for (const id of VideoIds) if (!(await trashed(ask, { VideoId: id }))) missing.ids.push(id);
      for (const id of ReferenceIds) if (!(await trashed(ask, { ReferenceId: id }))) missing.references.push(id);
      return { NonExistVideoIds: missing.ids, NonExistReferenceIds: missing.references, ForbiddenVideoIds: [] };
    },
  }),
  action({
    name: 'GetMezzanineInfo',
    summary: 'The original of a video',
    differs: 'FileURL names storage and object',
    input: z.object({
      ...named,
      AuthTimeout: integer.optional(),
      OutputType: text.optional(),
      AdditionType: text.optional(),
    }),
    run: async ({ input, ask }) => {
      const asset = await namedAsset(ask, input);
      const original = (await filesOf(ask, asset)).find(({ role }) => role === 'original');
      if (!original) throw new ApsaraError(404, 'InvalidVideo.NotFound', 'The video has no original.');
      return {
        Mezzanine: {
          ...{ VideoId: asset.id, Status: 'Normal', FileName: original.object.split('/').at(-1), OutputType: 'oss' },
          ...{ FileURL: `${original.storage}/${original.object}`, Size: original.sizeBytes },
          CreationTime: timeText(original.createdAt),
          ...(asset.durationSeconds !== undefined && { Duration: String(asset.durationSeconds) }),
          ...(original.width !== undefined && { Width: original.width }),
          ...(original.height !== undefined && { Height: original.height }),
          ...(original.fps !== undefined && { Fps: String(original.fps) }),
          ...(original.bitsPerSecond !== undefined && { Bitrate: (original.bitsPerSecond / 1000).toFixed(3) }),
          ...streamsOf(asset),
        },
      };
    },
  }),
  action({
    name: 'ListLiveRecordVideo',
    summary: 'Recordings of live streams that are in the library',
    input: z.object({
      ...{
        StreamName: text.optional(),
        DomainName: text.optional(),
        AppName: text.optional(),
        SortBy: text.optional(),
      },
      ...{
        StartTime: utcTime.optional(),
        EndTime: utcTime.optional(),
        PageNo: integer.optional(),
        PageSize: integer.optional(),
      },
    }),
    run: async ({ input, ask }) => {
      const { PageNo = 1, PageSize = 10, StreamName, DomainName, AppName } = input;
      const query = {
        ...{ kind: 'video', match: "UploadedBy = 'live'", limit: 200, ...orderOf(input.SortBy) },
        ...(input.StartTime !== undefined && { from: new Date(input.StartTime).toISOString() }),
        ...(input.EndTime !== undefined && { to: new Date(input.EndTime).toISOString() }),
      };
      const assets = await everyPage<StoredAsset>(ask, 'listAssets', 'assets', query);
      const wanted = assets.filter(
        ({ live }) =>
          live !== undefined &&
          (StreamName === undefined || live.stream === StreamName) &&
          (DomainName === undefined || live.domain === DomainName) &&
          (AppName === undefined || live.app === AppName),
      );
      const names = await categoryNames(ask);
      const page = wanted.slice((PageNo - 1) * PageSize, PageNo * PageSize);
      return {
        LiveRecordVideoList: { LiveRecordVideo: page.map((each) => shownRecord(each, names)) },
        Total: wanted.length,
      };
    },
  }),
];

/** The cover and the snapshots, at addresses that play for a while; a cover that somebody named stays. */
async function picturesOf(ask: ActionCall['ask'], asset: StoredAsset) {
  const all = await addressesOf(ask, asset);
  const cover = asset.coverUrl ?? all.findLast(({ role }) => role === 'cover')?.url;
  const Snapshots = all.filter(({ role }) => role === 'snapshot').map(({ url }) => url);
  return { ...definedOf({ CoverURL: cover }), Snapshots };
}

function streamsOf({ mediaInfo }: StoredAsset): Body {
  const streams = mediaInfo?.streams ?? [];
  const of = (kind: 'video' | 'audio') => streams.filter((each) => each.kind === kind).map(streamTexts);
  const AudioStreamList = of('audio').map(({ Samplerate: SampleRate, ...rest }) => ({ ...rest, SampleRate }));
  return { VideoStreamList: of('video'), AudioStreamList };
}

type Listed = { readonly assets: readonly StoredAsset[]; readonly total?: number; readonly nextCursor?: string };

async function list(ask: ActionCall['ask'], query: object): Promise<Listed & { readonly total: number }> {
  const listed = await ask<Listed>('listAssets', { query });
  return { ...listed, total: listed.total ?? listed.assets.length };
}

async function trashed(ask: ActionCall['ask'], which: Parameters<typeof namedAsset>[1]): Promise<boolean> {
  try {
    const { id } = await namedAsset(ask, which);
    await ask('deleteAsset', { params: { id } });
    return true;
  } catch (error) {
    if (error instanceof ApsaraError && error.code === 'InvalidVideo.NotFound') return false;
    throw error;
  }
}

const ORDERS: Readonly<Record<string, string>> = {
  CreationTime: 'createdAt',
  ModificationTime: 'modifiedAt',
  Size: 'size',
  Duration: 'duration',
};

/** `CreationTime:Desc` */
function orderOf(given: string | undefined): { sort?: string; order?: string } {
  if (given === undefined) return {};
  const [field = '', direction = 'Desc'] = given.split(':');
  const sort = ORDERS[field];
  if (sort === undefined || !/^(asc|desc)$/i.test(direction)) {
    throw invalidParameter('SortBy', 'it must be as CreationTime:Desc');
  }
  return { sort, order: /^asc$/i.test(direction) ? 'ascending' : 'descending' };
}

function shownMedia(asset: StoredAsset, names: ReadonlyMap<number, string>): Body {
  const {
    TemplateGroupId: _,
    UserData: __,
    VideoId: id,
    CoverURL,
    ...rest
  } = shownVideo(asset, names) as Body & Record<string, string>;
  const media = {
    audio: { Audio: { ...rest, AudioId: id, ...definedOf({ CoverURL }) } },
    image: { Image: pick(rest, IMAGE, { ImageId: id }) },
    attached: { AttachedMedia: pick(rest, ATTACHED, { MediaId: id }) },
    video: { Video: { ...rest, VideoId: id, ...definedOf({ CoverURL }) } },
  }[asset.kind];
  return { MediaId: asset.id, MediaType: asset.kind, CreationTime: timeText(asset.createdAt), ...media };
}

const ATTACHED = [
  'AppId',
  'CreationTime',
  'Description',
  'ModificationTime',
  'Status',
  'StorageLocation',
  'Tags',
  'Title',
];
const IMAGE = [...ATTACHED, 'CateId', 'CateName'];

function pick(from: Body, names: readonly string[], more: Body): Body {
  return { ...Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name))), ...more };
}

function shownRecord(asset: StoredAsset, names: ReadonlyMap<number, string>): Body {
  const { domain = '', app = '', stream = '', startedAt = '', endedAt = '' } = asset.live ?? {};
  const {
    ModificationTime,
    AppId: _,
    ReferenceId: __,
    StorageLocation: ___,
    UserData: ____,
    ...rest
  } = shownVideo(asset, names);
  return {
    ...{ DomainName: domain, AppName: app, StreamName: stream },
    ...{ RecordStartTime: timeText(startedAt), RecordEndTime: timeText(endedAt) },
    Video: { ...rest, ModifyTime: ModificationTime, Snapshots: { Snapshot: [] } },
  };
}

function definedOf(values: Readonly<Record<string, unknown>>): Body {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
