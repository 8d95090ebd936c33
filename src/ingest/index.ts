export { Ingest, type IngestCounters, type IngestOptions } from './ingest.ts';
export type { TrackKind } from './timeline.ts';
