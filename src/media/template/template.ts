/** What a file is made of. */
export type Container =
  | 'mp4'
  | 'm3u8'
  | 'mpd'
  | 'flv'
  | 'ts'
  | 'avi'
  | 'mov'
  | 'mkv'
  | 'webm'
  | 'gif'
  | 'webp'
  | 'mp3'
  | 'm4a'
  | 'ogg'
  | 'flac'
  | 'wav';

export type VideoCodecName = 'h264' | 'h265' | 'av1' | 'vp9' | 'gif' | 'webp';

export type AudioCodecName = 'aac' | 'mp3' | 'opus' | 'vorbis' | 'flac' | 'pcm';

export type Box = { readonly width: number; readonly height: number; readonly x: number; readonly y: number };

export type VideoTemplate = {
  readonly codec?: VideoCodecName;
  readonly profile?: string;
  readonly bitrateKbps?: number;
  readonly minKbps?: number;
  readonly maxKbps?: number;
  readonly bufferKbit?: number;
  /** Wins over the bitrate. */
  readonly crf?: number;
  readonly width?: number;
  readonly height?: number;
  /** Width is the longer side, height the shorter. */
  readonly isLongShort?: boolean;
  readonly fps?: number;
  readonly maxFps?: number;
  readonly gopSeconds?: number;
  readonly gopFrames?: number;
  readonly preset?: string;
  readonly scan?: 'progressive' | 'interlaced';
  readonly pixelFormat?: string;
  readonly crop?: Box | 'border';
  readonly pad?: Box;
  readonly toSdr?: boolean;
  /** Strength of noise reduction, 1 to 10. */
  readonly degrain?: number;
  readonly isRemoved?: boolean;
};

export type Loudness =
  | { readonly method: 'target'; readonly integrated: number; readonly range: number; readonly truePeak: number }
  | { readonly method: 'peak'; readonly peak: number };

export type AudioTemplate = {
  readonly codec?: AudioCodecName;
  readonly profile?: 'aac_low';
  readonly sampleRate?: number;
  readonly bitrateKbps?: number;
  readonly channels?: number;
  /** Of MP3 and Vorbis: FFmpeg's scale of quality. */
  readonly quality?: number;
  readonly loudness?: Loudness;
  /** Reduction of noise in dB. */
  readonly noiseReductionDb?: number;
  readonly isRemoved?: boolean;
};

/** How a file is to be made, in our words: plain JSON, made by `parseTemplate`. */
export type TranscodeTemplate = {
  readonly container: Container;
  readonly video: VideoTemplate;
  readonly audio: AudioTemplate;
  readonly segmentSeconds?: number;
  readonly segmentType?: 'ts' | 'fmp4';
  readonly gif?: {
    readonly loop?: number;
    readonly finalDelay?: number;
    readonly dither?: string;
    readonly hasPalette?: boolean;
  };
  readonly webpLoop?: number;
  readonly mode?: 'onepass' | 'twopass' | 'cbr';
  readonly adjust?: 'rescale' | 'crop' | 'pad' | 'none';
  /** What happens where the source is less than the template asks for. */
  readonly less?: {
    readonly size?: 'keep' | 'fail';
    readonly videoBitrate?: 'keep' | 'fail';
    readonly audioBitrate?: 'keep' | 'fail';
  };
};

/** What a container holds; the first of each is what is taken where a template names none. */
export const HOLDS: Readonly<
  Record<Container, { readonly video: readonly VideoCodecName[]; readonly audio: readonly AudioCodecName[] }>
> = {
  mp4: { video: ['h264', 'h265', 'av1', 'vp9'], audio: ['aac', 'mp3', 'opus', 'flac'] },
  m3u8: { video: ['h264', 'h265', 'av1', 'vp9'], audio: ['aac', 'mp3', 'opus', 'flac'] },
  mpd: { video: ['h264', 'h265', 'av1', 'vp9'], audio: ['aac', 'opus', 'flac'] },
  flv: { video: ['h264'], audio: ['aac', 'mp3'] },
  ts: { video: ['h264', 'h265'], audio: ['aac', 'mp3', 'opus'] },
  avi: { video: ['h264'], audio: ['mp3', 'aac', 'pcm'] },
  mov: { video: ['h264', 'h265'], audio: ['aac', 'mp3', 'pcm'] },
  mkv: { video: ['h264', 'h265', 'av1', 'vp9'], audio: ['aac', 'mp3', 'opus', 'vorbis', 'flac', 'pcm'] },
  webm: { video: ['vp9', 'av1'], audio: ['opus', 'vorbis'] },
  gif: { video: ['gif'], audio: [] },
  webp: { video: ['webp'], audio: [] },
  mp3: { video: [], audio: ['mp3'] },
  m4a: { video: [], audio: ['aac'] },
  ogg: { video: [], audio: ['vorbis', 'opus', 'flac'] },
  flac: { video: [], audio: ['flac'] },
  wav: { video: [], audio: ['pcm'] },
};

/** Of HLS in MPEG-TS. */
export const TS_HOLDS = HOLDS.ts;
export const DEFAULT_SEGMENT_SECONDS = 10;

/** What a template's pictures are encoded in. */
export function videoCodecOf({ container, video }: TranscodeTemplate): VideoCodecName | undefined {
  return video.codec ?? HOLDS[container].video[0];
}

export function audioCodecOf({ container, audio }: TranscodeTemplate): AudioCodecName | undefined {
  return audio.codec ?? HOLDS[container].audio[0];
}
