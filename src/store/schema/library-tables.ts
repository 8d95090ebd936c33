import { bigint, doublePrecision, integer, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { headwater, json, position, time } from './columns.ts';

/** The tree that assets are sorted into. */
export const assetCategories = headwater.table('asset_categories', {
  id: position().primaryKey().generatedByDefaultAsIdentity(),
  parent: position(),
  name: text().notNull(),
  createdAt: time('created_at').notNull().defaultNow(),
});

/** What is in the library. */
export const assets = headwater.table('assets', {
  id: text().primaryKey(),
  kind: text().notNull(),
  status: text().notNull(),
  publication: text().notNull(),
  title: text().notNull(),
  description: text().notNull(),
  tags: text().array().notNull(),
  category: position(),
  coverUrl: text('cover_url'),
  userData: text('user_data'),
  referenceId: text('reference_id'),
  storage: text().notNull(),
  templateGroup: text('template_group'),
  workflow: text(),
  uploadedBy: text('uploaded_by').notNull(),
  durationSeconds: doublePrecision('duration_seconds'),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
  createdAt: time('created_at').notNull(),
  modifiedAt: time('modified_at').notNull(),
  trashedAt: time('trashed_at'),
  /** What a search finds it by. */
  words: text().array().notNull(),
  data: json().notNull().default({}),
});

/** The objects of assets, in whichever storages they are. */
export const assetFiles = headwater.table('asset_files', {
  id: text().primaryKey(),
  asset: text().notNull(),
  role: text().notNull(),
  storage: text().notNull(),
  object: text().notNull(),
  sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
  createdAt: time('created_at').notNull(),
  data: json().notNull(),
});

/** Links to assets that are not published; of the link only its SHA-256 is kept. */
export const reviewLinks = headwater.table('review_links', {
  id: uuid().primaryKey(),
  asset: text().notNull(),
  tokenHash: text('token_hash').notNull(),
  note: text().notNull(),
  createdBy: text('created_by').notNull(),
  createdAt: time('created_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  revokedAt: time('revoked_at'),
  opened: integer().notNull().default(0),
  lastOpenedAt: time('last_opened_at'),
});

/** Tokens of assets that are worth nothing any more: by viewer, those issued up to then. */
export const playRevocations = headwater.table(
  'play_revocations',
  { asset: text().notNull(), viewer: text().notNull(), up_to: time().notNull() },
  (table) => [primaryKey({ columns: [table.asset, table.viewer] })],
);
