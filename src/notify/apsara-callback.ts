import { createHash } from 'node:crypto';
import { type CallbackRequest, type Endpoint, type StreamEvent, shownQuery } from './event.ts';

/** Whether ApsaraVideo's form has the event: it knows connections, not streams. */
export function isApsaraEvent(event: StreamEvent): boolean {
  return event.kind === 'publish' || event.kind === 'publish_done';
}

/** ApsaraVideo's stream status callback: a GET whose arguments follow those that the URL has. */
export function apsaraCallback(event: StreamEvent, endpoint: Endpoint, nowMs: number): CallbackRequest {
  const { address = '', query = '', node = '', width, height } = event.data;
  const ingestDomain = event.ingestDomain === '' ? event.domain : event.ingestDomain;
  const args: [string, string | number][] = [
    ['action', event.kind],
    ['ip', address],
    ['id', event.stream],
    ['app', ingestDomain],
    ['appname', event.app],
    ['time', Math.floor(event.atMs / 1000)],
    ['usrargs', shownQuery(query)],
    ['node', node],
  ];
  if (event.kind === 'publish' && width !== undefined && height !== undefined) {
    args.push(['height', height], ['width', width]);
  }
  const text = args.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const url = new URL(endpoint.url);
  url.search = [url.search.slice(1), text].filter((part) => part !== '').join('&');
  return { method: 'GET', url: url.href, headers: apsaraSignature(ingestDomain, endpoint.key, nowMs) };
}

/**
 * The headers that sign a callback: MD5 over `{domain}|{Unix seconds}|{key}`, none without a key. `domain` is the
 * ingest domain for stream status, the host of the callback's URL for recordings and snapshots.
 */
export function apsaraSignature(domain: string, key: string | undefined, nowMs: number): Record<string, string> {
  if (key === undefined) return {};
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHash('md5').update(`${domain}|${timestamp}|${key}`).digest('hex');
  return { 'ALI-LIVE-TIMESTAMP': timestamp, 'ALI-LIVE-SIGNATURE': signature };
}
