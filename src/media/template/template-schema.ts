import { z } from 'zod';
import { DITHERS } from './parse-template.ts';
import { LONGEST_SIDE, PIXEL_FORMATS, PROFILES, SPEEDS } from './parse-video.ts';
import { HOLDS, type TranscodeTemplate } from './template.ts';

const number = (min: number, max: number) => z.number().min(min).max(max).exactOptional();
const whole = (min: number, max: number) => z.int().min(min).max(max).exactOptional();
const flag = z.boolean().exactOptional();
const containers = Object.keys(HOLDS) as (keyof typeof HOLDS)[];
const keepOrFail = z.enum(['keep', 'fail']).exactOptional();
const side = z.int().min(0).max(LONGEST_SIDE);
const box = z.strictObject({ width: side, height: side, x: side, y: side });

const video = z.strictObject({
  codec: z.enum(['h264', 'h265', 'av1', 'vp9', 'gif', 'webp']).exactOptional(),
  profile: z.enum(PROFILES).exactOptional(),
  ...{ bitrateKbps: number(1, 200_000), minKbps: number(1, 200_000), maxKbps: number(1, 200_000) },
  ...{ bufferKbit: number(1, 500_000), crf: number(0, 63) },
  ...{ width: whole(1, LONGEST_SIDE), height: whole(1, LONGEST_SIDE), isLongShort: flag },
  ...{ fps: number(0.001, 1000), maxFps: number(0.001, 1000) },
  ...{ gopSeconds: number(0.001, 100_000), gopFrames: whole(1, 100_000) },
  preset: z.enum(SPEEDS).exactOptional(),
  scan: z.enum(['progressive', 'interlaced']).exactOptional(),
  pixelFormat: z.enum(PIXEL_FORMATS).exactOptional(),
  crop: z.union([box, z.literal('border')]).exactOptional(),
  pad: box.exactOptional(),
  ...{ toSdr: flag, degrain: number(0, 10), isRemoved: flag },
});

const decibels = z.number().min(-100).max(100);
const audio = z.strictObject({
  codec: z.enum(['aac', 'mp3', 'opus', 'vorbis', 'flac', 'pcm']).exactOptional(),
  profile: z.literal('aac_low').exactOptional(),
  ...{ sampleRate: whole(1000, 192_000), bitrateKbps: number(1, 10_000), channels: whole(1, 8) },
  quality: number(0, 10),
  loudness: z
    .union([
      z.strictObject({ method: z.literal('target'), integrated: decibels, range: decibels, truePeak: decibels }),
      z.strictObject({ method: z.literal('peak'), peak: decibels }),
    ])
    .exactOptional(),
  ...{ noiseReductionDb: number(0, 100), isRemoved: flag },
});

/** A template as `parseTemplate` makes it, where it comes back from where anybody could have written it. */
export const templateSchema = z.strictObject({
  container: z.enum(containers),
  ...{ video, audio },
  segmentSeconds: number(0.1, 1000),
  segmentType: z.enum(['ts', 'fmp4']).exactOptional(),
  gif: z
    .strictObject({
      ...{ loop: whole(-1, 65_535), finalDelay: whole(-1, 65_535) },
      ...{ dither: z.enum(DITHERS).exactOptional(), hasPalette: flag },
    })
    .exactOptional(),
  webpLoop: whole(0, 65_535),
  mode: z.enum(['onepass', 'twopass', 'cbr']).exactOptional(),
  adjust: z.enum(['rescale', 'crop', 'pad', 'none']).exactOptional(),
  less: z.strictObject({ size: keepOrFail, videoBitrate: keepOrFail, audioBitrate: keepOrFail }).exactOptional(),
}) satisfies z.ZodType<TranscodeTemplate>;
