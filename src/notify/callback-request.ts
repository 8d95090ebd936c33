import { apsaraCallback } from './apsara-callback.ts';
import type { CallbackRequest, Endpoint, StreamEvent } from './event.ts';
import { srsCallback } from './srs-callback.ts';
import { standardWebhook } from './standard-webhook.ts';
import { vodCallback } from './vod-callback.ts';

const SIGNATURES: readonly string[] = ['webhook-signature', 'ALI-LIVE-SIGNATURE', 'X-VOD-SIGNATURE'];

const FORMS = { apsara: apsaraCallback, json: standardWebhook, srs: srsCallback, vod: vodCallback } as const;

/** An event as it goes to an endpoint, in the endpoint's form and signed for this moment. */
export function callbackRequest(event: StreamEvent, endpoint: Endpoint, nowMs: number): CallbackRequest {
  return FORMS[endpoint.form](event, endpoint, nowMs);
}

/** The same for people to look at: without the signature, and without what the endpoint's own URL may hold of secrets. */
export function shownRequest(event: StreamEvent, endpoint: Endpoint, nowMs: number): CallbackRequest {
  const { headers, readsAnswer, ...request } = callbackRequest(
    event,
    { ...endpoint, url: shownUrl(endpoint.url) },
    nowMs,
  );
  const shown = Object.entries(headers).map(([name, value]) => [name, SIGNATURES.includes(name) ? '***' : value]);
  return { ...request, headers: Object.fromEntries(shown) };
}

function shownUrl(text: string): string {
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') [url.username, url.password] = ['***', ''];
  url.search = url.search.replace(/=[^&]*/g, '=***');
  return url.href;
}
