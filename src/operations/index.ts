export { accountOperations } from './account-operations.ts';
export { type AlarmCodeInfo, type AlarmDoor, type AlarmTest, alarmOperations } from './alarm-operations.ts';
export { AllStreams } from './all-streams.ts';
export { type ApplyDoor, applyOperation } from './apply-operation.ts';
export {
  type ApsaraActionOverview,
  type ApsaraActionsDoor,
  type ApsaraParameter,
  apsaraOperations,
} from './apsara-operations.ts';
export { categoryOf } from './asset-access.ts';
export { assetCareOperations } from './asset-care-operations.ts';
export { assetFileOperations } from './asset-file-operations.ts';
export { type AssetDoor, assetOperations } from './asset-operations.ts';
export { type AuditExportOptions, exportAudit } from './audit-export.ts';
export { auditOperations } from './audit-operations.ts';
export { noteDone, noteRefused } from './audited.ts';
export {
  Accepted,
  type Audited,
  type Call,
  type Described,
  type FieldError,
  type Method,
  nextCursor,
  notFound,
  type Operation,
  OperationError,
  operation,
  pageOf,
  pageQuery,
  taken,
} from './base/index.ts';
export { type BlockDoor, blockOperations } from './block-operations.ts';
export { Blocks, type BlocksOptions, type NewBlock } from './blocks.ts';
export { Capacity, type CapacityOptions } from './capacity.ts';
export { categoryOperations } from './category-operations.ts';
export { type CertificateDoor, certificateOperations, type ListedCertificate } from './certificate-operations.ts';
export { CertificateShelf, type ShelvedCertificate } from './certificate-shelf.ts';
export { type ClipDoor, clipOperations, noClip } from './clip-operations.ts';
export { type CostDoor, costOperations } from './cost-operations.ts';
export { type DataKeyDoor, dataKeyOperations } from './data-key-operations.ts';
export { type DeliveryDoor, deliveryOperations } from './delivery-operations.ts';
export {
  type CheckedDomain,
  checkDomain,
  EXPIRY_DAYS,
  expiryFinding,
  type HostResolver,
  type ShownCertificate,
} from './domain-check.ts';
export { type DomainCheckDoor, domainCheckOperations } from './domain-check-operations.ts';
export {
  Drain,
  type DrainedDoors,
  type DrainOptions,
  type DrainProgress,
  type DrainState,
  type DrainWork,
} from './drain.ts';
export { type DrainDoor, drainOperations } from './drain-operations.ts';
export { EventFeed, type EventFeedPage } from './event-feed.ts';
export { type EventDoor, eventOperations, eventSchema } from './event-operations.ts';
export { forwarded, type OtherNodes } from './forwarded.ts';
export { ForwardedCalls } from './forwarded-call.ts';
export { healthOperations, type NodeHealth } from './health-operations.ts';
export { type HistoryDoor, historyOperations } from './history-operations.ts';
export { type HostDoor, hostOperations } from './host-operations.ts';
export type { IdentityDoor } from './identity-door.ts';
export { importOperations } from './import-operations.ts';
export { type Answered, type Ask, type Given, InProcess } from './in-process.ts';
export { indexFileNames, indexFileOperations, noIndexFile } from './index-file-operations.ts';
export { type InventoryDoor, inventoryOperation } from './inventory-operation.ts';
export { type JobDoor, jobOperations } from './job-operations.ts';
export { keyOperations } from './key-operations.ts';
export { type LimitDoor, limitOperations, limitsInUse } from './limit-operations.ts';
export {
  explainUrl,
  type LinkDoor,
  type Look,
  linkOperations,
  RefusedHostError,
  type RenditionFacts,
  type Report,
  reportText,
  type ServerFacts,
  type Side,
  type SignedUrl,
  type StreamUrl,
  signStreamUrl,
  spanText,
} from './links/index.ts';
export { kick, recheckPublishers, recheckSessions } from './live-operations.ts';
export { type LoadDoor, loadOperations } from './load-operations.ts';
export { type MarkerDoor, markerOperations } from './marker-operations.ts';
export {
  type MediaTaskDoor,
  mediaTaskOperations,
  placeFields,
  placeOf,
  placeSchema,
  resourceOfPlace,
} from './media-task-operations.ts';
export { type MediaTemplateDoor, mediaTemplateOperations } from './media-template-operations.ts';
export { type ModeratedPicture, type ModerationOptions, moderate, type Objection } from './moderation.ts';
export { type NodeFacts, type NodeListDoor, nodeOperations } from './node-operations.ts';
export { NodeTroubleError } from './node-trouble.ts';
export { pipelineOperations } from './pipeline-operations.ts';
export { playAddressOperations } from './play-address-operations.ts';
export { type PlayDoor, playOperations } from './play-operations.ts';
export { type PublisherInfo, Publishers, type PublishingState } from './publishers.ts';
export { type PushSetup, pushSetup } from './push-setup.ts';
export { noRecording, type RecordingDoor, recordingNames, recordingOperations } from './recording-operations.ts';
export {
  type ListedObjects,
  type RecordingContent,
  type RecordingEntry,
  type RecordingFilter,
  Recordings,
} from './recordings.ts';
export { type RelayDoor, relayOperations } from './relay-operations.ts';
export { RepeatedRefusals } from './repeated-refusals.ts';
export { type Answer, Repeats } from './repeats.ts';
export { type ReportDoor, reportOperations } from './report-operations.ts';
export { appOf } from './resources.ts';
export {
  AliasUse,
  type Approval,
  type ApprovalStore,
  Approvals,
  allRulesOperations,
  type Decided,
  type RevisionHistory,
  type RulesDoor,
  type StoredRevision,
  streamRuleId,
} from './rules/index.ts';
export { streamNames, streamOf } from './schemas.ts';
export { type NodeSettings, settingsOperations } from './settings-operations.ts';
export { recently } from './shared-answers.ts';
export type { ShowReportAnswer } from './show-report-schema.ts';
export { type NewSilence, type SilenceDoor, silenceOperations } from './silence-operations.ts';
export { type SnapshotDoor, snapshotOperations } from './snapshot-operations.ts';
export { type ListedStorage, type StorageDoor, storageOperations } from './storage-operations.ts';
export { type StreamDoor, streamOperations } from './stream-operations.ts';
export { findStream, listStreams, type StreamOverview, type StreamSources, watchedNames } from './stream-overview.ts';
export { type StreamStateDoor, streamStateOperations } from './stream-state-operations.ts';
export { type TopDoor, topOperations } from './top-operations.ts';
export { type Traffic, trafficNow, trafficOperations } from './traffic.ts';
export { type TriggerDoor, triggerOperations } from './trigger-operations.ts';
export { triggerDenial } from './trigger-rights.ts';
export { operationErrorOf } from './trouble.ts';
export { type UploadsDoor, uploadErrorOf, uploadOperations } from './upload-operations.ts';
export { authority, type PlayUrls, type PublicAddresses, playOrigins, playUrls, rtmpOrigin } from './urls.ts';
export { permittedUsage, type UsageDoor, usageOperations } from './usage-operations.ts';
export { MOST_POINTS, usageQuery } from './usage-schema.ts';
export { userOperations } from './user-operations.ts';
export { type WorkflowDoor, workflowOperations } from './workflow-operations.ts';
