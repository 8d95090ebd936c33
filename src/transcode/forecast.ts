import { type Encoders, encoderFor } from '../ffmpeg/index.ts';
import type { StreamId, TrackSet } from '../live/index.ts';
import { isEncoded } from './ffmpeg-arguments.ts';
import type { Rung } from './rung.ts';
import { type EncodedVideo, planRung, type RungPlan, type SourceFacts } from './rung-plan.ts';

/** What a rendition is or will be like: as planned, and what it really has where it runs. */
export type RenditionForecast = {
  readonly template: string;
  readonly id: StreamId;
  /** It can be had now: it runs, or would if somebody asked. */
  readonly isAvailable: boolean;
  /** RFC 6381; of what is to be encoded a guess. */
  readonly codecs: readonly string[];
  readonly resolution?: { readonly width: number; readonly height: number };
  readonly frameRate?: number;
  /** Bits per second. */
  readonly peakBitrate: number;
  readonly averageBitrate: number;
};

/** Of a container, beside what it carries. */
const OVERHEAD = 1.03;
/** With a second's worth of bits to lend, a segment may be this much heavier than the average. */
const PEAK = 1.25;
const USUAL_AUDIO_KBPS = 128;
const USUAL_VIDEO_KBPS = 2500;

/** Foretells a rung; undefined for one that can't be made of this source. */
export function forecastOf(
  rung: Rung,
  facts: SourceFacts,
  { hasFfmpeg, encoders }: { readonly hasFfmpeg: boolean; readonly encoders: Encoders },
): RenditionForecast | undefined {
  const { rendition, template, state } = rung;
  if (!rendition) return undefined;
  const planned = rung.plan ? { plan: rung.plan } : planRung(template, facts);
  if ('reason' in planned || !canMake(planned.plan, hasFfmpeg, encoders)) return undefined;
  const { plan } = planned;
  const tracks = rendition.stream?.tracks ?? {};
  const videoKbps = kbpsOf(plan.video, facts.videoKbps ?? USUAL_VIDEO_KBPS);
  const audioKbps = kbpsOf(plan.audio, USUAL_AUDIO_KBPS);
  return {
    template: template.name,
    id: rendition.id,
    isAvailable: state !== 'shed' && state !== 'failed',
    codecs: codecsOf(plan, tracks, facts.tracks),
    ...pictureOf(plan.video, tracks, facts),
    peakBitrate: Math.round((videoKbps * PEAK + audioKbps) * OVERHEAD * 1000),
    averageBitrate: Math.round((videoKbps + audioKbps) * OVERHEAD * 1000),
  };
}

function canMake({ video, audio }: RungPlan, hasFfmpeg: boolean, encoders: Encoders): boolean {
  if (!isEncoded(video)) return hasFfmpeg || !isEncoded(audio);
  return hasFfmpeg && encoderFor(video.codec, encoders) !== undefined;
}

function kbpsOf(part: { readonly bitrateKbps: number } | 'copy' | undefined, ofSource: number): number {
  if (part === undefined) return 0;
  return part === 'copy' ? ofSource : part.bitrateKbps;
}

function pictureOf(
  video: RungPlan['video'],
  { video: track }: TrackSet,
  { tracks, fps }: SourceFacts,
): Pick<RenditionForecast, 'resolution' | 'frameRate'> {
  if (!video) return {};
  const { width, height } = track ?? (video === 'copy' ? tracks.video : video) ?? {};
  const frameRate = (video === 'copy' ? undefined : video.fps) ?? tracks.video?.frameRate ?? fps;
  return { ...(width && height ? { resolution: { width, height } } : {}), ...(frameRate ? { frameRate } : {}) };
}

function codecsOf({ video, audio }: RungPlan, tracks: TrackSet, source: TrackSet): string[] {
  const ofVideo = video && (tracks.video ?? (video === 'copy' ? source.video : undefined));
  const ofAudio = audio && (tracks.audio ?? (audio === 'copy' ? source.audio : undefined));
  const names = [
    ofVideo?.codecString ?? (isEncoded(video) ? guessedCodec(video) : undefined),
    ofAudio?.codecString ?? (isEncoded(audio) ? 'mp4a.40.2' : undefined),
  ];
  return names.filter((name) => name !== undefined);
}

/** Largest pictures in pixels of levels 3.0, 3.1, 4.0, 5.0 and 5.1, at 30 or more a second: H.264, table A-1. */
const LEVELS: readonly (readonly [pixels: number, h264: string, h265: number, av1: string])[] = [
  [414_720, '1e', 90, '04'],
  [921_600, '1f', 93, '05'],
  [2_097_152, '28', 120, '08'],
  [5_652_480, '32', 150, '12'],
  [Number.POSITIVE_INFINITY, '33', 153, '13'],
];

/** What the encoder's output will most likely be called. */
function guessedCodec({ codec, width, height, preset }: EncodedVideo): string {
  const [, h264 = '33', h265 = 153, av1 = '13'] = LEVELS.find(([pixels]) => width * height <= pixels) ?? [];
  if (codec === 'h265') return `hvc1.1.6.L${h265}.90`;
  if (codec === 'av1') return `av01.0.${av1}M.08`;
  return `avc1.${preset === 'ultrafast' ? '42c0' : '6400'}${h264}`;
}
