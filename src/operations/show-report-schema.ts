import { z } from 'zod';
import { time } from './schemas.ts';

const byDoor = z
  .strictObject({ flv: z.number(), wsFlv: z.number(), rtmp: z.number(), hls: z.number() })
  .meta({ id: 'ByDoor' });
const durations = z
  .strictObject({ count: z.number(), p50Ms: z.number(), p95Ms: z.number() })
  .meta({ id: 'Durations' })
  .describe('Percentiles, right to 5 %');

const connection = z
  .strictObject({
    sessionId: z.string(),
    startedAt: time,
    endedAt: time.optional().describe('None while it is open'),
    endReason: z.string().optional(),
  })
  .meta({ id: 'ShowConnection' });

/** What one show came to. */
export const showReport = z
  .strictObject({
    sessionId: z
      .string()
      .describe('Of the first publish of the show; its reports are the same under each of its publishes'),
    state: z.enum(['running', 'ended']),
    isPartial: z
      .boolean()
      .describe('Nothing but the publish itself is known: it was before there were reports, or too short'),
    domain: z.string(),
    app: z.string(),
    stream: z.string(),
    node: z.string().optional(),
    startedAt: time,
    endedAt: time.optional(),
    durationSeconds: z.number(),
    endReason: z.string().optional().describe('Such as `unpublished`, `connection_lost`, `kicked` or `crash`'),
    connections: z.array(connection).describe('Of the publisher; the first two hundred'),
    reconnects: z.int(),
    viewers: z
      .strictObject({
        peak: z.int().describe('At once'),
        peakAt: time,
        peakByDoor: byDoor,
        unique: z.int().describe('By uid, else by address and player; an estimate, 2 % off, above two thousand'),
        plays: z.int().describe('Sessions: one for each time that somebody began'),
        watchedSeconds: z.number(),
        averageSeconds: z.number().describe('For each play'),
        endings: z.record(z.string(), z.int()).describe('How plays ended'),
      })
      .meta({ id: 'ShowViewers' }),
    curve: z
      .strictObject({
        stepSeconds: z.number(),
        points: z.array(
          z.strictObject({
            at: time,
            viewers: byDoor,
            allViewers: z.int().describe('The most at once'),
            bytes: z.number(),
          }),
        ),
      })
      .meta({ id: 'ShowCurve' }),
    quality: z
      .strictObject({
        plays: z.int().describe('Whose player reports'),
        stalls: z.int(),
        stalledSeconds: z.number(),
        rebufferShare: z.number().nullable().describe('Of the time that they spent watching and waiting, 0 to 1'),
        startup: durations.nullable().describe('From the wish to play to the first picture, as players report it'),
        joins: z
          .strictObject({ flv: durations, wsFlv: durations, rtmp: durations, hls: durations })
          .partial()
          .describe('From a request to its first media, as the server sees it'),
      })
      .meta({ id: 'ShowQuality' }),
    traffic: z
      .strictObject({ ingestBytes: z.number(), egressBytes: z.number(), egressByDoor: byDoor })
      .meta({ id: 'ShowTraffic' }),
    health: z.array(
      z
        .strictObject({ code: z.string(), sentence: z.string(), from: time, until: time.optional() })
        .meta({ id: 'ShowFinding' }),
    ),
    ladder: z.array(
      z
        .strictObject({ at: time, event: z.string(), rendition: z.string().optional(), reason: z.string().optional() })
        .meta({ id: 'ShowLadderEvent' }),
    ),
    callbacks: z
      .strictObject({
        delivered: z.int(),
        waiting: z.int(),
        failed: z.int().describe('Given up'),
        failedTries: z.int(),
      })
      .meta({ id: 'ShowCallbacks' })
      .nullable()
      .describe('Null where the database is away'),
    files: z
      .strictObject({
        recordings: z.array(
          z.strictObject({
            ...{ storage: z.string(), object: z.string(), format: z.string() },
            ...{ durationSeconds: z.number(), sizeBytes: z.number() },
          }),
        ),
        clips: z.array(
          z.strictObject({
            ...{ id: z.string(), title: z.string(), state: z.string() },
            ...{ durationSeconds: z.number().optional(), sizeBytes: z.number().optional() },
          }),
        ),
        snapshots: z.int().describe('Stored ones'),
        bytes: z.number().describe('Of recordings and clips'),
      })
      .meta({ id: 'ShowFiles' }),
    cost: z
      .strictObject({ amount: z.number(), currency: z.string() })
      .nullable()
      .describe('By the prices of now. Null where there are none, or the database is away'),
  })
  .meta({ id: 'ShowReport' });

export type ShowReportAnswer = z.input<typeof showReport>;
