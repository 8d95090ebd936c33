import { boolean, integer, jsonb, text, unique, uuid } from 'drizzle-orm/pg-core';
import {
  alarmNodes,
  alarmSilences,
  alarms,
  assetCategories,
  assetFiles,
  assets,
  clusterNodes,
  eventFollowers,
  headwater,
  jobEvents,
  jobFollowers,
  jobSteps,
  jobs,
  jobWorkers,
  json,
  limitShares,
  mediaTemplates,
  mediaUploads,
  pipelines,
  playRevocations,
  position,
  relayClaims,
  reviewLinks,
  streamBlocks,
  streamOwners,
  time,
  uploadParts,
  uploadPieces,
  uploadSessions,
  urlFetches,
  usageBatches,
  usageDays,
  usageFiveMinutes,
  usageHours,
  usageMinutes,
  usageViewers,
  usedNonces,
  usedSignatures,
  workflowAliases,
  workflowRuns,
  workflows,
  workflowTriggerObjects,
  workflowTriggers,
  workflowVersions,
} from './schema/index.ts';

export * from './schema/index.ts';

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

/** What became of one try: the status of the answer, or why there was none. */
export interface DeliveryTry {
  readonly at: string;
  readonly durationMs: number;
  readonly status?: number;
  readonly error?: string;
}

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
    tries: jsonb().$type<readonly DeliveryTry[]>().notNull().default([]),
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

/** Streams from their first publish to their end, and what their viewers did. */
export const shows = headwater.table('shows', {
  id: text().primaryKey(),
  node_id: text().notNull(),
  domain: text().notNull(),
  app: text().notNull(),
  stream: text().notNull(),
  started_at: time().notNull(),
  ended_at: time().notNull(),
  sessions: text().array().notNull(),
  summary: json().notNull(),
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
  line: text(),
});

/** Every applied set of rules, sealed with the master key; the highest number is in force. */
export const ruleRevisions = headwater.table('rule_revisions', {
  number: position().primaryKey(),
  created_at: time().notNull().defaultNow(),
  author: text().notNull(),
  reason: text().notNull(),
  document: jsonb().notNull(),
  checksum: text().notNull(),
  /** Of the secrets in it. */
  fingerprints: text().array().notNull().default([]),
});

/** Changes of rules that wait, or waited, for a second person; the changes are sealed with the master key. */
export const ruleApprovals = headwater.table('rule_approvals', {
  id: uuid().primaryKey(),
  state: text().$type<'pending' | 'approved' | 'rejected'>().notNull(),
  author: text().notNull(),
  authorId: text('author_id').notNull(),
  reason: text().notNull(),
  createdAt: time('created_at').notNull(),
  expiresAt: time('expires_at').notNull(),
  risks: text().array().notNull(),
  sealedChanges: text('sealed_changes').notNull(),
  decidedBy: text('decided_by'),
  decidedAt: time('decided_at'),
  revision: position(),
});

/** Who may log in. Passwords and recovery codes are hashed, the second factor's secret is sealed with the master key. */
export const users = headwater.table('users', {
  id: uuid().primaryKey(),
  name: text().notNull().unique(),
  grants: jsonb().$type<readonly unknown[]>().notNull(),
  statements: jsonb().$type<readonly unknown[]>().notNull(),
  passwordHash: text('password_hash'),
  totpSecret: text('totp_secret'),
  recoveryHashes: text('recovery_hashes').array().notNull(),
  isEnabled: boolean('is_enabled').notNull(),
  createdAt: time('created_at').notNull(),
  /** Sessions and temporary keys from before it have ended. */
  endedBefore: time('ended_before').notNull(),
  updatedAt: time('updated_at').notNull().defaultNow(),
});

/** What programs log in with, on behalf of a user; the secret is sealed with the master key. */
export const accessKeys = headwater.table('access_keys', {
  id: text().primaryKey(),
  userId: uuid('user_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' }),
  sealedSecret: text('sealed_secret').notNull(),
  note: text().notNull(),
  createdAt: time('created_at').notNull(),
  lastUsedAt: time('last_used_at'),
  updatedAt: time('updated_at').notNull().defaultNow(),
});

/** Who did what. Rows are only added, each with the hash of the one before it in its chain. */
export const auditEntries = headwater.table(
  'audit_entries',
  {
    position: position().primaryKey().generatedByDefaultAsIdentity(),
    chain: uuid().notNull(),
    number: position().notNull(),
    nodeId: text('node_id').notNull(),
    at: time().notNull(),
    actor: text().notNull(),
    actorKind: text('actor_kind').notNull(),
    address: text().notNull(),
    action: text().notNull(),
    resource: text().notNull(),
    outcome: text().$type<'done' | 'refused'>().notNull(),
    detail: json().notNull(),
    previous: text().notNull(),
    hash: text().notNull(),
  },
  (table) => [unique().on(table.chain, table.number)],
);

/** Answers of a day for those who ask again; sealed with the master key. */
export const keptAnswers = headwater.table('kept_answers', {
  id: text().primaryKey(),
  request: text().notNull(),
  sealed_answer: text(),
  begun_at: time().notNull().defaultNow(),
});

/** Of the TLS doors of all nodes; keys are sealed with the master key. */
export const certificates = headwater.table('certificates', {
  id: text().primaryKey(),
  hosts: text().array().notNull(),
  cert: text().notNull(),
  sealed_key: text().notNull(),
  source: text().$type<'upload' | 'acme'>().notNull(),
  added_at: time().notNull(),
  added_by: text().notNull(),
  /** One node renews it until then. */
  renewing_until: time(),
  updated_at: time().notNull().defaultNow(),
});

/** What is known of the hosts of domains beside the rules. */
export const hostFacts = headwater.table('host_facts', {
  host: text().primaryKey(),
  firstSeenAt: time('first_seen_at').notNull().defaultNow(),
  modifiedAt: time('modified_at').notNull().defaultNow(),
  /** Of what the rules say of the host. */
  fingerprint: text().notNull().default(''),
  region: text().notNull().default(''),
  scope: text().notNull().default(''),
  description: text().notNull().default(''),
  /** Of hosts that are no domain of their own. */
  tags: jsonb().$type<Readonly<Record<string, string>>>().notNull().default({}),
});

/** In the order a restore must fill them. */
export const TABLES = {
  events,
  deliveries,
  eventFollowers,
  publishSessions,
  shows,
  uploads,
  ruleRevisions,
  ruleApprovals,
  users,
  accessKeys,
  auditEntries,
  keptAnswers,
  certificates,
  hostFacts,
  playRevocations,
  relayClaims,
  clusterNodes,
  streamBlocks,
  limitShares,
  usedNonces,
  usedSignatures,
  streamOwners,
  alarms,
  alarmSilences,
  alarmNodes,
  usageMinutes,
  usageFiveMinutes,
  usageHours,
  usageDays,
  usageViewers,
  usageBatches,
  pipelines,
  jobs,
  jobSteps,
  jobEvents,
  jobFollowers,
  jobWorkers,
  assetCategories,
  assets,
  assetFiles,
  reviewLinks,
  workflows,
  workflowVersions,
  workflowAliases,
  workflowRuns,
  workflowTriggers,
  workflowTriggerObjects,
  mediaTemplates,
  mediaUploads,
  uploadSessions,
  uploadParts,
  uploadPieces,
  urlFetches,
} as const;
