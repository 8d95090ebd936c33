import { z } from 'zod';
import { alarmChannel, alarmPolicy, alarms } from './alarm-schema.ts';
import { archive } from './archive-schema.ts';
import { clips } from './clips-schema.ts';
import { budget, estimate, price } from './cost-schema.ts';
import { domain, type playProtocol, type remoteAuth, type urlAuth } from './domain-schema.ts';
import { encryption } from './encryption-schema.ts';
import { health } from './health-schema.ts';
import { mediaCallback } from './media-callback-schema.ts';
import { record } from './record-schema.ts';
import { pull, transfer } from './relay-schema.ts';
import { count, match, seconds, tags } from './schema-basics.ts';
import { snapshot } from './snapshot-schema.ts';
import { backup, slate } from './source-schema.ts';
import { templateGroup } from './template-group-schema.ts';
import { template } from './template-schema.ts';
import { timeShift } from './time-shift-schema.ts';
import { transcode } from './transcode-schema.ts';
import { watermark } from './watermark-schema.ts';

const streamSettings = {
  publish: z
    .strictObject({
      secondPublisher: z
        .enum(['refuse', 'takeover'])
        .default('refuse')
        .describe('A second publisher for a name that is live. A ghost is replaced either way.'),
      waitSeconds: seconds(15, 3600).describe("How long viewers are kept after the publisher's connection is lost"),
      waitAfterUnpublish: z.boolean().default(false).describe('Wait after a clean end too'),
      ghostSeconds: seconds(3, 60).describe('With no data for this long, a second publisher takes the stream over'),
      idleSeconds: seconds(10, 600).describe('With no data for this long, the publisher is disconnected'),
    })
    .prefault({}),
  backup,
  slate,
  delivery: z
    .strictObject({
      mergeWindowMs: z
        .int()
        .min(0)
        .max(1000)
        .default(0)
        .describe(
          'Packets are gathered this long before they are written to FLV and RTMP viewers; 0 writes each video frame',
        ),
      viewerQueueSeconds: seconds(8, 120).describe(
        'A viewer further behind, in time or in bytes, skips to the next key frame',
      ),
      viewerQueueBytes: z.int().min(65_536).max(268_435_456).default(4_194_304),
      viewerStallSeconds: seconds(20, 600).describe('A viewer that is still behind its queue this long is closed'),
      holdSeconds: seconds(0, 60).describe('A request for a stream that is not live is held this long before the 404'),
      maxViewers: count(0),
    })
    .prefault({}),
  hls: z
    .strictObject({
      container: z
        .enum(['fmp4', 'ts'])
        .default('fmp4')
        .describe('What `.m3u8` without `?container=` gives: fragmented MP4 with low latency, or MPEG-TS'),
      lowLatency: z.boolean().default(true),
      segmentSeconds: z.number().min(1).max(10).default(2),
      partMs: z.int().min(100).max(1000).default(300),
      windowSegments: z.int().min(3).max(60).default(6),
      always: z.boolean().default(false).describe('Package from the start of the publish, not from the first viewer'),
      endedSeconds: seconds(60, 3600),
    })
    .prefault({}),
  encryption,
  transcode,
  snapshot,
  record,
  timeShift,
  clips,
  archive,
  health,
  alarms,
  channelList: z
    .strictObject({ enabled: z.boolean().default(false) })
    .prefault({})
    .describe('Whether `GET /{app}.m3u` lists the streams of the app'),
};

/** All that callbacks can tell of; ApsaraVideo's form has some of them. */
const callbackEvent = z.enum([
  'publish',
  'publish_done',
  'stream_interrupted',
  'stream_resumed',
  'stream_ended',
  'moderation',
  'snapshot',
  'record_started',
  'record_paused',
  'record_resumed',
  'record_file',
  'finding_raised',
  'finding_cleared',
  'rendition_started',
  'rendition_stopped',
  'rendition_failed',
  'rendition_shed',
  'rendition_restored',
  'encoder_fallback',
  'pull_live',
  'pull_lost',
  'transfer_started',
  'transfer_lost',
  'source_joined',
  'source_left',
  'source_switched',
  'slate_on',
  'slate_off',
]);
const APSARA_EVENTS = [
  'publish',
  'publish_done',
  'snapshot',
  'record_started',
  'record_paused',
  'record_resumed',
  'record_file',
];

