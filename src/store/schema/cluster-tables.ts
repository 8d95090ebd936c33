import { bigint, boolean, doublePrecision, primaryKey, text } from 'drizzle-orm/pg-core';
import { headwater, time } from './columns.ts';

/** Which node fetches a stream that only one is to fetch. */
export const relayClaims = headwater.table('relay_claims', {
  name: text().primaryKey(),
  nodeId: text('node_id').notNull(),
  until: time('until').notNull(),
});

export const clusterNodes = headwater.table('cluster_nodes', {
  nodeId: text('node_id').primaryKey(),
  name: text().notNull(),
  address: text().notNull(),
  version: text().notNull(),
  seenAt: time('seen_at').notNull().defaultNow(),
});

/** How much of a limit each node has, and until when. */
export const limitShares = headwater.table(
  'limit_shares',
  {
    key: text().notNull(),
    nodeId: text('node_id').notNull(),
    held: doublePrecision().notNull(),
    shortUntil: time('short_until'),
    until: time('until').notNull(),
  },
  (table) => [primaryKey({ columns: [table.key, table.nodeId] })],
);

/** Signed requests that are good once, by a hash. */
export const usedNonces = headwater.table('used_nonces', {
  id: text().primaryKey(),
  until: time('until').notNull(),
});

/** Signatures that opened their one session, by what names them in logs. */
export const usedSignatures = headwater.table('used_signatures', {
  id: text().primaryKey(),
  expiresMs: doublePrecision('expires_ms').notNull(),
});

/** Which node publishes a stream: the one with the highest epoch. */
export const streamOwners = headwater.table(
  'stream_owners',
  {
    domain: text().notNull(),
    app: text().notNull(),
    name: text().notNull(),
    nodeId: text('node_id').notNull(),
    epoch: bigint({ mode: 'number' }).notNull(),
    timeZeroWallMs: doublePrecision('time_zero_wall_ms').notNull(),
    endedAt: time('ended_at'),
    updatedAt: time('updated_at').notNull().defaultNow(),
    beganDtsMs: doublePrecision('began_dts_ms'),
    firstSegment: bigint('first_segment', { mode: 'number' }),
    ownedAt: time('owned_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.domain, table.app, table.name] })],
);

/** Streams that nobody may publish for a time, and those that may be published again. */
export const streamBlocks = headwater.table(
  'stream_blocks',
  {
    domain: text().notNull(),
    app: text().notNull(),
    stream: text().notNull(),
    sinceMs: doublePrecision('since_ms').notNull(),
    untilMs: doublePrecision('until_ms').notNull(),
    reason: text().notNull(),
    by: text().notNull(),
    isLifted: boolean('is_lifted').notNull(),
    changedMs: doublePrecision('changed_ms').notNull(),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.domain, table.app, table.stream] })],
);
