import { createHmac } from 'node:crypto';
import { type CallbackRequest, type Endpoint, type StoredRecording, type StreamEvent, shownQuery } from './event.ts';

/** The event as JSON in the form of Standard Webhooks; `webhook-id` stays the same over all tries. */
export function standardWebhook(event: StreamEvent, endpoint: Endpoint, nowMs: number): CallbackRequest {
  const { query, snapshot, moderation, recording, ...data } = event.data;
  const body = JSON.stringify({
    type: event.kind,
    timestamp: new Date(event.atMs).toISOString(),
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
  });
  return signedPost(event.id, body, endpoint, nowMs);
}

/** A POST of JSON with the headers of Standard Webhooks; signed where the endpoint has a key. */
export function signedPost(id: string, body: string, { url, key }: Endpoint, nowMs: number): CallbackRequest {
  const timestamp = String(Math.floor(nowMs / 1000));
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
  };
  if (key !== undefined) headers['webhook-signature'] = webhookSignature({ id, timestamp, body }, key);
  return { method: 'POST', url, headers, body };
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
