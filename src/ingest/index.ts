export { type AudioSource, audioSourceOf } from './audio-track.ts';
export { CONTENT_CODES, type ContentFacts, type ContentLimits, contentFindings } from './content-findings.ts';
export { type Declared, type Finding, type HealthVerdict, healthVerdict } from './health-verdict.ts';
export { Ingest, type IngestCounters, type IngestOptions, type IngestTarget } from './ingest.ts';
export { type PublishMeasurement, PublishMeter } from './publish-meter.ts';
export { SampleClock } from './sample-clock.ts';
export { SoundWatch } from './sound-watch.ts';
export type { TrackKind } from './timeline.ts';
export { type VideoSource, videoSourceOf } from './video-track.ts';
