import { bigint, integer, jsonb, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { headwater, position, time } from './columns.ts';

const bytes = (column: string) => bigint(column, { mode: 'number' });

/** What was asked to be uploaded: one object, most often the original of an asset. */
export const mediaUploads = headwater.table('media_uploads', {
  id: uuid().primaryKey(),
  way: text().$type<'client' | 'url' | 'registered'>().notNull(),
  asset: text(),
  owner: text().notNull(),
  storage: text().notNull(),
  object: text().notNull(),
  contentType: text('content_type'),
  sizeBytes: bytes('size_bytes'),
  limitBytes: bytes('limit_bytes').notNull(),
  sha256: text(),
  state: text().$type<'open' | 'storing' | 'stored' | 'done' | 'failed' | 'expired' | 'aborted'>().notNull(),
  sessionId: uuid('session_id'),
  storedBytes: bytes('stored_bytes'),
  storedSha256: text('stored_sha256'),
  failure: jsonb().$type<{ readonly code: string; readonly message: string }>(),
  sourceUrl: text('source_url'),
  sourceTag: text('source_tag'),
  userData: text('user_data'),
  batch: text(),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
  expiresAt: time('expires_at').notNull(),
  finishedAt: time('finished_at'),
});

/** Bytes on their way in: one for each try at an upload, or for an object without one. */
export const uploadSessions = headwater.table('upload_sessions', {
  id: uuid().primaryKey(),
  uploadId: uuid('upload_id').references(() => mediaUploads.id, { onDelete: 'cascade' }),
  way: text().$type<'tus' | 'put' | 'multipart' | 'url'>().notNull(),
  owner: text().notNull(),
  storage: text().notNull(),
  object: text().notNull(),
  contentType: text('content_type'),
  sizeBytes: bytes('size_bytes'),
  limitBytes: bytes('limit_bytes').notNull(),
  receivedBytes: bytes('received_bytes').notNull().default(0),
  slotBytes: bytes('slot_bytes'),
  bucketKey: text('bucket_key'),
  nodeId: text('node_id').notNull(),
  writer: uuid(),
  state: text().$type<'open' | 'done'>().notNull(),
  metadata: jsonb().$type<Readonly<Record<string, string>>>().notNull().default({}),
  createdAt: time('created_at').notNull().defaultNow(),
  updatedAt: time('updated_at').notNull().defaultNow(),
  expiresAt: time('expires_at').notNull(),
});

/** Parts of a session that a client numbers. */
export const uploadParts = headwater.table(
  'upload_parts',
  {
    sessionId: uuid('session_id')
      .notNull()
      .references(() => uploadSessions.id, { onDelete: 'cascade' }),
    number: integer().notNull(),
    sizeBytes: bytes('size_bytes').notNull(),
    md5: text().notNull(),
    crc64: text().notNull(),
    atByte: bytes('at_byte'),
    piece: integer(),
    modifiedAt: time('modified_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.number] })],
);

/** What of a session is in the bucket, in its order. */
export const uploadPieces = headwater.table(
  'upload_pieces',
  {
    sessionId: uuid('session_id')
      .notNull()
      .references(() => uploadSessions.id, { onDelete: 'cascade' }),
    number: integer().notNull(),
    sizeBytes: bytes('size_bytes').notNull(),
    tag: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.number] })],
);

/** Uploads that a node fetches from an address. */
export const urlFetches = headwater.table('url_fetches', {
  id: position().primaryKey().generatedByDefaultAsIdentity(),
  uploadId: uuid('upload_id')
    .notNull()
    .unique()
    .references(() => mediaUploads.id, { onDelete: 'cascade' }),
  state: text().$type<'pending' | 'done' | 'dead'>().notNull().default('pending'),
  attempts: integer().notNull().default(0),
  first_attempt_at: time(),
  next_attempt_at: time().notNull().defaultNow(),
  lease_owner: text(),
  lease_until: time(),
  finished_at: time(),
  last_error: text(),
});
