import { z } from 'zod';
import {
  type ActionCall,
  ApsaraError,
  action,
  type Body,
  commaList,
  everyPage,
  flag,
  integer,
  invalidParameter,
  jsonObject,
  type ServedAction,
  text,
} from '../base/index.ts';
import { namedAsset, timeText } from './stored-asset.ts';
import { userData } from './user-data.ts';
import { aboutOf } from './video-actions.ts';

type Upload = {
  readonly id: string;
  readonly asset?: string;
  readonly state: 'open' | 'storing' | 'stored' | 'done' | 'failed' | 'expired' | 'aborted';
  readonly storage: string;
  readonly object: string;
  readonly receivedBytes: number;
  readonly url?: string;
  readonly failure?: { readonly code: string; readonly message: string };
  readonly userData?: string;
  readonly createdAt: string;
  readonly finishedAt?: string;
};
type NewUpload = {
  readonly upload: Upload;
  readonly access: { readonly oss: { readonly uploadAddress: string; readonly uploadAuth: string } };
};

const described = {
  ...{
    Title: text.max(128),
    Description: text.max(1024).optional(),
    CateId: integer.optional(),
    Tags: text.optional(),
  },
  ...{
    CoverURL: text.optional(),
    UserData: userData.optional(),
    StorageLocation: text.optional(),
    AppId: text.optional(),
  },
};
const { CoverURL: _, ...imageAbout } = described;
const { CateId: __, ...attachedAbout } = imageAbout;
const processed = { TemplateGroupId: text.optional(), WorkflowId: text.optional(), ReferenceId: text.optional() };
const thumbs = { EnableFirstFrameCover: flag.optional(), GenerateThumbnail: flag.optional() };

/** What is said of one of several files; a name that is none is refused. */
const ofOne = {
  ...{ Description: text.max(1024).optional(), Tags: text.optional(), CoverURL: text.optional() },
  ...{ CateId: z.coerce.number().int().optional(), TemplateGroupId: text.optional(), WorkflowId: text.optional() },
  ...{ UserData: userData.optional(), ReferenceId: text.optional() },
};
const metadatas = jsonObject(
  z.array(
    z.strictObject({ ...ofOne, SourceURL: text, Title: text.max(128).optional(), StorageLocation: text.optional() }),
  ),
);
const registered = z.strictObject({ ...ofOne, FileURL: text, Title: text.max(128) });

const DIFFERS = 'StorageLocation is a storage of the configuration; cover and thumbnails are always made';

