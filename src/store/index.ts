export { backup, restore } from './backup.ts';
export { type Logger, StoreError, type StoreErrorCode } from './base/index.ts';
export {
  type Changes,
  type Claim,
  ClaimQueue,
  type ClaimQueueOptions,
  type ClaimRow,
  type ClaimTable,
  type Exclusion,
  type Outcome,
  retryDelayMs,
} from './claims.ts';
export type { DatabaseEngine } from './database-source.ts';
export type { RootMode } from './embedded/index.ts';
export {
  HighWaterMarks,
  type LoadedSecrets,
  loadOrCreateSecrets,
  openDataDir,
  randomBase62,
  type Secrets,
} from './files/index.ts';
export {
  type ClaimedDelivery,
  DELIVERY_TABLE,
  type DeadLetter,
  type DeliveryRow,
  Outbox,
  type OutboxOptions,
  type RecordedEvent,
} from './outbox.ts';
export type { OutboxEntry, OutboxKind } from './outbox-entry.ts';
export { type RuleRevision, type RuleRevisionSummary, RuleRevisions } from './rule-revisions.ts';
export { type OpenSession, openSessions, openSessionsOf } from './sessions.ts';
export { openStore, type Store, type StoreOptions, type StoreState } from './store.ts';
export { type UploadEntry, UploadQueue, type UploadQueueOptions, type UploadRow } from './upload-queue.ts';
