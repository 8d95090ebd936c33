/** `GET /api/v1/streams`: one entry per stream of all nodes. */
export type StreamEntry = {
  readonly domain: string;
  readonly app: string;
  readonly name: string;
  /** To which it is pushed, where there are several. */
  readonly node?: string;
  readonly state: StreamState;
  readonly isRecording: boolean;
  /** ISO 8601; absent while nobody has published. */
  readonly startedAt?: string;
  readonly publisher?: { readonly address: string; readonly encoder: string };
  readonly tracks: readonly TrackEntry[];
  readonly bitrateKbps?: number;
  readonly gopSeconds?: number;
  readonly viewers: ViewerCounts;
  readonly health: { readonly status: HealthStatus; readonly findings: readonly Finding[] };
  readonly urls: PlayUrls;
  /** What the moderation hook last objected to. */
  readonly moderation?: { readonly action: string; readonly reason: string; readonly at: string };
  readonly transcoding?: Transcoding;
  /** Where there is more than the main source, or a slate. */
  readonly sources?: StreamSources;
};

export type PlayUrls = Readonly<Record<'flv' | 'hls' | 'rtmp' | 'page', string | undefined>>;

/** What feeds a stream, and which of it viewers see. */
export type StreamSources = {
  readonly onAir?: SourceName;
  readonly choice: string;
  readonly sources: readonly SourceEntry[];
};

export type SourceName = 'main' | 'backup' | 'slate';

export type SourceEntry = {
  readonly source: SourceName;
  readonly state: string;
  readonly address: string;
  readonly encoder: string;
  readonly codecs: string;
  readonly width?: number;
  readonly height?: number;
  readonly bitrateKbps: number;
  readonly fps: number;
  readonly silentSeconds: number;
};

/** The ladder of a stream, as its rules want it. */
export type Transcoding = {
  readonly encoder: string;
  readonly fallbackReason?: string;
  readonly lastFailure?: string;
  readonly restarts: number;
  /** 1 is as fast as the source. */
  readonly speed?: number;
  readonly renditions: readonly RenditionEntry[];
};

export type RenditionEntry = {
  readonly template: string;
  readonly state: string;
  readonly reason?: string;
  readonly width?: number;
  readonly height?: number;
  readonly bitrateKbps?: number;
  readonly viewers: ViewerCounts;
};

export type StreamState = 'publishing' | 'waiting' | 'ended';
export type HealthStatus = 'good' | 'warn' | 'bad';
export type ViewerCounts = Readonly<Record<'flv' | 'wsFlv' | 'rtmp' | 'hls', number>>;

/** Video and audio fields beside each other: a track has those of its kind. */
export type TrackEntry = {
  readonly kind: string;
  readonly codec: string;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly bitrateKbps?: number;
};

/** Something an operator should know, and what to do about it. */
export type Finding = { readonly code: string; readonly sentence: string; readonly remedy?: string };

/** `GET /api/v1/setup`: what to paste into an encoder. */
export type Setup = {
  readonly obs: { readonly server: string; readonly streamKey: string };
  readonly exampleFfmpeg?: string;
  readonly playerUrl?: string;
};

/** `GET /api/v1/health`: how this node is. */
export type NodeHealth = {
  readonly status: string;
  readonly version: string;
  readonly uptimeSeconds?: number;
  readonly database: { readonly state: string; readonly reason?: string; readonly remedy?: string };
  readonly ffmpeg: { readonly isFound: boolean; readonly version?: string };
  readonly posture: readonly Finding[];
};

/** `GET /api/v1/traffic`: what passes through this node. */
export type Traffic = {
  readonly atMs: number;
  readonly streams: number;
  readonly viewers: ViewerCounts;
  /** Media bytes since the start. */
  readonly ingestBytes: number;
  readonly egressBytes: number;
};

/** `GET /api/v1/events`: something that happened to a stream. */
export type EventEntry = {
  readonly position: number;
  readonly kind: string;
  readonly atMs: number;
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly data: Readonly<Record<string, unknown>>;
};

/** `GET /api/v1/recordings`: a page of them, the newest first. */
export type RecordingPage = {
  readonly recordings: readonly RecordingEntry[];
  /** For the page after this one; absent on the last. */
  readonly nextCursor?: string;
};

export type RecordingFormat = 'mp4' | 'flv' | 'm3u8' | 'cmaf';

/** One file of a stream, or a playlist with its segments. */
export type RecordingEntry = {
  readonly id: string;
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly format: RecordingFormat;
  /** Where it is kept, and under which name. */
  readonly storage: string;
  readonly object: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly durationSeconds: number;
  readonly sizeBytes?: number;
  readonly missingSegments: number;
  /** That has it, where there are several. */
  readonly node?: string;
  /** On this server. */
  readonly url: string;
};
