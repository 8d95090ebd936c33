import type { VideoCodec } from '../ffmpeg/index.ts';
import type { AudioTrack, TrackSet, VideoTrack } from '../live/index.ts';
import type { TemplateRule } from '../rules/index.ts';
import type { PreparedWatermark, Watermark } from './watermark-files.ts';
import { type PlacedWatermark, placeWatermark } from './watermark-filters.ts';

/** A template with what its watermarks and those of the stream are drawn from. */
export type MarkedTemplate = TemplateRule & { readonly marks?: readonly PreparedWatermark[] };

/** What is known of a source when its renditions are planned. */
export type SourceFacts = {
  readonly tracks: TrackSet;
  /** As measured; undefined while it is not. */
  readonly videoKbps?: number | undefined;
  readonly fps?: number | undefined;
};

export type EncodedVideo = {
  readonly codec: VideoCodec;
  readonly width: number;
  readonly height: number;
  readonly bitrateKbps: number;
  /** Pictures are left out to get there; undefined keeps all. */
  readonly fps?: number;
  /** Pictures a second that the encoder gets, where that is known: it divides the bits by them. */
  readonly encodedFps?: number;
  readonly gopSeconds?: number;
  readonly preset: string;
  readonly marks?: readonly PlacedWatermark[];
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

/** Pictures that an encoder in software keeps back where it may look ahead. */
const LOOK_AHEAD_PICTURES: Readonly<Record<EncodedVideo['codec'], number>> = { h264: 22, h265: 22, av1: 19 };
/** Bits per pixel where a template doesn't say, for H.264 at the presets used here. */
const BITS_PER_PIXEL = 0.09;
const USUAL_FPS = 30;
/** H.264 needs about this many times the bits of the codec to look the same. */
const H264_NEEDS: Readonly<Record<VideoTrack['codec'], number>> = { h264: 1, h265: 1.6, vp9: 1.5, av1: 2 };
/** An odd side is rounded down, or the picture would be larger than the source's. */
const JUST_BELOW = 1e-6;
/** What is not more than this faster is as fast. */
const FPS_TOLERANCE = 0.5;
/** What is measured of a source that keeps to the rate it declares is as close to it. */
const DECLARED_TOLERANCE = 0.1;

/** Resolves a template against its source: nothing is made larger, faster or heavier than the source is. */
export function planRung(template: MarkedTemplate, source: SourceFacts): Planned {
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

function planVideo({ video, marks = [] }: MarkedTemplate, track: VideoTrack, source: SourceFacts): RungPlan['video'] {
  if (video === 'none') return undefined;
  if (video.codec === 'copy') return 'copy';
  const { width, height } = scaledSize(track, video.shortSide);
  const sourceFps = rateOf(track, source.fps);
  const wantedFps = fewerFps(video, sourceFps);
  const isSlower = wantedFps !== undefined && (!sourceFps || wantedFps < sourceFps - FPS_TOLERANCE);
  const fps = Math.min(isSlower ? wantedFps : USUAL_FPS, sourceFps || USUAL_FPS);
  const encodedFps = isSlower ? wantedFps : sourceFps;
  const wanted = video.bitrateKbps ?? Math.ceil((width * height * fps * BITS_PER_PIXEL) / 1000);
  return {
    codec: video.codec,
    width,
    height,
    bitrateKbps: heldBack(wanted, video.bitratePercent, track, source.videoKbps),
    ...(isSlower ? { fps: wantedFps } : {}),
    ...(encodedFps ? { encodedFps } : {}),
    ...(video.gopSeconds === undefined ? {} : { gopSeconds: video.gopSeconds }),
    preset: video.preset,
    ...(marks.length > 0
      ? { marks: marks.filter(isDrawable).map((mark) => placeWatermark(mark, { width, height })) }
      : {}),
  };
}

/** As declared where that is what comes, else as measured. */
function rateOf({ frameRate: declared }: VideoTrack, measured: number | undefined): number | undefined {
  if (!measured || !declared) return measured || declared;
  return Math.abs(measured - declared) <= declared * DECLARED_TOLERANCE ? declared : measured;
}

/** Pictures a second, of a source whose own may be unknown. */
function fewerFps(
  { fps, fpsPercent }: Pick<Exclude<TemplateRule['video'], 'none'>, 'fps' | 'fpsPercent'>,
  sourceFps: number | undefined,
): number | undefined {
  if (fpsPercent === undefined) return fps;
  const part = Math.max(1, Math.round((sourceFps || USUAL_FPS) * fpsPercent) / 100);
  return Math.min(fps ?? part, part);
}

/** What can't be drawn is left out; the rendition plays without it. */
function isDrawable(mark: PreparedWatermark): mark is Watermark {
  return 'file' in mark;
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

/** What looking ahead adds to the delay at this many pictures a second; undefined where no picture is encoded. */
export function lookAheadMsOf({ video, latency }: TemplateRule, fps: number | undefined): number | undefined {
  if (video === 'none' || video.codec === 'copy') return undefined;
  return latency === 'low'
    ? 0
    : Math.round((LOOK_AHEAD_PICTURES[video.codec] * 1000) / (fps || video.fps || USUAL_FPS));
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
