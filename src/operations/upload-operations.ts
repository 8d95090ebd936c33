import { z } from 'zod';
import type { Resource } from '../identity/index.ts';
import { type MediaUploads, type Upload, UploadError } from '../vod/upload/index.ts';
import {
  cursorOf,
  keyOfCursor,
  nextCursor,
  type Operation,
  OperationError,
  operation,
  pageQuery,
} from './base/index.ts';
import { line } from './schemas.ts';
import {
  accessSchema,
  assetFields,
  authOf,
  credentialsSchema,
  shownAccess,
  shownUpload,
  type UploadAccess,
  uploadSchema,
} from './upload-schemas.ts';

/** What the operations on uploads need. */
export type UploadsDoor = {
  readonly uploads: MediaUploads;
  /** Where clients upload to: `http://upload.example.com:8091`. */
  readonly endpoint: () => string;
  /** What the client of an upload is given. */
  readonly accessOf: (upload: Upload) => UploadAccess;
  /** Credentials for all objects below a prefix. */
  readonly credentialsFor: (scope: {
    readonly owner: string;
    readonly storage: string;
    readonly prefix: string;
    readonly seconds: number;
  }) => UploadAccess['oss'];
  /** The storage that uploads go into which name none. */
  readonly storage: string;
  /** Whether addresses of one's own network may be fetched from, or public ones only. */
  readonly fetchesBy: 'administrator' | 'user';
};

const id = z.strictObject({ id: z.uuid() });
const asset = z.strictObject({ asset: z.string().min(1).max(64) });
const storage = line(64).exactOptional().describe('Left out, it is upload.storage of the configuration');
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { error: 'must be a SHA-256 in hex' })
  .exactOptional();
const both = z.strictObject({ upload: uploadSchema, access: accessSchema }).meta({ id: 'NewUpload' });

const placeOf = ({ storage: name, object }: Pick<Upload, 'storage' | 'object'>): Resource => ({
  ...{ kind: 'storage', storage: name, object },
});

