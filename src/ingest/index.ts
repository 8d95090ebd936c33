export { type Declared, type Finding, type HealthVerdict, healthVerdict } from './health-verdict.ts';
export { Ingest, type IngestCounters, type IngestOptions } from './ingest.ts';
export { type PublishMeasurement, PublishMeter } from './publish-meter.ts';
export type { TrackKind } from './timeline.ts';
