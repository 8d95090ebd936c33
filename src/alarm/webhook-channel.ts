import { type CallbackRequest, type StreamEvent, webhookHeaders } from '../notify/index.ts';
import type { AlarmChannelRule } from '../rules/index.ts';

/** An alarm as JSON in the form of Standard Webhooks; `webhook-id` stays the same over all tries. */
export function alarmWebhook(event: StreamEvent, channel: AlarmChannelRule, nowMs: number): CallbackRequest {
  const { id, kind, atMs, data } = event;
  const body = JSON.stringify({ type: kind, timestamp: new Date(atMs).toISOString(), data: data.alarm });
  return { method: 'POST', url: channel.url ?? '', headers: webhookHeaders(id, body, channel.key, nowMs), body };
}