const SRS_EVENTS = ['publish', 'publish_done', 'record_file'];

const callback = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .describe('Names the endpoint in logs, metrics and the delivery queue'),
    match,
    tags,
    url: z.url({ protocol: /^https?$/ }),
    form: z
      .enum(['apsara', 'json', 'srs'])
      .default('json')
      .describe(
        "`apsara`: GET with ApsaraVideo's fields; `json`: POST in Standard Webhooks form; `srs`: the hooks of SRS",
      ),
    key: z
      .string()
      .min(16)
      .max(128)
      .optional()
      .describe('Signs the callbacks: MD5 over domain, time and key for `apsara`, HMAC-SHA256 for `json` and `srs`'),
    events: z
      .array(callbackEvent)
      .min(1, { error: 'names nothing; leave it out for all that is usual' })
      .optional()
      .describe(
        'What it hears of. Left out: `publish` and `publish_done` for `apsara`, these and `record_file` for `srs`, everything but snapshots for `json`.',
      ),
  })
  .refine(({ form, events = [] }) => form !== 'apsara' || events.every((each) => APSARA_EVENTS.includes(each)), {
    path: ['events'],
    error: `ApsaraVideo's form has ${APSARA_EVENTS.join(', ')} only; set form to json for the others`,
  })
  .refine(({ form, events = [] }) => form !== 'srs' || events.every((each) => SRS_EVENTS.includes(each)), {
    path: ['events'],
    error: `the form of SRS has ${SRS_EVENTS.join(', ')} only; set form to json for the others`,
  });

const streamKey = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .describe('Names the key in logs and in revocations'),
  key: z.string().min(16).max(128),
  match,
  tags,
});

const revocation = z.union([
  z.strictObject({ uid: z.string(), before: z.iso.datetime().optional() }),
  z.strictObject({ session: z.string() }),
  z.strictObject({ streamKey: z.string() }),
]);

export const templateSchema = template;

/** The settings of one stream, complete. */
export const streamSettingsSchema = z.strictObject(streamSettings);

type Override<T extends z.ZodType> = z.ZodOptional<T extends z.ZodDefault<infer I> | z.ZodPrefault<infer I> ? I : T>;
type Fields = Readonly<Record<string, z.ZodType>>;
type Overrides<T extends Fields> = { [K in keyof T]: Override<T[K]> };

/** The group with every default taken off: what is left out of an override is inherited, not reset. */
function overridesOf<T extends Fields>(group: z.ZodPrefault<z.ZodObject<T, z.core.$strict>>) {
  const fields = Object.entries(group.unwrap().shape).map(([name, field]) => {
    const bare = field instanceof z.ZodDefault || field instanceof z.ZodPrefault ? field.unwrap() : field;
    const { description } = field;
    const open = (bare as z.ZodType).optional();
    return [name, description === undefined ? open : open.describe(description)];
  });
  return z.strictObject(Object.fromEntries(fields) as Overrides<T>).optional();
}

/** Settings for the streams that `match`; what is left out comes from less specific rules and the defaults. */
const streamSettingsOverrides = z.strictObject({
  match,
  tags,
  publish: overridesOf(streamSettings.publish),
  backup: overridesOf(streamSettings.backup),
  slate: overridesOf(streamSettings.slate),
  delivery: overridesOf(streamSettings.delivery),
  hls: overridesOf(streamSettings.hls),
  encryption: overridesOf(streamSettings.encryption),
  transcode: overridesOf(streamSettings.transcode),
  snapshot: overridesOf(streamSettings.snapshot),
  record: overridesOf(streamSettings.record),
  timeShift: overridesOf(streamSettings.timeShift),
  clips: overridesOf(streamSettings.clips),
  archive: overridesOf(streamSettings.archive),
  health: overridesOf(streamSettings.health),
  alarms: overridesOf(streamSettings.alarms),
  channelList: overridesOf(streamSettings.channelList),
});

