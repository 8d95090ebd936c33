import { bigint, boolean, integer, jsonb, pgSchema, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core';

/** All our tables are in a schema of this name, so that a shared database stays tidy. */
export const SCHEMA_NAME = 'headwater';

const headwater = pgSchema(SCHEMA_NAME);

const position = () => bigint({ mode: 'number' });
const time = () => timestamp({ withTimezone: true });
const json = () => jsonb().$type<Record<string, unknown>>();

/** What happened, in the order it was recorded; `position` is the cursor of a replay. */
export const events = headwater.table(
  'events',
  {
    position: position().primaryKey().generatedByDefaultAsIdentity(),
    id: uuid().notNull().unique(),
    node_id: text().notNull(),
    node_sequence: position().notNull(),
    session_id: text().notNull(),
    kind: text().notNull(),
    ordinal: integer().notNull(),
    domain: text().notNull(),
    ingest_domain: text().notNull(),
    app: text().notNull(),
    stream: text().notNull(),
    at: time().notNull(),
    data: json().notNull(),
  },
  (table) => [unique().on(table.session_id, table.kind, table.ordinal)],
);

/** One event for one endpoint; deliveries of one (endpoint, stream) go strictly one after the other. */
export const deliveries = headwater.table(
  'deliveries',
  {
    id: position().primaryKey().generatedByDefaultAsIdentity(),
    event_position: position()
      .notNull()
      .references(() => events.position, { onDelete: 'cascade' }),
    endpoint_id: text().notNull(),
    stream_key: text().notNull(),
    state: text().$type<'pending' | 'delivered' | 'dead'>().notNull().default('pending'),
    attempts: integer().notNull().default(0),
    next_attempt_at: time().notNull().defaultNow(),
    lease_owner: text(),
    lease_until: time(),
    last_status: integer(),
    last_error: text(),
    finished_at: time(),
    first_attempt_at: time(),
  },
  (table) => [unique().on(table.event_position, table.endpoint_id)],
);

/** A publisher's connection from its publish to its publish_done, made from the events. */
export const publishSessions = headwater.table('publish_sessions', {
  id: text().primaryKey(),
  node_id: text().notNull(),
  domain: text().notNull(),
  ingest_domain: text().notNull(),
  app: text().notNull(),
  stream: text().notNull(),
  opened_at: time(),
  closed_at: time(),
  close_reason: text(),
  data: json().notNull(),
  endpoint_ids: text().array().notNull(),
});

/** Files on their way into a storage, each on the disk of its node. */
export const uploads = headwater.table('uploads', {
  id: position().primaryKey().generatedByDefaultAsIdentity(),
  upload_id: uuid().notNull().unique(),
  node_id: text().notNull(),
  storage: text().notNull(),
  object: text().notNull(),
  file: text().notNull(),
  is_spooled: boolean().notNull(),
  content_type: text().notNull(),
  size_bytes: position().notNull(),
  sha256: text().notNull(),
  overwrites: boolean().notNull(),
  kind: text().notNull(),
  data: json().notNull(),
  added_at: time().notNull(),
  state: text().$type<'pending' | 'stored' | 'dead'>().notNull().default('pending'),
  attempts: integer().notNull().default(0),
  first_attempt_at: time(),
  next_attempt_at: time().notNull().defaultNow(),
  lease_owner: text(),
  lease_until: time(),
  last_error: text(),
  finished_at: time(),
});

/** Every applied set of rules; the highest number is in force. */
export const ruleRevisions = headwater.table('rule_revisions', {
  number: position().primaryKey(),
  created_at: time().notNull().defaultNow(),
  author: text().notNull(),
  reason: text().notNull(),
  document: jsonb().notNull(),
  checksum: text().notNull(),
});

/** In the order a restore must fill them. */
export const TABLES = { events, deliveries, publishSessions, uploads, ruleRevisions } as const;
