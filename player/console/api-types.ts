/** `GET /api/v1/streams`: one entry per stream of this node, renditions included. */
export type StreamEntry = {
  readonly domain: string;
  readonly app: string;
  readonly name: string;
  readonly state: StreamState;
  /** ISO 8601; absent while nobody has published. */
  readonly startedAt?: string;
  readonly publisher?: { readonly address: string; readonly encoder: string };
  readonly tracks: readonly TrackEntry[];
  readonly bitrateKbps?: number;
  readonly gopSeconds?: number;
  readonly viewers: ViewerCounts;
  readonly health: { readonly status: HealthStatus; readonly findings: readonly Finding[] };
  readonly urls: Readonly<Record<'flv' | 'hls' | 'rtmp' | 'page', string | undefined>>;
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
