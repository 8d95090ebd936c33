export type { AlarmSubject, Condition, Observation } from './condition.ts';
export { type ExpectedStream, type StreamOfflineSources, streamOffline } from './stream-offline.ts';
