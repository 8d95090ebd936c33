import { createHmac } from 'node:crypto';
import { type CallbackRequest, type Endpoint, type StoredRecording, type StreamEvent, shownQuery } from './event.ts';

/** The event as JSON in the form of Standard Webhooks; `webhook-id` stays the same over all tries. */
export function standardWebhook(event: StreamEvent, endpoint: Endpoint, nowMs: number): CallbackRequest {
  return signedPost(event.id, JSON.stringify(webhookBody(event)), endpoint, nowMs);
}

/** What a webhook says of the event. */
export function webhookBody(event: StreamEvent) {
  const { query, snapshot, moderation, recording, media, ...data } = event.data;
  const timestamp = new Date(event.atMs).toISOString();
  if (media !== undefined) return { type: event.kind, timestamp, data: media };
  return {
    type: event.kind,
    timestamp,
    data: {
      sessionId: event.sessionId,
      domain: event.domain,
      ingestDomain: event.ingestDomain,
      app: event.app,
      stream: event.stream,
      ...data,
      ...(query === undefined ? {} : { query: shownQuery(query) }),
      ...(snapshot === undefined ? {} : { snapshot: withTimes(snapshot) }),
      ...(recording === undefined ? {} : { recording: withSpan(recording) }),
      ...(moderation === undefined ? {} : { moderation: withTimes(moderation) }),
    },
  };
}

/** A POST of JSON with the headers of Standard Webhooks; signed where the endpoint has a key. */
export function signedPost(id: string, body: string, { url, key }: Endpoint, nowMs: number): CallbackRequest {
  return { method: 'POST', url, headers: webhookHeaders(id, body, key, nowMs), body };
}

/** Of JSON that is posted; signed where there is a key. */
export function webhookHeaders(
  id: string,
  body: string,
  key: string | undefined,
  nowMs: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp };
  return key === undefined
    ? headers
    : { ...headers, 'webhook-signature': webhookSignature({ id, timestamp, body }, key) };
}

/** Times as dates: nobody knew these fields before. */
function withTimes<T extends { readonly takenAtMs: number; readonly untilMs?: number }>(note: T) {
  const { takenAtMs, untilMs, ...fields } = note;
  const until = untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() };
  return { ...fields, takenAt: new Date(takenAtMs).toISOString(), ...until };
}

function withSpan({ startMs, endMs, ...fields }: StoredRecording) {
  return { ...fields, startedAt: new Date(startMs).toISOString(), endedAt: new Date(endMs).toISOString() };
}

/** `v1,` and the HMAC-SHA256 in base64; a secret that starts with `whsec_` is base64 after that, any other is taken as it is. */
export function webhookSignature(
  message: { readonly id: string; readonly timestamp: string; readonly body: string | Uint8Array },
  secret: string,
): string {
  const prefix = 'whsec_';
  const key = secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret);
  const hmac = createHmac('sha256', key).update(`${message.id}.${message.timestamp}.`);
  return `v1,${hmac.update(message.body).digest('base64')}`;
}
