import { z } from 'zod';
import type { TemplateInput, TemplateRule } from '../../../../rules/index.ts';
import { flag, integer, invalidParameter, jsonObject, text } from '../../base/index.ts';

const within = (least: number, most: number) => integer.pipe(z.int().min(least).max(most)).optional();
const figure = z.coerce.number().positive();
const upTo = z.object({ UpLimit: figure.optional(), LowerLimit: figure.optional(), Factor: figure.optional() });

export const TEMPLATE_TYPES = ['h264', 'h264-nbhd', 'h265', 'h265-nbhd', 'audio'] as const;

/** What custom templates are made of, as parameters have it. */
export const customFields = z.object({
  TemplateType: z.enum(TEMPLATE_TYPES, { error: `it must be one of ${TEMPLATE_TYPES.join(', ')}` }),
  Width: within(100, 2560),
  Height: within(100, 2560),
  VideoBitrate: within(1, 6000),
  FPS: within(1, 60),
  Gop: text
    .regex(/^\d{1,4}s?$/, { error: 'it must be a number of frames such as 50, or of seconds such as 2s' })
    .optional(),
  Profile: within(1, 3),
  ResWithSource: jsonObject(z.object({ Type: z.string(), Value: figure })).optional(),
  BitrateWithSource: jsonObject(upTo).optional(),
  FpsWithSource: jsonObject(upTo).optional(),
  ExtWithSource: jsonObject(z.record(z.string(), z.unknown())).optional(),
  DeInterlaced: flag.optional(),
  AudioCodec: text.optional(),
  AudioProfile: text.optional(),
  AudioBitrate: within(1, 1000),
  AudioRate: within(22_050, 96_000),
  AudioChannelNum: within(1, 2),
});

export type CustomFields = z.output<typeof customFields>;

type Video = Exclude<NonNullable<TemplateInput['video']>, 'none'>;
type Audio = NonNullable<TemplateInput['audio']>;

const USUAL_FPS = 25;
const RATES = [22_050, 24_000, 44_100, 48_000] as const;

/** The template that is asked for, without its name; what is left out is usual, or as in `before`. */
export function templateFor(given: CustomFields, before?: TemplateRule): Omit<TemplateInput, 'name'> {
  refuseUnknown(given);
  const audio = audioFor(given, before?.audio);
  if (given.TemplateType === 'audio') return { video: 'none', audio };
  const [codec, narrow] = given.TemplateType.split('-');
  const known = before && before.video !== 'none' ? before.video : undefined;
  const video = { ...known, ...defined(videoFor(given)), codec: codec as 'h264' | 'h265' };
  return { video, audio, latency: narrow === undefined ? 'low' : 'quality' };
}

function videoFor(given: CustomFields): Partial<Video> {
  const { BitrateWithSource: bits, FpsWithSource: frames } = given;
  return {
    shortSide: shortSideFor(given),
    bitrateKbps: bits?.UpLimit ?? given.VideoBitrate,
    bitratePercent: percentOf(bits?.Factor),
    fps: frames?.UpLimit ?? given.FPS,
    fpsPercent: percentOf(frames?.Factor),
    gopSeconds: gopSecondsFor(given),
  };
}

/** The picture keeps its shape, so that one side says everything: the shorter, of 16 to 9 where only the width is known. */
function shortSideFor({ Width, Height, ResWithSource }: CustomFields): number | undefined {
  if (ResWithSource) return ResWithSource.Value;
  if (Height !== undefined) return Math.min(Height, Width ?? Height);
  return Width === undefined ? undefined : Math.round((Width * 9) / 16);
}

function percentOf(factor: number | undefined): number | undefined {
  return factor === undefined ? undefined : Math.min(100, Math.round(factor * 100));
}

function gopSecondsFor({ Gop, FPS }: CustomFields): number | undefined {
  if (Gop === undefined) return undefined;
  const count = Number.parseInt(Gop, 10);
  const seconds = Gop.endsWith('s') ? count : count / (FPS ?? USUAL_FPS);
  if (seconds >= 0.5 && seconds <= 20) return seconds;
  throw invalidParameter('Gop', 'it must come to 0.5 to 20 seconds');
}

function audioFor(given: CustomFields, before: TemplateRule['audio'] | undefined): Audio {
  const { AudioBitrate: bitrateKbps, AudioRate, AudioChannelNum } = given;
  const sampleRate = RATES.find((rate) => rate === AudioRate);
  if (sampleRate !== AudioRate) throw invalidParameter('AudioRate', `it must be one of ${RATES.join(', ')}`);
  const asked = defined({ bitrateKbps, sampleRate, channels: AudioChannelNum as 1 | 2 | undefined });
  const isNew = given.AudioCodec !== undefined || Object.keys(asked).length > 0;
  return { ...before, ...asked, ...(isNew ? { codec: 'aac' } : {}) };
}

function refuseUnknown({ AudioCodec, AudioProfile, DeInterlaced, ResWithSource }: CustomFields): void {
  if (AudioCodec !== undefined && AudioCodec.toUpperCase() !== 'AAC')
    throw invalidParameter('AudioCodec', 'renditions here have AAC only');
  if (AudioProfile !== undefined && AudioProfile !== 'aac_low')
    throw invalidParameter('AudioProfile', 'renditions here have aac_low only');
  if (DeInterlaced) throw invalidParameter('DeInterlaced', 'this server does not deinterlace; leave it out');
  if (ResWithSource && ResWithSource.Type !== 'short')
    throw invalidParameter('ResWithSource', 'its Type must be short, as the picture keeps its shape');
}

/** A template as answers have it. */
export function shownTemplate({ video, audio, latency }: TemplateRule) {
  const AudioFields = {
    ...(audio.codec === 'aac' ? { AudioCodec: 'AAC', AudioProfile: 'aac_low', AudioBitrate: audio.bitrateKbps } : {}),
    ...defined({ AudioRate: audio.sampleRate, AudioChannelNum: audio.channels }),
  };
  if (video === 'none') return { TemplateType: 'audio', ...AudioFields };
  const { codec, shortSide, bitrateKbps, bitratePercent, fps, fpsPercent, gopSeconds } = video;
  return {
    TemplateType: latency === 'quality' ? `${codec}-nbhd` : codec,
    ...defined({ Height: shortSide, VideoBitrate: bitrateKbps }),
    ...(fps === undefined ? {} : { FPS: Math.round(fps) }),
    ...(gopSeconds === undefined ? {} : { Gop: `${gopSeconds}s` }),
    ...withSource('BitrateWithSource', bitratePercent, bitrateKbps),
    ...withSource('FpsWithSource', fpsPercent, fps),
    ...AudioFields,
  };
}

function withSource(name: string, percent: number | undefined, UpLimit: number | undefined) {
  return percent === undefined ? {} : { [name]: { ...defined({ UpLimit }), Factor: percent / 100 } };
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
