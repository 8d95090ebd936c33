import { z } from 'zod';
import { time } from './schemas.ts';

const playUrls = z
  .strictObject({ flv: z.string(), hls: z.string(), rtmp: z.string(), page: z.string() })
  .meta({ id: 'PlayUrls', description: 'Unsigned: where the domain wants signatures, sign them first' });
const viewers = z
  .strictObject({ flv: z.int(), wsFlv: z.int(), rtmp: z.int(), hls: z.int() })
  .meta({ id: 'Viewers', description: 'Sessions now, by door; in a cluster those of all nodes' });
const track = z
  .strictObject({
    kind: z.enum(['video', 'audio']),
    codec: z.string(),
    width: z.number().exactOptional(),
    height: z.number().exactOptional(),
    fps: z.number().exactOptional(),
    sampleRate: z.number().exactOptional(),
    channels: z.number().exactOptional(),
    bitrateKbps: z.number(),
  })
  .meta({ id: 'Track' });
const finding = z
  .strictObject({
    code: z.string(),
    severity: z.enum(['warn', 'bad']),
    sentence: z.string(),
    remedy: z.string(),
  })
  .meta({ id: 'Finding' });
const rendition = z
  .strictObject({
    template: z.string(),
    name: z.string().exactOptional().describe('The name it plays under'),
    state: z.enum(['idle', 'starting', 'live', 'shed', 'failed']),
    reason: z.string().exactOptional(),
    isHeldBack: z
      .literal(true)
      .exactOptional()
      .describe('The reason is a limit of the rules; it begins when there is room'),
    isLazy: z.boolean(),
    latency: z.enum(['low', 'quality']),
    lookAheadMs: z.number().exactOptional(),
    watermarks: z.array(z.strictObject({ name: z.string(), reason: z.string().exactOptional() })).exactOptional(),
    codec: z.string().exactOptional(),
    width: z.number().exactOptional(),
    height: z.number().exactOptional(),
    bitrateKbps: z.number().exactOptional(),
    fps: z.number().exactOptional(),
    viewers,
    urls: playUrls.exactOptional(),
  })
  .meta({ id: 'Rendition' });
const ladder = z.strictObject({
  encoder: z.string(),
  fallbackReason: z.string().exactOptional(),
  restarts: z.int(),
  lastFailure: z.string().exactOptional(),
  speed: z.number().exactOptional(),
  lagMs: z.number().exactOptional(),
  skips: z.int().exactOptional(),
  renditions: z.array(rendition),
});

const source = z
  .strictObject({
    source: z.enum(['main', 'backup']),
    state: z.enum(['onAir', 'standby', 'stalled']),
    ...{ sessionId: z.string(), address: z.string(), encoder: z.string() },
    codecs: z.string(),
    width: z.number().exactOptional(),
    height: z.number().exactOptional(),
    ...{ bitrateKbps: z.number(), fps: z.number() },
    silentSeconds: z.number().describe('Since its last picture'),
    behindSeconds: z.number().describe('How far it fell behind within ten seconds'),
    wellSeconds: z.number().describe('How long it has been without a stall'),
  })
  .meta({ id: 'StreamSource' });

/** What feeds a stream. */
export const sourcesSchema = z
  .strictObject({
    onAir: z
      .enum(['main', 'backup', 'slate'])
      .exactOptional()
      .describe('What viewers see; missing while that is nothing'),
    choice: z.enum(['main', 'backup', 'auto']).describe('What an operator put on air; `auto`: the rules decide'),
    sources: z.array(source),
  })
  .meta({ id: 'StreamSources' });

/** A stream as an operator sees it. */
export const streamSchema = z
  .strictObject({
    domain: z.string(),
    app: z.string(),
    name: z.string(),
    node: z.string().exactOptional().describe('To which it is pushed, in a cluster'),
    state: z.string(),
    startedAt: time,
    publisher: z
      .strictObject({ sessionId: z.string(), address: z.string(), encoder: z.string() })
      .exactOptional()
      .describe('Missing while the stream waits for its publisher to come back'),
    tracks: z.array(track),
    bitrateKbps: z.number(),
    gopSeconds: z.number(),
    viewers,
    health: z.strictObject({ status: z.enum(['good', 'warn', 'bad']), findings: z.array(finding) }),
    moderation: z
      .strictObject({ action: z.string(), reason: z.string(), at: time })
      .exactOptional()
      .describe('What the moderation hook last objected to in this publish'),
    isRecording: z.boolean(),
    sources: sourcesSchema.exactOptional().describe('Where there is more than the main source, or a slate'),
    urls: playUrls,
    transcoding: ladder.exactOptional().describe('Where the rules want renditions of the stream'),
  })
  .meta({ id: 'Stream' });
