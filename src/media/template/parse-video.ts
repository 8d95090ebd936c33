import { type Fields, refused } from './fields.ts';
import type { Box, VideoCodecName, VideoTemplate } from './template.ts';

const CODECS: Readonly<Record<string, VideoCodecName>> = {
  ...{ 'H.264': 'h264', H264: 'h264', 'H.265': 'h265', H265: 'h265', HEVC: 'h265' },
  ...{ AV1: 'av1', VP9: 'vp9', GIF: 'gif', WEBP: 'webp' },
};
const same = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, name]));
export const SPEEDS = [
  'ultrafast',
  'superfast',
  'veryfast',
  'faster',
  'fast',
  'medium',
  'slow',
  'slower',
  'veryslow',
] as const;
export const PROFILES = ['baseline', 'main', 'high', 'high10', 'main10'] as const;
export const PIXEL_FORMATS = ['yuv420p', 'yuvj420p', 'yuv422p', 'yuv444p', 'yuv420p10le', 'bgr8'] as const;
export const LONGEST_SIDE = 8192;

/** Reads `Video` of a template. */
export function parseVideo(fields: Fields): VideoTemplate {
  const bounds = fields.part('BitrateBnd');
  const gop = parseGop(fields);
  const values = {
    codec: fields.choice('Codec', CODECS),
    profile: fields.choice('Profile', same(PROFILES)),
    bitrateKbps: fields.number('Bitrate', { min: 10, max: 200_000 }),
    maxKbps: fields.number('Maxrate', { min: 10, max: 200_000 }) ?? bounds?.number('Max', { min: 10, max: 200_000 }),
    minKbps: bounds?.number('Min', { min: 10, max: 200_000 }),
    bufferKbit: fields.number('Bufsize', { min: 100, max: 500_000 }),
    crf: fields.number('Crf', { min: 0, max: 63 }),
    width: fields.whole('Width', 16, LONGEST_SIDE),
    height: fields.whole('Height', 16, LONGEST_SIDE),
    isLongShort: fields.flag('LongShortMode'),
    fps: fields.number('Fps', { min: 0.1, max: 120 }),
    maxFps: fields.number('MaxFps', { min: 0.1, max: 120 }),
    ...gop,
    preset: fields.choice('Preset', same(SPEEDS)),
    scan: fields.choice('ScanMode', { progressive: 'progressive', interlaced: 'interlaced' } as const),
    pixelFormat: fields.choice('PixFmt', same(PIXEL_FORMATS)),
    crop: fields.text('Crop')?.toLowerCase() === 'border' ? ('border' as const) : parseBox(fields, 'Crop'),
    pad: parseBox(fields, 'Pad'),
    toSdr: fields.flag('Hdr2sdr'),
    degrain: fields.number('Degrain', { min: 0, max: 10 }),
    isRemoved: fields.flag('Remove'),
  };
  bounds?.end();
  fields.refuse('NarrowBand', 'is an encoder of ApsaraVideo alone', 'Leave it out; Crf with Maxrate comes near.');
  fields.refuse('Qscale', 'says nothing to the encoders used here', 'Use Crf.');
  fields.refuse('ResoPriority', 'is not known here', 'Use Width, Height and LongShortMode.');
  fields.end();
  if (values.codec !== 'av1' && values.codec !== 'vp9' && (values.crf ?? 0) > 51) {
    throw refused(fields.name('Crf'), 'must be from 0 to 51', 'Only AV1 and VP9 go to 63.');
  }
  return without(values);
}

/** `10s`, or a number of pictures. */
function parseGop(fields: Fields): Pick<VideoTemplate, 'gopSeconds' | 'gopFrames'> {
  const text = fields.text('Gop');
  if (text === undefined) return {};
  const number = Number(text.replace(/s$/i, ''));
  if (!(number > 0 && number <= 100_000)) {
    throw refused(fields.name('Gop'), 'must be a number of pictures or of seconds such as 10s', 'Correct it.');
  }
  return /s$/i.test(text) ? { gopSeconds: number } : { gopFrames: Math.max(1, Math.round(number)) };
}

/** `width:height:left:top`. */
function parseBox(fields: Fields, name: string): Box | undefined {
  const text = fields.text(name);
  if (text === undefined) return undefined;
  const [width = 0, height = 0, x = 0, y = 0, ...more] = text.split(':').map(Number);
  const isRight = more.length === 0 && [width, height, x, y].every((each) => Number.isInteger(each) && each >= 0);
  if (isRight && width >= 2 && height >= 2 && width <= LONGEST_SIDE && height <= LONGEST_SIDE) {
    return { width, height, x, y };
  }
  throw refused(fields.name(name), 'must be width:height:left:top in pixels', 'Write it such as 1280:720:0:140.');
}

/** Leaves out what was not given. */
export function without<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
