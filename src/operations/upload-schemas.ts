import { z } from 'zod';
import type { Credentials, Upload } from '../vod/upload/index.ts';
import { isoOf, line } from './schemas.ts';

/** What clients are given to upload with. */
export type UploadAccess = {
  readonly tus: { readonly url: string; readonly token: string };
  readonly oss: { readonly endpoint: string; readonly credentials: Credentials };
};

export const uploadSchema = z
  .strictObject({
    id: z.uuid(),
    asset: z.string().exactOptional().describe('The asset whose original it becomes'),
    way: z.enum(['client', 'url', 'registered']),
    state: z
      .enum(['open', 'storing', 'stored', 'done', 'failed', 'expired', 'aborted'])
      .describe('`open` while bytes come, `done` once the library has it'),
    storage: z.string(),
    object: z.string(),
    sizeBytes: z.number().exactOptional().describe('As it was said beforehand'),
    receivedBytes: z.number(),
    sha256: z.string().exactOptional(),
    url: z.string().exactOptional().describe('Where it is fetched from'),
    failure: z.strictObject({ code: z.string(), message: z.string() }).exactOptional(),
    owner: z.string(),
    userData: z.string().exactOptional(),
    batch: z.string().exactOptional(),
    createdAt: z.string(),
    expiresAt: z.string(),
    finishedAt: z.string().exactOptional(),
  })
  .meta({ id: 'Upload' });

const address = z.strictObject({ Endpoint: z.string(), Bucket: z.string(), FileName: z.string() });
const auth = z.strictObject({
  ...{ AccessKeyId: z.string(), AccessKeySecret: z.string(), SecurityToken: z.string(), Expiration: z.string() },
});

export const accessSchema = z
  .strictObject({
    tus: z.strictObject({
      url: z.string().describe('Where clients of tus 1.0 create the upload'),
      token: z.string().describe('For `Authorization: Bearer`'),
    }),
    oss: z.strictObject({
      address: address.describe('What clients of OSS are set to'),
      auth: auth.describe('Credentials for 3000 s'),
      uploadAddress: z.string().describe('The address as ApsaraVideo gives it: JSON in base64'),
      uploadAuth: z.string().describe('The credentials as ApsaraVideo gives them: JSON in base64'),
    }),
  })
  .meta({ id: 'UploadAccess' });

const reference = line(64).regex(/^[\w-]{6,64}$/, {
  error: 'must have 6 to 64 letters, digits, hyphens and underlines',
});

/** What an uploaded asset is to be. */
export const assetFields = {
  title: line(1024).min(1),
  kind: z.enum(['video', 'audio', 'image', 'attached']).default('video'),
  description: z.string().max(4096).exactOptional(),
  tags: z.array(line(64)).max(16).exactOptional(),
  category: z.int().min(1).exactOptional().describe('Its id'),
  coverUrl: z.url().max(1024).exactOptional(),
  referenceId: reference.exactOptional(),
  templateGroup: line(128).exactOptional(),
  workflow: line(128).exactOptional(),
  userData: z.string().max(1024).exactOptional(),
  publication: z.enum(['draft', 'review', 'published']).exactOptional(),
} as const;

export function shownUpload({
  createdAtMs,
  expiresAtMs,
  finishedAtMs,
  ...upload
}: Upload): z.input<typeof uploadSchema> {
  const { contentType: _, limitBytes: __, sourceUrl, ...rest } = upload;
  return {
    ...rest,
    ...(sourceUrl === undefined ? {} : { url: sourceUrl }),
    ...{ createdAt: isoOf(createdAtMs), expiresAt: isoOf(expiresAtMs) },
    ...(finishedAtMs === undefined ? {} : { finishedAt: isoOf(finishedAtMs) }),
  };
}

export function shownAccess({ storage, object }: Pick<Upload, 'storage' | 'object'>, { tus, oss }: UploadAccess) {
  const shownAddress = { Endpoint: oss.endpoint, Bucket: storage, FileName: object };
  const shownAuth = authOf(oss.credentials);
  const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64');
  return {
    tus,
    oss: {
      ...{ address: shownAddress, auth: shownAuth },
      ...{ uploadAddress: base64(shownAddress), uploadAuth: base64(shownAuth) },
    },
  };
}

export function authOf({ accessKeyId, accessKeySecret, securityToken, endsMs }: Credentials) {
  return {
    ...{ AccessKeyId: accessKeyId, AccessKeySecret: accessKeySecret, SecurityToken: securityToken },
    Expiration: isoOf(endsMs).replace(/\.\d+Z$/, 'Z'),
  };
}

export const credentialsSchema = z
  .strictObject({ endpoint: z.string(), bucket: z.string(), prefix: z.string(), auth })
  .meta({ id: 'UploadCredentials' });
