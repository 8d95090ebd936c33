import { type CallbackRequest, type StreamEvent, webhookSignature } from '../notify/index.ts';
import type { AlarmChannelRule } from '../rules/index.ts';

/** An alarm as JSON in the form of Standard Webhooks; `webhook-id` stays the same over all tries. */
export function alarmWebhook(event: StreamEvent, channel: AlarmChannelRule, nowMs: number): CallbackRequest {
  const { id, kind, atMs, data } = event;
  const body = JSON.stringify({ type: kind, timestamp: new Date(atMs).toISOString(), data: data.alarm });
  const timestamp = String(Math.floor(nowMs / 1000));
  const signed =
    channel.key === undefined ? {} : { 'webhook-signature': webhookSignature({ id, timestamp, body }, channel.key) };
  const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, ...signed };
  return { method: 'POST', url: channel.url ?? '', headers, body };
}
