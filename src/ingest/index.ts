export { type AudioSource, audioSourceOf } from './audio-track.ts';
export { type Declared, type Finding, type HealthVerdict, healthVerdict } from './health-verdict.ts';
export { Ingest, type IngestCounters, type IngestOptions } from './ingest.ts';
export { type PublishMeasurement, PublishMeter } from './publish-meter.ts';
export { SampleClock } from './sample-clock.ts';
export type { TrackKind } from './timeline.ts';
export { type VideoSource, videoSourceOf } from './video-track.ts';