/** Uploads into the library. */
export const uploadActions: readonly ServedAction[] = [
  action({
    name: 'CreateUploadVideo',
    summary: 'Makes a video of the library, with an address and credentials to upload it with',
    differs: DIFFERS,
    input: z.object({ ...described, ...processed, ...thumbs, FileName: text, FileSize: integer.optional() }),
    run: async ({ input, ask }) => {
      const kind = /\.(mp3|m4a|aac|ogg|flac|wav|wma)$/i.test(input.FileName) ? 'audio' : 'video';
      const { upload, access } = await create(ask, { ...input, kind, fileName: input.FileName });
      return { VideoId: upload.asset, UploadAddress: access.oss.uploadAddress, UploadAuth: access.oss.uploadAuth };
    },
  }),
  action({
    name: 'RefreshUploadVideo',
    summary: 'New credentials for an upload; its address stays',
    input: z.object({ VideoId: text.optional(), ReferenceId: text.optional() }),
    run: async ({ input, ask }) => {
      const { id } = await namedAsset(ask, input);
      const { upload, access } = await ask<NewUpload>('refreshAssetUpload', { params: { asset: id } });
      return { VideoId: upload.asset, UploadAddress: access.oss.uploadAddress, UploadAuth: access.oss.uploadAuth };
    },
  }),
  action({
    name: 'CreateUploadImage',
    summary: 'Makes a picture of the library, with an address and credentials to upload it with',
    differs: 'ImageURL and FileURL name storage and object',
    input: z.object({
      ...{
        ...imageAbout,
        Title: text.optional(),
        ImageType: text,
        ImageExt: text.optional(),
        OriginalFileName: text.optional(),
      },
    }),
    run: async ({ input, ask }) => {
      const { ImageExt = 'png', OriginalFileName: fileName = `image.${ImageExt}`, Title = fileName } = input;
      const { upload, access } = await create(ask, { ...input, Title, kind: 'image', fileName });
      const url = `${upload.storage}/${upload.object}`;
      return {
        ...{ ImageId: upload.asset, ImageURL: url, FileURL: url },
        ...{ UploadAddress: access.oss.uploadAddress, UploadAuth: access.oss.uploadAuth },
      };
    },
  }),
  action({
    name: 'CreateUploadAttachedMedia',
    summary: 'Makes a file that goes along with others, with an address and credentials to upload it with',
    differs: 'BusinessType is not kept; MediaURL and FileURL name storage and object',
    input: z.object({
      ...{
        ...attachedAbout,
        Title: text.optional(),
        BusinessType: text,
        MediaExt: text.optional(),
        FileName: text.optional(),
      },
      ...{ CateIds: text.optional(), FileSize: text.optional() },
    }),
    run: async ({ input, ask }) => {
      const { MediaExt = 'bin', FileName: fileName = `media.${MediaExt}`, Title = fileName, CateIds } = input;
      const CateId = CateIds === undefined ? undefined : Number(CateIds.split(',')[0]);
      const { upload, access } = await create(ask, { ...input, Title, CateId, kind: 'attached', fileName });
      const url = `${upload.storage}/${upload.object}`;
      return {
        ...{ MediaId: upload.asset, MediaURL: url, FileURL: url },
        ...{ UploadAddress: access.oss.uploadAddress, UploadAuth: access.oss.uploadAuth },
      };
    },
  }),
  action({
    name: 'UploadMediaByURL',
    summary: 'Fetches media from addresses into the library',
    differs: `${DIFFERS}; addresses of your own network want upload.fetchPrivate`,
    input: z.object({
      ...{ UploadURLs: commaList, UploadMetadatas: metadatas.optional(), StorageLocation: text.optional() },
      ...{ TemplateGroupId: text.optional(), WorkflowId: text.optional(), UserData: userData.optional() },
      ...{ AppId: text.optional(), SessionId: text.optional(), ...thumbs },
    }),
    run: async ({ input, ask }) => {
      const { UploadURLs, UploadMetadatas = [] } = input;
      if (UploadURLs.length > 20) throw invalidParameter('UploadURLs', 'it must name at most 20');
      const UploadJobs: Body[] = [];
      for (const given of UploadURLs) {
        const url = decoded(given);
        const metadata = UploadMetadatas.find(({ SourceURL }) => SourceURL === url || SourceURL === given);
        const { StorageLocation: storage, ...wanted } = { ...input, ...metadata };
        const title = metadata?.Title ?? new URL(url).pathname.split('/').at(-1) ?? url;
        const body = { ...aboutOf(wanted), title, url, ...(storage !== undefined && { storage }) };
        const upload = await ask<Upload>('fetchUpload', { body });
        UploadJobs.push({ JobId: upload.id.replaceAll('-', ''), SourceURL: given });
      }
      return { UploadJobs };
    },
  }),
  action({
    name: 'GetURLUploadInfos',
    summary: 'How far the fetching from addresses is',
    input: z.object({ JobIds: commaList.optional(), UploadURLs: commaList.optional() }),
    run: async ({ input: { JobIds, UploadURLs }, ask }) => {
      if (JobIds === undefined && UploadURLs === undefined)
        throw invalidParameter('JobIds', 'it or UploadURLs must be given');
      const uploads = await everyPage<Upload>(ask, 'listUploads', 'uploads', { limit: 200 });
      const asked = JobIds ?? UploadURLs?.map(decoded) ?? [];
      const isAsked = (each: Upload, what: string) => each.id.replaceAll('-', '') === what || each.url === what;
      const found = uploads.filter((each) => each.url !== undefined && asked.some((what) => isAsked(each, what)));
      return {
        URLUploadInfoList: found.map(shownFetch),
        NonExists: asked.filter((what) => !found.some((each) => isAsked(each, what))),
      };
    },
  }),
  action({
    name: 'RegisterMedia',
    summary: 'Makes assets of objects that are in a storage already',
    differs: 'FileURL is https://{storage}.…/{object}, or storage/object',
    input: z.object({
      RegisterMetadatas: jsonObject(z.array(registered).max(10)),
      ...{ TemplateGroupId: text.optional(), WorkflowId: text.optional(), UserData: userData.optional(), ...thumbs },
    }),
    run: async ({ input: { RegisterMetadatas, ...input }, ask }) => {
      const RegisteredMediaList: Body[] = [];
      const FailedFileURLs: string[] = [];
      for (const { FileURL, ...metadata } of RegisterMetadatas) {
        const about = aboutOf({ ...input, ...metadata });
        const before = Date.now();
        try {
          const asset = await ask<{ id: string; createdAt: string }>('createAsset', {
            body: { ...about, ...objectAt(FileURL) },
          });
          const NewRegister = Date.parse(asset.createdAt) >= before - 1000;
          RegisteredMediaList.push({ FileURL, MediaId: asset.id, NewRegister });
        } catch (error) {
          if ((error as { status?: number }).status !== 404) throw error;
          FailedFileURLs.push(FileURL);
        }
      }
      return { RegisteredMediaList, FailedFileURLs };
    },
  }),
];

