import { z } from 'zod';
import type { Asset, AssetFile, Category, ReviewLink } from '../vod/index.ts';
import { isoOf, line, time } from './schemas.ts';

export const assetKind = z.enum(['video', 'audio', 'image', 'attached']);
export const assetStatus = z.enum([
  ...['Uploading', 'UploadFail', 'UploadSucc', 'Transcoding', 'TranscodeFail', 'Blocked', 'Normal'],
] as const);
export const publication = z.enum(['draft', 'review', 'published']);

/** Several lines, as people write them. */
const prose = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[^\0\p{Cs}]*$/u, { error: 'has characters that nobody can read' });

const tags = z.array(line(64).min(1)).max(16).describe('At most 16');
const chapter = z.strictObject({ title: line(200), atSeconds: z.number().min(0) });

/** What people say of an asset. */
export const described = {
  title: line(256).min(1),
  description: prose(4096),
  tags,
  category: z.int().positive(),
  coverUrl: z.url({ protocol: /^https?$/ }).max(2000),
  userData: z.string().max(4096).describe('Given back as it was written'),
  referenceId: line(64).min(1).describe('Of your own, unique'),
  templateGroup: line(64).min(1),
  workflow: line(64).min(1),
  chapters: z.array(chapter).max(1000),
};

export const assetSchema = z
  .strictObject({
    ...{ id: z.string(), kind: assetKind, status: assetStatus, publication },
    ...{ title: z.string(), description: z.string(), tags: z.array(z.string()), category: z.int().exactOptional() },
    ...{ coverUrl: z.string().exactOptional(), userData: z.string().exactOptional() },
    ...{ referenceId: z.string().exactOptional(), storage: z.string(), templateGroup: z.string().exactOptional() },
    ...{ workflow: z.string().exactOptional(), uploadedBy: z.string(), durationSeconds: z.number().exactOptional() },
    ...{ sizeBytes: z.int().describe('Of the original'), createdAt: time, modifiedAt: time },
    trashedAt: time.exactOptional().describe('In the trash since then'),
    chapters: z.array(z.strictObject({ title: z.string(), atSeconds: z.number() })).exactOptional(),
    live: z
      .strictObject({ domain: z.string(), app: z.string(), stream: z.string(), startedAt: time, endedAt: time })
      .exactOptional()
      .describe('The stream that it is a recording of'),
    mediaInfo: z.record(z.string(), z.unknown()).exactOptional().describe('What was found in the original'),
    review: z.strictObject({ by: z.string(), at: time, note: z.string() }).exactOptional(),
    trouble: z
      .strictObject({ code: z.string(), message: z.string(), at: time })
      .exactOptional()
      .describe('What did not work lately'),
  })
  .meta({ id: 'Asset' });

export const assetFileSchema = z
  .strictObject({
    ...{ id: z.string(), role: z.string(), storage: z.string(), object: z.string(), format: z.string() },
    ...{
      definition: z.string().exactOptional(),
      job: z.string().exactOptional(),
      jobOutput: z.int().exactOptional().describe('Which output of its job, from 1'),
      template: z.string().exactOptional(),
    },
    ...{ sizeBytes: z.int(), durationSeconds: z.number().exactOptional(), width: z.int().exactOptional() },
    ...{ height: z.int().exactOptional(), fps: z.number().exactOptional(), bitsPerSecond: z.number().exactOptional() },
    ...{ encryption: z.string().exactOptional(), sha256: z.string().exactOptional(), createdAt: time },
  })
  .meta({ id: 'AssetFile' });

export const reviewLinkSchema = z
  .strictObject({
    ...{ id: z.uuid(), note: z.string(), createdBy: z.string(), createdAt: time, expiresAt: time },
    ...{ revokedAt: time.exactOptional(), opened: z.int(), lastOpenedAt: time.exactOptional() },
  })
  .meta({ id: 'ReviewLink' });

export const categorySchema = z
  .strictObject({
    ...{ id: z.int(), parent: z.int().exactOptional(), name: z.string() },
    level: z.int().describe('0 at the top'),
  })
  .meta({ id: 'AssetCategory' });

export function shownAsset(asset: Asset): z.input<typeof assetSchema> {
  const { createdAtMs, modifiedAtMs, trashedAtMs, live, review, trouble, ...rest } = asset;
  return {
    ...(rest as Omit<typeof rest, 'tags' | 'chapters'> & { tags: string[]; chapters?: never }),
    ...{ createdAt: isoOf(createdAtMs), modifiedAt: isoOf(modifiedAtMs) },
    ...(trashedAtMs === undefined ? {} : { trashedAt: isoOf(trashedAtMs) }),
    ...(live ? { live: shownLive(live) } : {}),
    ...(review ? { review: { by: review.by, at: isoOf(review.atMs), note: review.note } } : {}),
    ...(trouble ? { trouble: { code: trouble.code, message: trouble.message, at: isoOf(trouble.atMs) } } : {}),
  };
}

function shownLive({ domain, app, stream, startedAtMs, endedAtMs }: NonNullable<Asset['live']>) {
  return { domain, app, stream, startedAt: isoOf(startedAtMs), endedAt: isoOf(endedAtMs) };
}

export function shownFile(file: AssetFile): z.input<typeof assetFileSchema> {
  const { asset: _, parts: __, hexKey: ___, sealedKey: ____, createdAtMs, ...rest } = file;
  return { ...rest, createdAt: isoOf(createdAtMs) };
}

export function shownLink(link: ReviewLink): z.input<typeof reviewLinkSchema> {
  const { asset: _, createdAtMs, expiresAtMs, revokedAtMs, lastOpenedAtMs, ...rest } = link;
  return {
    ...{ ...rest, createdAt: isoOf(createdAtMs), expiresAt: isoOf(expiresAtMs) },
    ...(revokedAtMs === undefined ? {} : { revokedAt: isoOf(revokedAtMs) }),
    ...(lastOpenedAtMs === undefined ? {} : { lastOpenedAt: isoOf(lastOpenedAtMs) }),
  };
}

export function shownCategory({ id, parent, name, level }: Category): z.input<typeof categorySchema> {
  return { id, name, level, ...(parent === undefined ? {} : { parent }) };
}
