/** What is known of a media file. Plain JSON. Times in seconds; what the file doesn't say is left out. */
export type MediaInfo = {
  /** FFmpeg's names of the container: `mov,mp4,m4a,3gp,3g2,mj2`. */
  readonly format: string;
  readonly formatLongName: string;
  readonly durationSeconds?: number;
  readonly startSeconds?: number;
  readonly sizeBytes?: number;
  readonly bitsPerSecond?: number;
  readonly programs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly streams: readonly MediaStream[];
};

export type MediaStream = VideoStream | AudioStream | SubtitleStream | OtherStream;

type AnyStream = {
  readonly index: number;
  /** FFmpeg's name: `h264`, `hevc`, `aac`. */
  readonly codec: string;
  readonly codecLongName?: string;
  readonly codecTag?: string;
  readonly profile?: string;
  readonly timeBase?: string;
  readonly startSeconds?: number;
  readonly durationSeconds?: number;
  readonly bitsPerSecond?: number;
  readonly frames?: number;
  readonly language?: string;
  readonly title?: string;
  readonly isDefault: boolean;
};

export type VideoStream = AnyStream & {
  readonly kind: 'video';
  /** As coded. */
  readonly width: number;
  readonly height: number;
  /** As seen: turned as the file says, with square pixels. */
  readonly shownWidth: number;
  readonly shownHeight: number;
  /** Degrees clockwise that a player turns it by: 0, 90, 180 or 270. */
  readonly rotation: number;
  readonly sampleAspect: string;
  readonly displayAspect?: string;
  readonly pixelFormat?: string;
  readonly bitDepth: number;
  readonly level?: number;
  readonly hasBFrames: boolean;
  /** Pictures a second on average. */
  readonly fps?: number;
  /** The slowest rate that has a time for each picture. */
  readonly baseFps?: number;
  readonly isVariableRate: boolean;
  readonly isInterlaced: boolean;
  readonly colour: {
    readonly primaries?: string;
    readonly transfer?: string;
    readonly space?: string;
    readonly range?: string;
  };
  /** `HDR10` (PQ) or `HLG`. */
  readonly hdr?: 'HDR10' | 'HLG';
  /** A cover, not a film. */
  readonly isCover: boolean;
};

export type AudioStream = AnyStream & {
  readonly kind: 'audio';
  readonly sampleRate: number;
  readonly channels: number;
  readonly channelLayout?: string;
  readonly sampleFormat?: string;
};

export type SubtitleStream = AnyStream & { readonly kind: 'subtitle'; readonly isText: boolean };

export type OtherStream = AnyStream & { readonly kind: 'data' | 'attachment' };

/** The video that is played: the first that is no cover. */
export function videoOf({ streams }: MediaInfo): VideoStream | undefined {
  return streams.find((stream): stream is VideoStream => stream.kind === 'video' && !stream.isCover);
}

export function audiosOf({ streams }: MediaInfo): readonly AudioStream[] {
  return streams.filter((stream): stream is AudioStream => stream.kind === 'audio');
}

export function subtitlesOf({ streams }: MediaInfo): readonly SubtitleStream[] {
  return streams.filter((stream): stream is SubtitleStream => stream.kind === 'subtitle');
}
