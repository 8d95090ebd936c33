import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS_TO_JOIN = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10];
const SECONDS_OF_GOP = [0.5, 1, 2, 2.5, 3, 4, 6, 8, 10, 20];
const SECONDS_OF_PART = [0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.6, 1, 2];
const RATIOS = [0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
const RUNG_HEIGHTS = [144, 240, 360, 432, 480, 540, 648, 720, 1080, 1440, 2160];

const SECONDS_OF_WORK = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 10_800];

/** Everything that is counted, in one list. Labels are few and fixed: no stream names, no addresses. */
export function createMetrics() {
  const registry = new Registry();
  // Its own 10 ms would wake an idle process a hundred times a second; `event_loop_delay_seconds` looks more closely.
  collectDefaultMetrics({ register: registry, prefix: 'headwater_', eventLoopMonitoringPrecision: 200 });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `headwater_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name: `headwater_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, buckets: number[], labelNames: readonly L[] = []) =>
    new Histogram({ name: `headwater_${name}`, help, labelNames, buckets, registers });
  return {
    registry,
    streams: gauge('streams', 'Streams by state', ['state']),
    viewers: gauge('viewers', 'Viewers by protocol', ['protocol']),
    ingestBytes: counter('ingest_bytes_total', 'Media bytes taken from publishers'),
    ingestMended: counter('ingest_mended_total', 'What publishers sent that was left out or mended, by what it was', [
      'what',
    ]),
    aliasRequests: counter('alias_requests_total', 'What was asked for through an alias of a domain', [
      'domain',
      'alias',
    ]),
    deliveredBytes: counter('delivered_bytes_total', 'Media bytes given to viewers', ['protocol']),
    vodReadBytes: counter('vod_read_bytes_total', 'Bytes of assets in buckets, by where they were read', ['from']),
    vodCacheBytes: gauge('vod_cache_bytes', 'Bytes of assets that are kept on the disk'),
    viewerSkips: counter('viewer_skips_total', 'Times that a slow viewer skipped to a key frame', ['protocol']),
    viewersClosed: counter('viewers_closed_total', 'Viewers closed by the server', ['reason']),
    publishes: counter('publishes_total', 'Publish requests by outcome', ['result']),
    plays: counter('plays_total', 'Play requests by protocol and outcome', ['protocol', 'result']),
    forbiddenPlays: counter('plays_forbidden_total', 'Play requests that access rules refused (403)', ['domain']),
    gopSeconds: histogram('gop_seconds', 'Time between key frames', SECONDS_OF_GOP),
    partSeconds: histogram('part_seconds', 'Durations of parts', SECONDS_OF_PART),
    hlsWindowBytes: gauge('hls_window_bytes', 'Memory held by the segments of all streams'),
    hlsSegmentsDropped: counter(
      'hls_segments_dropped_total',
      'Segments that went early because those of a stream were too heavy (limits.hlsBytes)',
    ),
    joinSeconds: histogram('join_seconds', 'Time from a play request to its first media byte', SECONDS_TO_JOIN, [
      'protocol',
    ]),
    renditions: gauge('renditions', 'Renditions of live streams by template and state', ['template', 'state']),
    ladders: gauge('ladders', 'Streams that are transcoded, by what encodes them', ['encoder']),
    ladderSpeed: gauge('ladder_speed', 'Speed of the slowest FFmpeg; 1 is as fast as its source'),
    ladderLag: gauge('ladder_lag_seconds', 'How far the slowest rendition is behind its source'),
    ladderEvents: counter('ladder_events_total', 'What happened to transcoding ladders', ['event', 'template']),
    clusterNodes: gauge('cluster_nodes', 'Nodes of the cluster that were seen within the last 20 s, this one counted'),
    copies: gauge('copies', 'Streams of other nodes that are copied here, by state', ['state']),
    copiesSent: gauge('copies_sent', 'Copies of streams of this node that are sent to others'),
    copyBytes: counter('copy_bytes_total', 'Bytes of copies between nodes, by direction', ['direction']),
    copyLag: gauge('copy_lag_seconds', 'How far the copy that is furthest behind is behind its publisher'),
    copyEvents: counter('copy_events_total', 'What happened to copies of streams', ['event']),
    pulls: gauge('pulls', 'Streams that are fetched from other servers, by state', ['state']),
    transfers: gauge('transfers', 'Streams that are pushed on to other servers, by state', ['state']),
    transferredBytes: counter('transferred_bytes_total', 'Media bytes pushed on to other servers'),
    relayEvents: counter('relay_events_total', 'What happened to pulls and transfers', ['event']),
    sources: gauge('streams_on_air', 'Streams by the source that is on air', ['source']),
    sourceSwitches: counter('source_switches_total', 'Changes of the source on air', ['to', 'reason']),
    callbacks: counter('callbacks_total', 'Callback deliveries by form and outcome', ['form', 'outcome']),
    sinkEvents: counter('event_sink_events_total', 'Events appended to a sink', ['sink']),
    sinkFailures: counter('event_sink_failures_total', 'Tries to append to a sink that failed', ['sink']),
    sinkWaiting: gauge('event_sink_waiting_events', 'Events that are not in the sink yet', ['sink']),
    sinkLag: gauge('event_sink_lag_seconds', 'How long the oldest of them waits; 0 when none does', ['sink']),
    limitUsed: gauge('limit_used', 'What is used of a limit of the rules', ['domain', 'app', 'what']),
    limit: gauge('limit', 'Limits of the rules, where there are some', ['domain', 'app', 'what']),
    callbackQueue: gauge('callback_queue', 'Callback deliveries that wait'),
    callbackDead: gauge('callback_dead_letters', 'Callback deliveries that were given up'),
    sessionRecords: counter('session_records_total', "Records of viewers' sessions by outcome", ['outcome']),
    uploads: counter('uploads_total', 'Uploads by storage and outcome', ['storage', 'outcome']),
    uploadQueue: gauge('upload_queue', 'Uploads that wait on the disk of this node'),
    uploadOldest: gauge('upload_oldest_seconds', 'How long the oldest upload waits; 0 when none does'),
    uploadDead: gauge('upload_dead', 'Uploads that were given up'),
    storageUp: gauge('storage_up', 'Whether the last upload into a storage went well', ['storage']),
    archiveUp: gauge('archive_up', 'Whether the archive can be written'),
    archiveBytes: counter('archive_written_bytes_total', 'Media written into the archive'),
    archiveDisk: gauge('archive_disk_bytes', 'Media of the archive on the disk of this node'),
    previewsDisk: gauge('previews_disk_bytes', 'Small pictures for scrubbing on the disk of this node'),
    archiveLost: counter('archive_segments_lost_total', 'Segments that the archive could not keep'),
    jobSteps: gauge('job_steps', 'Steps of jobs that wait or run, on all nodes of the database', ['pipeline', 'state']),
    jobOldest: gauge('job_oldest_seconds', 'How long the oldest step that could run waits; 0 when none does', [
      'pipeline',
    ]),
    jobsFailed: gauge('jobs_failed', 'Jobs that failed and are kept to be tried again', ['pipeline']),
    assets: gauge('assets', 'Assets of the library by status, on all nodes of the database', ['status']),
    assetBytes: gauge('asset_bytes', 'Bytes that the files of assets have, by the status of the asset', ['status']),
    jobSlots: gauge('job_slots', 'Steps that this process can work at the same time'),
    jobSlotsBusy: gauge('job_slots_busy', 'Steps that this process works'),
    jobWorkers: gauge('job_workers', 'Processes that work steps, on all nodes of the database'),
    jobWaitSeconds: histogram(
      'job_wait_seconds',
      'Time from when a step could run until a worker took it',
      SECONDS_OF_WORK,
      ['pipeline'],
    ),
    jobStepSeconds: histogram('job_step_seconds', 'Time that a step took', SECONDS_OF_WORK, ['action', 'outcome']),
    jobSeconds: histogram('job_seconds', 'Time from the submission of a job to its end', SECONDS_OF_WORK, ['kind']),
    jobs: counter('jobs_total', 'Jobs that ended, by outcome', ['kind', 'template', 'outcome']),
    moderation: counter('moderation_total', 'Pictures shown to moderation hooks by outcome', ['outcome']),
    contentFindings: gauge('content_findings', 'Publishes that are black, frozen or silent', ['finding']),
    snapshots: counter('snapshots_total', 'Pictures of streams by outcome', ['outcome']),
    usageLost: counter(
      'usage_minutes_lost_total',
      'Minutes of usage given up because too much waited for the database',
    ),
    eventLoopDelay: gauge('event_loop_delay_seconds', 'Event-loop delay, 99th percentile of about the last 10 s'),
    loadLevel: gauge('load_level', 'What is done without because of the load: 0 nothing, 6 all but who is there'),
    load: gauge('load', 'What is used now, in percent; of the event loop in ms, of the disk the free bytes', [
      'resource',
    ]),
    rtmpEnded: counter('rtmp_connections_ended_total', 'RTMP connections by how they ended', ['reason']),
    playbackRefused: counter(
      'playback_connections_refused_total',
      'Playback connections closed by the server, by reason',
      ['reason'],
    ),
    workerUp: gauge('playback_worker_up', 'Whether a playback worker takes viewers', ['worker']),
    workerRestarts: gauge('playback_worker_restarts', 'How often a playback worker was replaced', ['worker']),
    workerConnections: gauge('playback_worker_connections', 'Connections that a playback worker holds', ['worker']),
    workerViewers: gauge('playback_worker_viewers', 'Viewers of FLV that a playback worker serves', ['worker']),
    workerCopies: gauge('playback_worker_copies', 'Streams that a playback worker has copies of', ['worker']),
    workerMemory: gauge('playback_worker_resident_bytes', 'Memory of a playback worker', ['worker']),
    workerCpu: gauge('playback_worker_cpu_seconds', 'Processor time of a playback worker since its start', ['worker']),
    workerDelay: gauge(
      'playback_worker_event_loop_delay_seconds',
      'Event-loop delay of a playback worker, 99th percentile of the last second',
      ['worker'],
    ),
    certificateExpiry: gauge('certificate_expiry_seconds', 'When a certificate expires, in Unix seconds', ['file']),
    certificatesRefused: counter('certificates_refused_total', 'New certificates that could not take their place'),
    playerStartup: histogram('player_startup_seconds', 'Start-up time as players report it', SECONDS_TO_JOIN, [
      'protocol',
    ]),
    playerRebuffer: histogram('player_rebuffer_ratio', 'Stalled share of watch time as players report it', RATIOS, [
      'protocol',
    ]),
    playerLatency: histogram(
      'player_latency_seconds',
      'Latency as players report it',
      [0.5, 1, 1.5, 2, 3, 5, 10, 30],
      ['protocol'],
    ),
    playerRung: histogram('player_rung_pixels', 'Height of the picture as players report it every 10 s', RUNG_HEIGHTS, [
      'protocol',
    ]),
    playerErrors: counter('player_errors_total', 'Errors as players report them', ['protocol']),
    rulesRefused: counter('rules_refused_total', 'Rules documents that were refused', ['source']),
    weakSettings: gauge('weak_settings', 'Settings that are less safe than they could be: 1 for each code', ['code']),
    alarms: gauge('alarms', 'Alarms of this node that are open', ['code', 'severity']),
    alarmNotices: counter('alarm_notices_total', 'Alarms told to channels, by outcome', ['outcome']),
    databaseUp: gauge('database_up', 'Whether the database can be reached'),
    journalUp: gauge('journal_up', 'Whether events can be written to the data directory'),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