/** One revision of what the operator wants. `streams` are overrides: for each setting the most specific match wins. */
export const rulesSchema = z.strictObject({
  domains: z.array(domain).prefault([{ name: 'default' }]),
  unknownHosts: z
    .enum(['default', 'refuse'])
    .default('default')
    .describe('What happens to a host name that no domain names'),
  streams: z.array(streamSettingsOverrides).default([]),
  templates: z.array(template).default([]).describe('Templates beside the built-in ones'),
  templateGroups: z
    .array(templateGroup)
    .default([])
    .describe('Ladders that streams offer beside the one of all their renditions'),
  watermarks: z.array(watermark).default([]).describe('Pictures and texts that renditions are drawn over with'),
  streamKeys: z.array(streamKey).default([]),
  callbacks: z.array(callback).default([]),
  mediaCallbacks: z.array(mediaCallback).max(50).default([]).describe('Where events of assets and jobs are told'),
  alarmChannels: z.array(alarmChannel).max(50).default([]).describe('Where alarms are told'),
  alarmPolicies: z.array(alarmPolicy).default([]).describe('How alarms are handled, by their codes'),
  prices: z.array(price).max(1000).default([]).describe('What things cost; without any, nothing is told of cost'),
  budgets: z.array(budget).max(1000).default([]).describe('How much may be spent'),
  estimates: z.array(estimate).max(5000).default([]).describe('What shows are expected to cost'),
  pulls: z.array(pull).max(1000).default([]).describe('Streams that are fetched from other servers'),
  transfers: z.array(transfer).max(1000).default([]).describe('Streams that are pushed on to other servers'),
  revoked: z.array(revocation).default([]),
});

/** The schema of one object of each list that has its own address. */
export const objectSchemas = {
  domains: domain,
  streams: streamSettingsOverrides,
  templates: template,
  templateGroups: templateGroup,
  watermarks: watermark,
  streamKeys: streamKey,
  callbacks: callback,
  mediaCallbacks: mediaCallback,
  alarmChannels: alarmChannel,
  alarmPolicies: alarmPolicy,
  prices: price,
  budgets: budget,
  estimates: estimate,
  pulls: pull,
  transfers: transfer,
} as const;

export type Rules = z.output<typeof rulesSchema>;
export type RulesInput = z.input<typeof rulesSchema>;
export type StreamRule = Rules['streams'][number];
export type DomainRule = Rules['domains'][number];
export type CallbackRule = Rules['callbacks'][number];
export type MediaCallbackRule = Rules['mediaCallbacks'][number];
export type AlarmChannelRule = Rules['alarmChannels'][number];
export type AlarmPolicyRule = Rules['alarmPolicies'][number];
export type PriceRule = Rules['prices'][number];
export type BudgetRule = Rules['budgets'][number];
export type EstimateRule = Rules['estimates'][number];
export type PullRule = Rules['pulls'][number];
export type TransferRule = Rules['transfers'][number];
export type StreamKeyRule = Rules['streamKeys'][number];
export type TemplateRule = Rules['templates'][number];
export type TemplateGroupRule = Rules['templateGroups'][number];
export type WatermarkRule = Rules['watermarks'][number];
export type WatermarkInput = z.input<typeof watermark>;
export type TemplateInput = z.input<typeof template>;
export type StreamSettings = z.output<typeof streamSettingsSchema>;
export type UrlAuth = z.output<typeof urlAuth>;
export type RemoteAuthRule = z.output<typeof remoteAuth>;
export type PlayProtocol = z.output<typeof playProtocol>;
export type Match = z.output<typeof match>;
export type { ModerationRule } from './moderation-schema.ts';
export type { RecordFormatRule, RecordWindowRule } from './record-schema.ts';
