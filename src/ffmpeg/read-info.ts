import { z } from 'zod';
import type { MediaInfo, MediaStream, VideoStream } from './media-info.ts';

const text = z.string().optional();
const numeric = z.union([z.string(), z.number()]).transform(Number).optional().catch(undefined);

const probedStream = z.object({
  index: z.int(),
  codec_type: z.string().optional(),
  codec_name: text,
  codec_long_name: text,
  codec_tag_string: text,
  profile: z.union([z.string(), z.number()]).transform(String).optional(),
  time_base: text,
  start_time: numeric,
  duration: numeric,
  bit_rate: numeric,
  nb_frames: numeric,
  width: z.int().optional(),
  height: z.int().optional(),
  sample_aspect_ratio: text,
  display_aspect_ratio: text,
  pix_fmt: text,
  level: z.int().optional(),
  has_b_frames: z.int().optional(),
  avg_frame_rate: text,
  r_frame_rate: text,
  field_order: text,
  bits_per_raw_sample: numeric,
  color_primaries: text,
  color_transfer: text,
  color_space: text,
  color_range: text,
  sample_rate: numeric,
  channels: z.int().optional(),
  channel_layout: text,
  sample_fmt: text,
  tags: z.record(z.string(), z.string()).optional(),
  disposition: z.record(z.string(), z.int()).optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
});

const probedMedia = z.object({
  format: z.object({
    format_name: z.string(),
    format_long_name: text,
    nb_programs: z.int().optional(),
    start_time: numeric,
    duration: numeric,
    size: numeric,
    bit_rate: numeric,
    tags: z.record(z.string(), z.string()).optional(),
  }),
  streams: z.array(probedStream).default([]),
});

type Probed = z.output<typeof probedStream>;

const TEXT_SUBTITLES = ['subrip', 'ass', 'ssa', 'webvtt', 'mov_text', 'text', 'ttml'];
const HDR = { smpte2084: 'HDR10', 'arib-std-b67': 'HLG' } as const;
/** Rates that differ by less than this part are one. */
const RATE_TOLERANCE = 0.02;

/** What `ffprobe -of json -show_format -show_streams` says, in our words. Throws where it is something else. */
export function readInfo(json: string): MediaInfo {
  const { format, streams } = probedMedia.parse(JSON.parse(json));
  const { format_name, format_long_name = format_name, nb_programs = 0, tags = {} } = format;
  return {
    format: format_name,
    formatLongName: format_long_name,
    ...known({ durationSeconds: positive(format.duration), startSeconds: finite(format.start_time) }),
    ...known({ sizeBytes: positive(format.size), bitsPerSecond: positive(format.bit_rate) }),
    programs: nb_programs,
    tags,
    streams: streams.map(streamOf),
  };
}

function streamOf(probed: Probed): MediaStream {
  const { codec_type, tags = {} } = probed;
  const common = {
    index: probed.index,
    codec: probed.codec_name ?? 'none',
    isDefault: probed.disposition?.default === 1,
    ...known({ codecLongName: probed.codec_long_name, codecTag: probed.codec_tag_string, profile: probed.profile }),
    ...known({ timeBase: probed.time_base, startSeconds: finite(probed.start_time) }),
    ...known({ durationSeconds: positive(probed.duration), bitsPerSecond: positive(probed.bit_rate) }),
    ...known({ frames: positive(probed.nb_frames), language: tags.language, title: tags.title }),
  };
  switch (codec_type) {
    case 'video':
      return { ...common, ...videoFacts(probed) };
    case 'audio':
      return {
        ...common,
        ...{ kind: 'audio', sampleRate: finite(probed.sample_rate) ?? 0, channels: probed.channels ?? 0 },
        ...known({ channelLayout: probed.channel_layout, sampleFormat: probed.sample_fmt }),
      };
    case 'subtitle':
      return { ...common, kind: 'subtitle', isText: TEXT_SUBTITLES.includes(common.codec) };
    default:
      return { ...common, kind: codec_type === 'attachment' ? 'attachment' : 'data' };
  }
}

type VideoFacts = Omit<VideoStream, 'index' | 'codec' | 'isDefault'>;

function videoFacts(probed: Probed): VideoFacts {
  const { width = 0, height = 0, sample_aspect_ratio = '1:1', field_order = 'progressive', disposition } = probed;
  const rotation = rotationOf(probed);
  const [fps, baseFps] = [rateOf(probed.avg_frame_rate), rateOf(probed.r_frame_rate)];
  const hdr = HDR[probed.color_transfer as keyof typeof HDR];
  return {
    kind: 'video',
    ...{ width, height, rotation, ...shownSize(width, height, sample_aspect_ratio, rotation) },
    sampleAspect: sample_aspect_ratio,
    ...known({ displayAspect: probed.display_aspect_ratio, pixelFormat: probed.pix_fmt, level: probed.level }),
    bitDepth: bitDepthOf(probed),
    hasBFrames: (probed.has_b_frames ?? 0) > 0,
    ...known({ fps, baseFps }),
    isVariableRate: fps !== undefined && baseFps !== undefined && Math.abs(baseFps - fps) > baseFps * RATE_TOLERANCE,
    isInterlaced: ['tt', 'bb', 'tb', 'bt'].includes(field_order),
    colour: known({
      primaries: probed.color_primaries,
      transfer: probed.color_transfer,
      space: probed.color_space,
      range: probed.color_range,
    }),
    ...known({ hdr }),
    isCover: disposition?.attached_pic === 1 || disposition?.timed_thumbnails === 1,
  };
}

/** FFmpeg counts against the clock. */
function rotationOf({ side_data_list = [] }: Probed): number {
  const against = side_data_list.find(({ rotation }) => rotation !== undefined)?.rotation ?? 0;
  return (((Math.round(-against / 90) * 90) % 360) + 360) % 360;
}

function shownSize(width: number, height: number, aspect: string, rotation: number) {
  const [across = 1, down = 1] = aspect.split(':').map(Number);
  const wide = across > 0 && down > 0 ? Math.round((width * across) / down) : width;
  return rotation % 180 === 0 ? { shownWidth: wide, shownHeight: height } : { shownWidth: height, shownHeight: wide };
}

function bitDepthOf({ bits_per_raw_sample, pix_fmt = '' }: Probed): number {
  const named = /p(9|10|12|14|16)(le|be)?$|^p0(10|12|16)/.exec(pix_fmt);
  return bits_per_raw_sample || Number(named?.[1] ?? named?.[3] ?? 8);
}

function rateOf(fraction: string | undefined): number | undefined {
  const [over = 0, under = 0] = (fraction ?? '').split('/').map(Number);
  return over > 0 && under > 0 ? over / under : undefined;
}

const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : undefined);
const positive = (value: number | undefined) => (value !== undefined && value > 0 ? finite(value) : undefined);

/** Leaves out what is undefined. */
function known<T extends object>(values: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
