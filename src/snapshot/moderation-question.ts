import { randomUUID } from 'node:crypto';
import type { StreamId } from '../live/index.ts';
import { type Question, webhookSignature } from '../notify/index.ts';
import type { ModerationRule } from '../rules/index.ts';

/** A picture that somebody is to look at. */
export type PictureToJudge = {
  readonly id: StreamId;
  readonly sessionId: string;
  readonly jpeg: Uint8Array;
  /** When it was on air. */
  readonly atWallMs: number;
};

/** What is posted to a hook: the JPEG with its stream in headers, or JSON that has both. Signed as Standard Webhooks are. */
export function moderationQuestion(
  picture: PictureToJudge,
  { url, key, send }: Pick<ModerationRule, 'url' | 'key' | 'send'>,
  nowMs: number,
): Question {
  const body = send === 'image' ? picture.jpeg : jsonBody(picture);
  const id = randomUUID();
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = key === undefined ? {} : { 'webhook-signature': webhookSignature({ id, timestamp, body }, key) };
  const headers = {
    ...(send === 'image' ? imageHeaders(picture) : { 'content-type': 'application/json' }),
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...signature,
  };
  return { url, headers, body };
}

function imageHeaders({ id, sessionId, atWallMs }: PictureToJudge): Record<string, string> {
  return {
    'content-type': 'image/jpeg',
    'headwater-domain': encodeURIComponent(id.domain),
    'headwater-app': encodeURIComponent(id.app),
    'headwater-stream': encodeURIComponent(id.name),
    'headwater-session': sessionId,
    'headwater-taken-at': new Date(atWallMs).toISOString(),
  };
}

function jsonBody({ id, sessionId, jpeg, atWallMs }: PictureToJudge): string {
  const takenAt = new Date(atWallMs).toISOString();
  const image = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength).toString('base64');
  const { domain, app, name: stream } = id;
  const data = { sessionId, domain, app, stream, takenAt, contentType: 'image/jpeg', image };
  return JSON.stringify({ type: 'picture', timestamp: takenAt, data });
}