type Wanted = Parameters<typeof aboutOf>[0] & {
  readonly kind: string;
  readonly fileName: string;
  readonly StorageLocation?: string | undefined;
  readonly FileSize?: number | string | undefined;
};

function create(ask: ActionCall['ask'], { kind, fileName, StorageLocation: storage, FileSize, ...about }: Wanted) {
  const sizeBytes = FileSize === undefined ? undefined : Number(FileSize);
  const body = {
    ...{ ...aboutOf(about), kind, fileName },
    ...(storage !== undefined && { storage }),
    ...(sizeBytes !== undefined && { sizeBytes }),
  };
  return ask<NewUpload>('createUpload', { body });
}

function decoded(url: string): string {
  return /^https?%3A/i.test(url) ? decodeURIComponent(url) : url;
}

/** `https://{bucket}.oss-cn-shanghai.aliyuncs.com/a/b.mp4`, or `bucket/a/b.mp4`. */
function objectAt(url: string): { storage: string; object: string } {
  const parsed = URL.parse(url);
  const [storage = '', ...path] = parsed
    ? [parsed.hostname.split('.')[0] ?? '', parsed.pathname.slice(1)]
    : url.split('/');
  const object = decodeURIComponent(path.join('/'));
  if (storage === '' || object === '') throw new ApsaraError(400, 'InvalidParameter', `${url} names no object.`);
  return { storage, object };
}

const FETCH_STATES = {
  ...{ open: 'PROCESSING', storing: 'PROCESSING', stored: 'PROCESSING', done: 'SUCCESS' },
  ...{ failed: 'FAIL', expired: 'FAIL', aborted: 'FAIL' },
} as const;

function shownFetch({ id, asset, state, url, failure, receivedBytes, userData, createdAt, finishedAt }: Upload): Body {
  return {
    ...{ JobId: id.replaceAll('-', ''), Status: FETCH_STATES[state], UploadURL: url, FileSize: String(receivedBytes) },
    CreationTime: timeText(createdAt),
    ...(finishedAt !== undefined && { CompleteTime: timeText(finishedAt) }),
    ...(asset !== undefined && { MediaId: asset }),
    ...(failure && { ErrorCode: failure.code, ErrorMessage: failure.message }),
    ...(userData !== undefined && { UserData: userData }),
  };
}
