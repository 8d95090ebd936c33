import { z } from 'zod';
import { tags } from './schema-basics.ts';
import { watermarkNames } from './watermark-schema.ts';

/** What a rendition is called after: `{stream}_{template}`. */
export const templateName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/, {
  error: 'must begin with a letter or digit and go on with letters, digits and hyphens, 32 at most',
});

const videoTemplate = z.strictObject({
  codec: z
    .enum(['h264', 'h265', 'av1', 'copy'])
    .default('h264')
    .describe("`copy` passes the source's pictures through; only audio is encoded anew, if at all"),
  shortSide: z
    .int()
    .min(64, { error: 'must be at least 64 pixels' })
    .max(4320)
    .optional()
    .describe("The shorter side of the picture in pixels; never more than the source's. Left out: the source's size."),
  bitrateKbps: z
    .int()
    .min(32, { error: 'must be at least 32 kb/s' })
    .max(100_000)
    .optional()
    .describe("Never more than the source's"),
  bitratePercent: z
    .int()
    .min(5)
    .max(100)
    .optional()
    .describe("In percent of the source's bitrate, as it is measured; `bitrateKbps` is the most"),
  fps: z
    .number()
    .min(1)
    .max(120, { error: 'must be at most 120' })
    .optional()
    .describe('Pictures are left out to get there, never added'),
  fpsPercent: z
    .int()
    .min(5)
    .max(100)
    .optional()
    .describe("In percent of the source's pictures a second, as they are measured; `fps` is the most"),
  gopSeconds: z
    .number()
    .min(0.5)
    .max(20)
    .optional()
    .describe('The longest time between key frames. Key frames of the source are key frames here in any case.'),
  preset: z.enum(['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium']).default('veryfast'),
});

const audioTemplate = z.strictObject({
  codec: z
    .enum(['copy', 'aac', 'none'])
    .default('copy')
    .describe("`copy` passes the source's sound through where the rendition can carry it, else makes AAC of it"),
  bitrateKbps: z.int().min(16).max(512).default(64),
  sampleRate: z.union([z.literal(22_050), z.literal(24_000), z.literal(44_100), z.literal(48_000)]).optional(),
  channels: z.union([z.literal(1), z.literal(2)]).optional(),
});

/** How a rendition is made of its source. */
export const template = z
  .strictObject({
    name: templateName,
    tags,
    video: z
      .union([z.literal('none'), videoTemplate])
      .prefault({})
      .describe('`none` makes a rendition of sound alone'),
    audio: audioTemplate.prefault({}),
    latency: z
      .enum(['low', 'quality'])
      .default('low')
      .describe('`quality` lets the encoder look ahead, which adds about a second of delay'),
    watermarks: watermarkNames.describe('Watermarks by name, drawn on this rendition beside those of the stream'),
  })
  .refine(({ video, audio }) => video !== 'none' || audio.codec !== 'none', {
    error: 'has neither video nor audio',
  });
