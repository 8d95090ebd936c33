import { z } from 'zod';
import { GRAINS, USAGE_DIMENSIONS, USAGE_DOORS, type UsageGrain, type UsageQuery } from '../usage/index.ts';
import { OperationError, pageQuery } from './base/index.ts';
import { line, streamName, time } from './schemas.ts';

const DAY_MS = 86_400_000;
/** A grain is chosen so that a graph has no more spans than this. */
const USUAL_SPANS = 400;
const MOST_SPANS = 12_000;
export const MOST_POINTS = 20_000;

const grains = ['minute', 'five-minutes', 'hour', 'day'] as const satisfies readonly UsageGrain[];
const by = z
  .string()
  .max(100)
  .default('')
  .describe(`What points are told apart by, with commas: ${USAGE_DIMENSIONS.join(', ')}; nothing for sums of all`)
  .transform((text) => text.split(',').filter((word) => word !== ''))
  .pipe(z.array(z.enum(USAGE_DIMENSIONS)).max(USAGE_DIMENSIONS.length));

/** Usage as it is asked for, without a page. */
export const usageQuery = z.strictObject({
  from: time.optional().describe('The beginning; left out, a day before the end'),
  to: time.optional().describe('The end; left out, now'),
  grain: z.enum(grains).optional().describe('How long a span is; left out, one that makes a graph, by the range'),
  by,
  domain: streamName.optional(),
  app: streamName.optional(),
  stream: streamName.optional().describe('The name it is published under; needs domain and app'),
  template: streamName.optional().describe('`source` for what nobody transcoded'),
  door: z.enum(USAGE_DOORS).optional(),
  tag: line(400).min(1).optional().describe('Of streams that have this tag: `team`, or `team:shop`'),
});

export const pagedUsageQuery = usageQuery.extend(pageQuery(MOST_POINTS, 5000).shape);

/** The dimensions of a point that the query asked for. */
export const usageNames = {
  domain: z.string().optional(),
  app: z.string().optional(),
  stream: z.string().optional(),
  door: z.string().optional(),
  template: z.string().optional(),
  tag: z.string().optional(),
};

export const usagePoint = z
  .strictObject({
    at: time.describe('The start of the span'),
    ...usageNames,
    egressBytes: z.number().describe('To viewers, and to who fetched pictures, clips and recordings'),
    secureEgressBytes: z.number().describe('Those of them by HTTPS or RTMPS'),
    peakEgressBytesPerMinute: z.number().describe('Of the minute with the most'),
    viewerSeconds: z.number(),
    averageViewers: z.number(),
    peakViewers: z.number().describe('At once; of several nodes or renditions added up, at most'),
    uniqueViewers: z
      .number()
      .optional()
      .describe('Different ones by address, within about 2 %; of hours and days, not by door or template'),
    sessions: z.number().describe('Viewers that were let in'),
    requests: z.number().describe('Answers of HTTP'),
    ingestBytes: z.number().describe('Media from publishers'),
    publishSeconds: z.number(),
    publishes: z.number(),
    videoBytes: z.number(),
    audioBytes: z.number(),
    videoFrames: z.number(),
    audioFrames: z.number(),
    transcodeSeconds: z.number(),
    recordedBytes: z.number(),
    recordedSeconds: z.number(),
    snapshots: z.number(),
    timeShiftBytes: z.number().describe('Written into the archive for time shift'),
    timeShiftSeconds: z.number(),
  })
  .meta({ id: 'UsagePoint' });

export const usageDetail = z
  .strictObject({
    at: time.describe('The start of the span'),
    ...usageNames,
    detail: z.string().describe('Such as `404`, `h264 1280x720` or `mp4`'),
    bytes: z.number(),
    seconds: z.number(),
    count: z.number().describe('Answers, or files'),
  })
  .meta({ id: 'UsageDetail' });

export const grainSchema = z.enum(grains);

export type AskedUsage = z.output<typeof usageQuery>;

/** What was asked for, with times as numbers and a grain. */
export function usageQueryOf({ from, to, grain, ...asked }: AskedUsage, nowMs: number): UsageQuery {
  const toMs = to === undefined ? nowMs : Date.parse(to);
  const fromMs = from === undefined ? toMs - DAY_MS : Date.parse(from);
  if (fromMs >= toMs) throw badRange('from is not before to', 'Give a beginning and an end.');
  const chosen = grain ?? grains.find((each) => (toMs - fromMs) / GRAINS[each].ms <= USUAL_SPANS) ?? 'day';
  const { ms } = GRAINS[chosen];
  const first = Math.floor(fromMs / ms) * ms;
  if ((toMs - first) / ms > MOST_SPANS) {
    throw badRange(`there are more than ${MOST_SPANS} of this grain in the range`, 'Ask for a coarser grain.');
  }
  if (asked.stream !== undefined && (asked.app === undefined || asked.domain === undefined)) {
    throw new OperationError(400, 'BAD_REQUEST', 'a stream is named by its domain and app too', 'Add domain and app.');
  }
  if ((asked.tag !== undefined || asked.by.includes('tag')) && asked.by.includes('stream')) {
    const remedy = 'Leave out stream, or tag.';
    throw new OperationError(400, 'BAD_REQUEST', 'usage by tag is of apps, not of streams', remedy);
  }
  return { ...asked, from: first, to: toMs, grain: chosen };
}

function badRange(message: string, remedy: string): OperationError {
  return new OperationError(400, 'BAD_RANGE', message, remedy);
}
