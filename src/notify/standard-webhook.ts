import { createHmac } from 'node:crypto';
import { type CallbackRequest, type Endpoint, type StreamEvent, shownQuery } from './event.ts';

/** The event as JSON in the form of Standard Webhooks; `webhook-id` stays the same over all tries. */
export function standardWebhook(event: StreamEvent, endpoint: Endpoint, nowMs: number): CallbackRequest {
  const { query, ...data } = event.data;
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
    },
  });
  const timestamp = String(Math.floor(nowMs / 1000));
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'webhook-id': event.id,
    'webhook-timestamp': timestamp,
  };
  if (endpoint.key !== undefined) {
    headers['webhook-signature'] = webhookSignature({ id: event.id, timestamp, body }, endpoint.key);
  }
  return { method: 'POST', url: endpoint.url, headers, body };
}

/** `v1,` and the HMAC-SHA256 in base64; a secret that starts with `whsec_` is base64 after that, any other is taken as it is. */
export function webhookSignature(
  message: { readonly id: string; readonly timestamp: string; readonly body: string },
  secret: string,
): string {
  const prefix = 'whsec_';
  const key = secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret);
  const signed = `${message.id}.${message.timestamp}.${message.body}`;
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
