import { AnswerError, fields, list, number, oneOf, optional, text, webUrl } from '../../answers/answer-fields.ts';
import type { ListPage } from '../../kit/index.ts';

export const STATUSES = [
  ...['Uploading', 'UploadFail', 'UploadSucc', 'Transcoding', 'TranscodeFail', 'Blocked', 'Normal'],
] as const;
export const PUBLICATIONS = ['draft', 'review', 'published'] as const;
export const KINDS = ['video', 'audio', 'image', 'attached'] as const;
export type Publication = (typeof PUBLICATIONS)[number];
export type AssetKind = (typeof KINDS)[number];

/** Something in the library. */
export type Asset = {
  readonly id: string;
  readonly kind: AssetKind;
  readonly status: string;
  readonly publication: Publication;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly category?: number;
  readonly coverUrl?: string;
  readonly storage: string;
  readonly uploadedBy: string;
  readonly durationSeconds?: number;
  readonly sizeBytes: number;
  readonly createdAt?: string;
  readonly trashedAt?: string;
  readonly trouble?: string;
  readonly templateGroup?: string;
};

export type AssetFile = {
  readonly id: string;
  readonly role: string;
  readonly object: string;
  readonly storage: string;
  readonly format: string;
  readonly definition?: string;
  readonly sizeBytes: number;
  readonly width?: number;
  readonly height?: number;
  readonly bitsPerSecond?: number;
  readonly encryption?: string;
};

/** With how deep it is in the tree. */
export type Category = { readonly id: number; readonly name: string; readonly level: number };

export type ReviewLink = {
  readonly id: string;
  readonly note: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
  readonly opened: number;
};

export function readAssets(answer: unknown): ListPage<Asset> {
  const { assets, nextCursor } = fields(answer);
  if (!Array.isArray(assets)) throw new AnswerError('the answer holds no list of assets');
  return { rows: assets.map(readAsset), cursor: text(nextCursor) };
}

export function readAsset(answer: unknown): Asset {
  const { id, kind, status, publication, title, description, tags, category, coverUrl, storage } = fields(answer);
  const { uploadedBy, durationSeconds, sizeBytes, createdAt, trashedAt, trouble } = fields(answer);
  const named = text(id);
  if (named === undefined) throw new AnswerError('the answer holds no asset');
  return {
    ...{ id: named, kind: oneOf(kind, KINDS) ?? 'video', status: text(status) ?? '' },
    ...{ publication: oneOf(publication, PUBLICATIONS) ?? 'draft', title: text(title) ?? named },
    ...{ description: text(description) ?? '', tags: list(tags).flatMap((each) => text(each) ?? []) },
    ...{ storage: text(storage) ?? '', uploadedBy: text(uploadedBy) ?? '', sizeBytes: number(sizeBytes) ?? 0 },
    ...optional('category', number(category)),
    ...optional('coverUrl', webUrl(coverUrl)),
    ...optional('durationSeconds', number(durationSeconds)),
    ...optional('createdAt', text(createdAt)),
    ...optional('trashedAt', text(trashedAt)),
    ...optional('templateGroup', text(fields(answer).templateGroup)),
    ...optional('trouble', text(fields(trouble).message)),
  };
}

export function readFiles(answer: unknown): readonly AssetFile[] {
  return list(fields(answer).files).map((each) => {
    const { id, role, object, storage, format, definition, sizeBytes, width, height, bitsPerSecond } = fields(each);
    return {
      ...{ id: text(id) ?? '', role: text(role) ?? '', object: text(object) ?? '', storage: text(storage) ?? '' },
      ...{ format: text(format) ?? '', sizeBytes: number(sizeBytes) ?? 0 },
      ...optional('definition', text(definition)),
      ...optional('width', number(width)),
      ...optional('height', number(height)),
      ...optional('bitsPerSecond', number(bitsPerSecond)),
      ...optional('encryption', text(fields(each).encryption)),
    };
  });
}

/** The tree as a list, what is within others behind them. */
export function readCategories(answer: unknown): readonly Category[] {
  return list(fields(answer).categories).flatMap(readBranch);
}

function readBranch(answer: unknown): readonly Category[] {
  const { id, name, level, children } = fields(answer);
  const known = number(id);
  if (known === undefined) return [];
  return [{ id: known, name: text(name) ?? '', level: number(level) ?? 0 }, ...list(children).flatMap(readBranch)];
}

export function readLinks(answer: unknown): readonly ReviewLink[] {
  return list(fields(answer).links).map((each) => {
    const { id, note, expiresAt, revokedAt, opened } = fields(each);
    return {
      ...{ id: text(id) ?? '', note: text(note) ?? '', opened: number(opened) ?? 0 },
      ...optional('expiresAt', text(expiresAt)),
      ...optional('revokedAt', text(revokedAt)),
    };
  });
}
