import { z } from 'zod';
import { match, tags } from './schema-basics.ts';

/** What may have a price. Gigabytes are of 10^9 bytes. */
export const COST_ITEMS = [
  'egress-gb',
  'ingest-gb',
  'viewer-hour',
  'request-10000',
  'transcode-minute',
  'recorded-gb',
  'time-shift-gb',
  'snapshot-1000',
] as const;

const name = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, _ and -' })
  .describe('Names it in lists');
const amount = z.number().min(0).max(1e12);

/** What one unit of something costs; of several prices of an item the most specific counts. */
export const price = z.strictObject({
  name,
  tags,
  item: z.enum(COST_ITEMS).describe('What is counted; gigabytes are of 10^9 bytes'),
  amount: amount.describe('For one unit, in the currency of the node (`usage.currency`)'),
  match: match.describe('Where it counts; `*` for anywhere'),
  door: z.string().max(32).optional().describe('Only what goes through this door, of `egress-gb` and `viewer-hour`'),
  template: z.string().max(64).optional().describe('Only this template, of `transcode-minute`'),
});

const rung = z.strictObject({
  template: z.string().min(1).max(64),
  bitrateKbps: z.number().min(0).max(1_000_000),
  viewersPercent: z.number().min(0).max(100).default(0).describe('Of the viewers, who play this rendition'),
});

/** A show as it is planned. */
export const plan = {
  domain: z.string().min(1).max(255).default('default'),
  app: z.string().min(1).max(255).default('live'),
  viewers: z.number().min(0).max(100_000_000).describe('On average, over the whole time'),
  hours: z.number().min(0).max(100_000),
  bitrateKbps: z.number().min(0).max(1_000_000).describe('Of the source; whoever plays no rendition plays this'),
  rungs: z.array(rung).max(20).default([]),
  door: z.string().max(32).default('hls').describe('Through which most of them come'),
  recordedCopies: z.int().min(0).max(100).default(0).describe('Files of the whole show at the bitrate of the source'),
  snapshots: z.int().min(0).max(100_000_000).default(0),
};

/** What a show is expected to cost, to be set against what it did. */
export const estimate = z.strictObject({
  name,
  tags,
  ...plan,
  stream: z.string().min(1).max(255).optional().describe('Left out, all streams of the app'),
  from: z.iso.datetime({ offset: true }).describe('When the show begins'),
  until: z.iso.datetime({ offset: true }).describe('When it is over'),
});

/** How much may be spent in a period, and what happens where it is. */
export const budget = z.strictObject({
  name,
  tags,
  match: match.describe('What counts'),
  period: z.enum(['day', 'month']).default('month').describe('In UTC'),
  amount: amount.min(0.000_001).describe('In the currency of the node'),
  alertPercent: z.number().min(1).max(1000).default(80).describe('From here on there is an alarm'),
  refuse: z
    .array(z.enum(['publishes', 'renditions']))
    .default([])
    .describe('What is not let in any more once the amount is spent; nothing that runs is cut'),
});
