import { z } from 'zod';
import { recordFormat } from './record-format-schema.ts';
import { days, storageName } from './schema-basics.ts';
import { templateName } from './template-schema.ts';
import { windowOfTime } from './time-window-schema.ts';

const formats = z
  .array(recordFormat)
  .refine((each) => new Set(each.map(({ format }) => format)).size === each.length, { error: 'names a format twice' })
  .refine((each) => new Set(each.map(indexName)).size === each.length, {
    error: 'gives m3u8 and cmaf the same object, and both end in .m3u8; write cmaf to another',
  })
  .default([recordFormat.parse({ format: 'mp4' })]);

/** Of two formats with the same object only those with the same extension are in each other's way. */
function indexName({ format, object }: z.output<typeof recordFormat>): string {
  return `${object}.${format === 'cmaf' ? 'm3u8' : format}`;
}

const renditionRecord = z.strictObject({
  templates: z
    .array(templateName)
    .min(1, { error: 'names no template' })
    .max(8)
    .describe("The renditions that are recorded, by their templates' names"),
  formats,
});

const NO_INSTANT = { error: 'must be a UTC date such as 2026-12-01T18:00:00Z, or empty for none' };
const NO_URL = { error: 'must be an http or https URL, or empty for none' };

const instant = z.union([z.iso.datetime(NO_INSTANT), z.literal('')], NO_INSTANT).default('');

const assets = z
  .strictObject({
    as: z
      .enum(['off', 'files', 'composed'])
      .default('off')
      .describe(
        '`files`: each file becomes an asset; `composed`: all files of a stream, when it has been over for a while',
      ),
    format: z.enum(['mp4', 'flv', 'm3u8', 'cmaf']).default('mp4').describe('Which of the formats that are recorded'),
    composeAfterSeconds: z
      .int()
      .min(15, { error: 'must be 15 to 86400 seconds' })
      .max(86_400, { error: 'must be 15 to 86400 seconds' })
      .default(180)
      .describe('So long after its last file a stream counts as over'),
    title: z
      .string()
      .min(1)
      .max(200)
      .default('{StreamName} {StartTime}')
      .describe('{AppName} {StreamName} {StartTime}'),
    templateGroup: z.string().max(64).default('').describe('The group of templates; empty for the usual one'),
    category: z.int().min(0).default(0).describe('The number of a category; 0 for none'),
    tags: z.array(z.string().min(1).max(64)).max(16).default([]),
    publication: z.enum(['usual', 'draft', 'review', 'published']).default('usual'),
  })
  .prefault({});

/** What is recorded of a stream, when, and where the files go. */
export const record = z
  .strictObject({
    enabled: z.boolean().default(false),
    storage: storageName.default('recordings').describe('A storage of the configuration'),
    formats,
    renditions: z.array(renditionRecord).max(8).default([]).describe('Renditions that are recorded too'),
    delaySeconds: z
      .int()
      .min(15, { error: 'must be 15 to 21600 seconds' })
      .max(21_600, { error: 'must be 15 to 21600 seconds' })
      .default(180)
      .describe('A publisher who is back within this time goes on with the same file, which is made after it'),
    onDemand: z
      .enum(['off', 'callback', 'manual'])
      .default('off')
      .describe('`callback`: `onDemandUrl` is asked at each publish; `manual`: only commands begin a recording'),
    onDemandUrl: z.union([z.url({ protocol: /^https?$/, ...NO_URL }), z.literal('')], NO_URL).default(''),
    startTime: instant.describe('Recorded from then on, until then; both or none, and at most seven days'),
    endTime: instant,
    schedule: z.array(windowOfTime).max(64).default([]).describe('When recordings run; left out, always'),
    notifyStatus: z
      .boolean()
      .default(false)
      .describe('Whether callbacks hear that a recording began, paused and went on, beside of its files'),
    keepDays: days(0).describe('Files are deleted from their storage after so many days; 0 keeps them'),
    coldAfterDays: days(0).describe('Files move to `coldStorage` after so many days; 0 leaves them where they are'),
    coldStorage: storageName.or(z.literal('')).default(''),
    assets: assets.describe('What of it comes into the library (docs/library.md)'),
  })
  .prefault({});

export type RecordFormatRule = z.output<typeof recordFormat>;
export type RecordWindowRule = z.output<typeof windowOfTime>;
