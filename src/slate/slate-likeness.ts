import type { TrackSet } from '../live/index.ts';

/** What a slate is encoded as, so that players take it for the stream that they have. */
export type SlateLikeness = {
  readonly video?: {
    readonly codec: 'h264' | 'h265';
    /** In FFmpeg's words; left out where any will do. */
    readonly profile?: string;
    readonly level?: string;
    readonly width: number;
    readonly height: number;
    readonly fps: number;
  };
  readonly audio?: { readonly sampleRate: number; readonly channels: number };
};

const USUAL_FPS = 25;
const MOST_FPS = 60;
/** FFmpeg's names by `profile_idc` of H.264. */
const PROFILES: Readonly<Record<string, string>> = { '42': 'baseline', '4d': 'main', '64': 'high' };

/** Like the stream's tracks; a sentence for the operator where no slate can be. */
export function likenessOf({ video, audio }: TrackSet): SlateLikeness | { readonly reason: string } {
  if (!video && !audio) return { reason: 'nothing is known of the stream yet' };
  if (video && video.codec !== 'h264' && video.codec !== 'h265') return unlike('pictures', video.codec);
  if (audio && audio.codec !== 'aac') return unlike('sound', audio.codec);
  return {
    ...(video ? { video: videoLike(video) } : {}),
    ...(audio ? { audio: { sampleRate: audio.sampleRate, channels: audio.channels } } : {}),
  };
}

function unlike(what: string, codec: string) {
  return { reason: `slates are made for H.264, HEVC and AAC; the stream's ${what} are ${codec}` };
}

function videoLike({ codec, codecString, width, height, frameRate }: NonNullable<TrackSet['video']>) {
  const fps = Math.min(MOST_FPS, Math.round((frameRate ?? USUAL_FPS) * 100) / 100);
  if (codec !== 'h264') return { codec: 'h265' as const, width, height, fps };
  const [, profileIdc = '', levelIdc = ''] = /^avc1\.(..)..(..)$/.exec(codecString.toLowerCase()) ?? [];
  const profile = PROFILES[profileIdc];
  const level = Number.parseInt(levelIdc, 16) / 10;
  return {
    ...{ codec: 'h264' as const, width, height, fps },
    ...(profile ? { profile } : {}),
    ...(level >= 1 ? { level: level.toFixed(1) } : {}),
  };
}
