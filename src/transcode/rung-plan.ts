import type { AudioTrack, TrackSet, VideoTrack } from '../live/index.ts';
import type { TemplateRule } from '../rules/index.ts';

/** What is known of a source when its renditions are planned. */
export type SourceFacts = {
  readonly tracks: TrackSet;
  /** As measured; undefined while it is not. */
  readonly videoKbps?: number | undefined;
  readonly fps?: number | undefined;
};

export type EncodedVideo = {
  readonly codec: 'h264' | 'h265' | 'av1';
  readonly width: number;
  readonly height: number;
  readonly bitrateKbps: number;
  /** Pictures are left out to get there; undefined keeps all. */
  readonly fps?: number;
  readonly gopSeconds?: number;
  readonly preset: string;
};

export type EncodedAudio = { readonly bitrateKbps: number; readonly sampleRate?: number; readonly channels?: number };

/** How one rendition is made of its source: what is encoded anew, and what passes through. */
export type RungPlan = {
  readonly name: string;
  readonly video: EncodedVideo | 'copy' | undefined;
  readonly audio: EncodedAudio | 'copy' | undefined;
  readonly latency: 'low' | 'quality';
};

export type Planned = { readonly plan: RungPlan } | { readonly reason: string };

/** Bits per pixel where a template doesn't say, for H.264 at the presets used here. */
const BITS_PER_PIXEL = 0.09;
const USUAL_FPS = 30;
/** H.264 needs about this many times the bits of the codec to look the same. */
const H264_NEEDS: Readonly<Record<VideoTrack['codec'], number>> = { h264: 1, h265: 1.6, vp9: 1.5, av1: 2 };
/** An odd side is rounded down, or the picture would be larger than the source's. */
const JUST_BELOW = 1e-6;
/** What is not more than this faster is as fast. */
const FPS_TOLERANCE = 0.5;

/** Resolves a template against its source: nothing is made larger, faster or heavier than the source is. */
export function planRung(template: TemplateRule, source: SourceFacts): Planned {
  const { video, audio } = source.tracks;
  const plan: RungPlan = {
    name: template.name,
    video: video && planVideo(template, video, source),
    audio: audio && planAudio(template.audio, audio),
    latency: template.latency,
  };
  if (plan.video || plan.audio) return { plan };
  return { reason: template.video === 'none' ? 'the source has no sound' : 'the source has no pictures' };
}

function planVideo({ video }: TemplateRule, track: VideoTrack, source: SourceFacts): RungPlan['video'] {
  if (video === 'none') return undefined;
  if (video.codec === 'copy') return 'copy';
  const { width, height } = scaledSize(track, video.shortSide);
  const sourceFps = source.fps ?? track.frameRate;
  const isSlower = video.fps !== undefined && (!sourceFps || video.fps < sourceFps - FPS_TOLERANCE);
  const fps = Math.min(isSlower && video.fps !== undefined ? video.fps : USUAL_FPS, sourceFps || USUAL_FPS);
  const wanted = video.bitrateKbps ?? Math.ceil((width * height * fps * BITS_PER_PIXEL) / 1000);
  return {
    codec: video.codec,
    width,
    height,
    bitrateKbps: heldBack(wanted, video.bitratePercent, track, source.videoKbps),
    ...(isSlower && video.fps !== undefined ? { fps: video.fps } : {}),
    ...(video.gopSeconds === undefined ? {} : { gopSeconds: video.gopSeconds }),
    preset: video.preset,
  };
}

/** Bits that the source does not have would be spent on nothing. */
function heldBack(
  wanted: number,
  percent: number | undefined,
  track: VideoTrack,
  measuredKbps: number | undefined,
): number {
  if (!measuredKbps) return wanted;
  const sourceKbps = measuredKbps * H264_NEEDS[track.codec];
  const most = percent === undefined ? sourceKbps : (measuredKbps * percent) / 100;
  return Math.max(32, Math.round(Math.min(wanted, most)));
}

/** Both sides even, in the source's proportions, whichever way it is turned. */
export function scaledSize(
  { width, height }: { readonly width: number; readonly height: number },
  shortSide: number | undefined,
): { readonly width: number; readonly height: number } {
  const sourceShort = Math.min(width, height);
  const scale = Math.min(1, (shortSide ?? sourceShort) / sourceShort);
  const even = (side: number) => Math.max(2, 2 * Math.round((side * scale) / 2 - JUST_BELOW));
  return { width: even(width), height: even(height) };
}

function planAudio(audio: TemplateRule['audio'], track: AudioTrack): RungPlan['audio'] {
  if (audio.codec === 'none') return undefined;
  if (audio.codec === 'copy') return 'copy';
  const channels = Math.min(audio.channels ?? 2, track.channels);
  return {
    bitrateKbps: audio.bitrateKbps,
    ...(audio.sampleRate === undefined ? {} : { sampleRate: audio.sampleRate }),
    ...(channels === track.channels ? {} : { channels }),
  };
}
