import { z } from 'zod';
import { tags } from './schema-basics.ts';

/** All that can be told of assets and jobs. */
export const MEDIA_EVENTS = [
  'asset_uploaded',
  'image_uploaded',
  'attachment_uploaded',
  'asset_fetched',
  'asset_recorded',
  'asset_composing',
  'asset_analyzed',
  'asset_rendition',
  'asset_transcoded',
  'asset_pictures',
  'asset_animation',
  'asset_changed',
  'asset_status',
  'asset_reviewed',
  'asset_deleted',
  'job_succeeded',
  'job_failed',
  'job_cancelled',
] as const;

export type MediaEventKind = (typeof MEDIA_EVENTS)[number];

/** What the form of ApsaraVideo VOD has no event for. */
const NOT_IN_VOD: readonly MediaEventKind[] = ['asset_status', 'job_succeeded', 'job_failed', 'job_cancelled'];

/** Where events of assets and jobs are told. */
export const mediaCallback = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .describe('Names the endpoint in logs, metrics and the delivery queue; no callback of streams may have it'),
    tags,
    enabled: z.boolean().default(true).describe('False: nothing new is told there'),
    url: z.url({ protocol: /^https?$/ }),
    form: z
      .enum(['json', 'vod'])
      .default('json')
      .describe('`json`: POST in Standard Webhooks form; `vod`: the event notifications of ApsaraVideo VOD'),
    key: z
      .string()
      .min(6)
      .max(128)
      .optional()
      .describe('Signs the callbacks: HMAC-SHA256 for `json`, MD5 over URL, time and key for `vod`'),
    events: z
      .array(z.enum(MEDIA_EVENTS))
      .min(1, { error: 'names nothing; leave it out for all, or set enabled to false' })
      .optional()
      .describe('What it hears of; left out: everything that its form has'),
  })
  .refine(({ form, events = [] }) => form !== 'vod' || events.every((each) => !NOT_IN_VOD.includes(each)), {
    path: ['events'],
    error: `ApsaraVideo VOD has no event for ${NOT_IN_VOD.join(', ')}; set form to json for these`,
  });

/** Whether an endpoint is to be told of this. */
export function hearsOfMedia({ enabled, form, events }: z.output<typeof mediaCallback>, kind: MediaEventKind): boolean {
  if (!enabled) return false;
  if (events) return events.includes(kind);
  return form === 'json' || !NOT_IN_VOD.includes(kind);
}