/** Uploads: asked for, looked at, given new credentials, ended. */
export function uploadOperations(door: UploadsDoor): readonly Operation[] {
  const { uploads, accessOf } = door;
  const area = 'Uploads';
  /** Before anything is made of it: the object's name is not known yet, what it begins with is. */
  const intoStorage = (name = door.storage): Resource => ({ kind: 'storage', storage: name, object: uploads.prefix });
  return [
    operation({
      ...{ name: 'createUpload', area, method: 'post', path: '/uploads', action: 'assets:upload' },
      summary: 'An asset whose file a client uploads, by tus or with a client of OSS',
      body: z.strictObject({
        ...assetFields,
        fileName: line(1024).min(1).describe('Its ending becomes that of the object'),
        contentType: line(200).exactOptional(),
        sizeBytes: z.int().min(0).exactOptional().describe('Then the file must have so many'),
        sha256: sha256.describe('Then a file of another is refused'),
        storage,
      }),
      status: 201,
      answer: both,
      run: async ({ body, caller, require, done }) => {
        require(intoStorage(body.storage));
        const upload = await uploads.create({ ...body, owner: caller.name });
        done(placeOf(upload), { upload: upload.id, asset: upload.asset });
        return { upload: shownUpload(upload), access: shownAccess(upload, accessOf(upload)) };
      },
    }),
    operation({
      ...{ name: 'listUploads', area, method: 'get', path: '/uploads', action: 'assets:read' },
      summary: 'Uploads, the newest first',
      query: pageQuery().extend({
        state: z.enum(['open', 'storing', 'stored', 'done', 'failed', 'expired', 'aborted']).optional(),
        batch: line(64).optional().describe('Those of one import'),
        asset: line(64).optional(),
      }),
      answer: z.strictObject({ uploads: z.array(uploadSchema), nextCursor }),
      run: async ({ query: { limit, cursor, ...filter }, permits }) => {
        const place = keyOfCursor(cursor, z.tuple([z.number(), z.uuid()]));
        const before = place && { createdAtMs: place[0], id: place[1] };
        const found = await uploads.list({ ...filter, before, limit: limit + 1 });
        const last = found.length > limit ? found[limit - 1] : undefined;
        const page = found.slice(0, limit).filter((upload) => permits(placeOf(upload)));
        const next = last && { nextCursor: cursorOf([Math.floor(last.createdAtMs), last.id]) };
        return { uploads: page.map(shownUpload), ...next };
      },
    }),
    operation({
      ...{ name: 'getUpload', area, method: 'get', path: '/uploads/{id}', action: 'assets:read' },
      summary: 'How far an upload is',
      params: id,
      answer: uploadSchema,
      run: async ({ params, require }) => {
        const upload = await uploads.find(params.id);
        require(placeOf(upload));
        return shownUpload(upload);
      },
    }),
    operation({
      ...{ name: 'refreshUpload', area, method: 'post', path: '/uploads/{id}/refresh', action: 'assets:upload' },
      summary: 'New credentials for an upload; what has come of it stays',
      params: id,
      answer: both,
      run: async ({ params, require, done }) => {
        const upload = await uploads.findOpen(params.id);
        require(placeOf(upload));
        done(placeOf(upload), { upload: upload.id });
        return { upload: shownUpload(upload), access: shownAccess(upload, accessOf(upload)) };
      },
    }),
    operation({
      ...{ name: 'refreshAssetUpload', area, method: 'post', action: 'assets:upload' },
      path: '/assets/{asset}/refresh-upload',
      summary: 'The same for the newest upload of an asset; of one that is over, an upload anew',
      params: asset,
      answer: both,
      run: async ({ params, require, done }) => {
        const before = await uploads.findByAsset(params.asset);
        require(placeOf(before));
        const upload = await uploads.renew(before);
        done(placeOf(upload), { upload: upload.id });
        return { upload: shownUpload(upload), access: shownAccess(upload, accessOf(upload)) };
      },
    }),
    operation({
      ...{ name: 'abortUpload', area, method: 'delete', path: '/uploads/{id}', action: 'assets:upload' },
      summary: 'Ends an upload and removes what has come of it',
      params: id,
      run: async ({ params, require, done }) => {
        const upload = await uploads.find(params.id);
        require(placeOf(upload));
        await uploads.abort(params.id);
        done(placeOf(upload), { upload: params.id, aborted: true });
      },
    }),
    operation({
      ...{ name: 'fetchUpload', area, method: 'post', path: '/uploads/fetch', action: 'assets:upload' },
      summary: 'An asset whose file this server fetches from a public address',
      body: z.strictObject({
        ...assetFields,
        url: z.url({ protocol: /^https?$/ }).max(2048),
        fileName: line(1024).min(1).exactOptional().describe('Left out, it is the end of the address'),
        sha256: sha256.describe('Then a file of another is refused'),
        storage,
      }),
      status: 202,
      answer: uploadSchema,
      run: async ({ body: { url, fileName, ...body }, caller, require, done }) => {
        require(intoStorage(body.storage));
        const name = fileName ?? fileNameOf(url);
        const upload = await uploads.create({ ...body, fileName: name, sourceUrl: url, owner: caller.name });
        done(placeOf(upload), { upload: upload.id, asset: upload.asset, host: new URL(url).host });
        return shownUpload(upload);
      },
    }),
    operation({
      ...{ name: 'createUploadCredentials', area, method: 'post', path: '/upload-credentials' },
      action: 'assets:upload',
      summary: 'Credentials for clients of OSS, for all objects below a prefix',
      body: z.strictObject({
        storage,
        prefix: line(512).min(1),
        seconds: z.int().min(60).max(43_200).default(3000),
      }),
      status: 201,
      answer: credentialsSchema,
      run: ({ body: { storage: name = door.storage, prefix, seconds }, caller, require, done }) => {
        const resource: Resource = { kind: 'storage', storage: name, object: `${prefix}*` };
        require(resource);
        done(resource, { seconds });
        const { endpoint, credentials } = door.credentialsFor({ owner: caller.name, storage: name, prefix, seconds });
        return { endpoint, bucket: name, prefix, auth: authOf(credentials) };
      },
    }),
  ];
}

/** An upload that was not done, in the words of every door. */
export function uploadErrorOf(error: unknown): OperationError | undefined {
  if (!(error instanceof UploadError)) return undefined;
  return new OperationError(error.status === 460 ? 400 : error.status, error.code, error.message, error.remedy);
}

/** The last name in the path of an address. */
export function fileNameOf(url: string): string {
  const name = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(name).slice(0, 1024) || 'original';
  } catch {
    return name.slice(0, 1024);
  }
}
