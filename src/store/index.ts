export { type AlarmFilter, AlarmTables, type SeenNode, subjectText } from './alarm-tables.ts';
export { AssetKeys } from './asset-keys.ts';
export type { AssetCondition, AssetOrder, RangeEnd } from './asset-search.ts';
export {
  type AssetChange,
  type AssetChanges,
  type AssetNews,
  type AssetPlace,
  type AssetQuery,
  AssetTables,
  type ShownAsset,
  type StoredAsset,
  type StoredAssetFile,
} from './asset-tables.ts';
export type { AuditEntry, AuditProblem, ChainedEntry } from './audit-chain.ts';
export {
  type AuditFilter,
  AuditLog,
  type AuditLogOptions,
  type AuditRow,
  type AuditVerdict,
  verifyAudit,
  verifyAuditLines,
} from './audit-log.ts';
export { backup, restore } from './backup.ts';
export {
  type DirectoryLock,
  type LockOf,
  type Logger,
  lockDirectory,
  rootMessage,
  StoreError,
  type StoreErrorCode,
  syncDirectory,
  writeFileAtomic,
} from './base/index.ts';
export { BlockTable } from './block-table.ts';
export { type CategoryEdit, CategoryTable, type StoredCategory } from './category-table.ts';
export { CertificateTable } from './certificate-table.ts';
export {
  type Changes,
  type Claim,
  ClaimQueue,
  type ClaimQueueOptions,
  type ClaimRow,
  type ClaimTable,
  type Exclusion,
  isDue,
  isUnleased,
  type Outcome,
  retryDelayMs,
  type SettleAround,
} from './claims.ts';
export { type ClusterNode, ClusterTables, type MetNode, type NewOwner, type StreamOwner } from './cluster-tables.ts';
export { type DatabaseEngine, DatabaseSource } from './database-source.ts';
export { isRefusedData, lostDatabase } from './database-trouble.ts';
export { Deliveries, type DeliveryFilter, type StoredDelivery } from './deliveries.ts';
export type { RootMode } from './embedded/index.ts';
export {
  certificatePlace,
  HighWaterMarks,
  type KeptAlarms,
  type LoadedSecrets,
  loadOrCreateSecrets,
  openDataDir,
  randomBase62,
  readAlarms,
  readBlocks,
  readCertificates,
  readIdentity,
  readLoginSessions,
  type Secrets,
  type StoredAccessKey,
  type StoredAlarm,
  type StoredBlock,
  type StoredCertificate,
  type StoredIdentity,
  type StoredLoginSession,
  type StoredNotice,
  type StoredSilence,
  type StoredUser,
  writeAlarms,
  writeBlocks,
  writeCertificates,
  writeIdentity,
  writeLoginSessions,
} from './files/index.ts';
export { type FollowEventsOptions, followEvents, followerLag, positionOfEvent } from './follow-events.ts';
export { FollowerLease } from './follower-lease.ts';
export { History, type HistoryFilter, type PublishedSession } from './history.ts';
export { HostFacts, type NotedFacts, type StoredHostFacts } from './host-facts.ts';
export { IdentityTables, keyPlace, totpPlace } from './identity-tables.ts';
export { JobKeys } from './job-keys.ts';
export { type KeptAnswer, KeptAnswers } from './kept-answers.ts';
export { LimitSharesTable, type ShareAsked, type ShareGiven, type SharesGiven } from './limit-shares-table.ts';
export { lookNowAndThen } from './look-now-and-then.ts';
export { deliverMediaEvents, type NewMediaEvent, noteMediaEvents } from './media-events.ts';
export {
  type MediaTemplateChanges,
  type MediaTemplateKind,
  MediaTemplateTable,
  type StoredMediaTemplate,
} from './media-template-table.ts';
export {
  type MediaUploadFilter,
  MediaUploadTables,
  type NewMediaUpload,
  type NewUploadSession,
  type StoredMediaUpload,
  type StoredUploadPart,
  type StoredUploadSession,
} from './media-uploads.ts';
export {
  type ClaimedDelivery,
  DELIVERY_TABLE,
  type DeliveryRow,
  Outbox,
  type OutboxOptions,
  type RecordedEvent,
} from './outbox.ts';
export { type OutboxEntry, type OutboxKind, storable } from './outbox-entry.ts';
export { PlayRevocations } from './play-revocations.ts';
export { RelayClaims } from './relay-claims.ts';
export { ReviewLinkTable, type StoredReviewLink } from './review-link-table.ts';
export { RuleApprovals, type StoredApproval } from './rule-approvals.ts';
export { type RuleRevision, type RuleRevisionSummary, RuleRevisions } from './rule-revisions.ts';
export type { DeliveryTry } from './schema.ts';
export {
  loadOrCreateMasterKeys,
  type MasterKeys,
  masterKeyFile,
  newMasterKey,
  parseMasterKeys,
  readAcmeAccount,
  SecretBox,
  writeAcmeAccount,
  writeMasterKeys,
} from './sealing/index.ts';
export { type OpenSession, openSessions, openSessionsOf } from './sessions.ts';
export { type CallbackCounts, type StoredShow, StoredShows } from './shows.ts';
export { openStore, type Store, type StoreOptions, type StoreState, type Transaction } from './store.ts';
export { type StoredFiring, type StoredTrigger, TriggerTables } from './trigger-tables.ts';
export { type UploadEntry, UploadQueue, type UploadQueueOptions, type UploadRow } from './upload-queue.ts';
export { UsedNonces } from './used-nonces.ts';
export { UsedSignatures } from './used-signatures.ts';
export {
  type ListedRun,
  type RunPage,
  type StoredAlias,
  type StoredRun,
  type StoredVersion,
  type StoredWorkflow,
  WorkflowTables,
} from './workflow-tables.ts';
