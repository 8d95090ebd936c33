export { type BudgetSources, type BudgetUse, budgets } from './budgets.ts';
export {
  type CallbackSources,
  callbacks,
  eventSinks,
  type ModerationSources,
  moderation,
  type SinkSources,
} from './callbacks.ts';
export type { AlarmSubject, Condition, Observation } from './condition.ts';
export { type EgressPeaks, type EgressSources, egress } from './egress.ts';
export { type ExpirySources, expiries } from './expiries.ts';
export { type LimitSources, type LimitUse, limits } from './limits.ts';
export { type NodeSources, nodeState, type OtherNodeSources, otherNodes } from './nodes.ts';
export { type RenditionSources, renditions, type TranscodedStream } from './renditions.ts';
export { type DiskUse, type StorageSources, storages } from './storages.ts';
export { type MeasuredPublish, type StreamHealthSources, streamHealth } from './stream-health.ts';
export { type ExpectedStream, type StreamOfflineSources, streamOffline } from './stream-offline.ts';
export { type JoinTotals, type ViewerSources, viewers } from './viewers.ts';
