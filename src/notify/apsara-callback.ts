import { createHash } from 'node:crypto';
import {
  type CallbackRequest,
  type Endpoint,
  type EventKind,
  type StoredRecording,
  type StoredSnapshot,
  type StreamEvent,
  shownQuery,
} from './event.ts';

const CONNECTIONS: readonly EventKind[] = ['publish', 'publish_done'];
const RECORDINGS: readonly EventKind[] = ['record_started', 'record_paused', 'record_resumed', 'record_file'];

/** Whether ApsaraVideo's form has the event: it knows connections, pictures and recordings, not streams. */
export function isApsaraEvent(event: StreamEvent): boolean {
  return event.kind === 'snapshot' || CONNECTIONS.includes(event.kind) || RECORDINGS.includes(event.kind);
}

/** ApsaraVideo's stream status callback: a GET whose arguments follow those that the URL has; the others are POSTs. */
export function apsaraCallback(event: StreamEvent, endpoint: Endpoint, nowMs: number): CallbackRequest {
  const { snapshot, recording } = event.data;
  if (snapshot !== undefined) return signedPost(snapshotBody(event, snapshot), endpoint, nowMs);
  if (RECORDINGS.includes(event.kind)) return signedPost(recordingBody(event, recording), endpoint, nowMs);
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
 * ApsaraVideo does not write down what its snapshot callback has: these are the fields of its query for snapshots
 * (DescribeLiveStreamSnapshotInfo), with the stream's names.
 */
function snapshotBody(
  { domain, app, stream }: StreamEvent,
  { storage, endpoint, bucket, object, takenAtMs, overwrites }: StoredSnapshot,
) {
  return {
    DomainName: domain,
    AppName: app,
    StreamName: stream,
    OssEndpoint: endpoint,
    OssBucket: bucket || storage,
    OssObject: object,
    CreateTime: `${new Date(takenAtMs).toISOString().slice(0, 19)}Z`,
    CreateTimestamp: takenAtMs,
    IsOverlay: overwrites,
  };
}

/** Of a file, or else of what became of the recording. */
function recordingBody({ domain, app, stream, kind }: StreamEvent, file: StoredRecording | undefined) {
  if (file === undefined) return { domain, app, stream, event: kind };
  return {
    ...{ domain, app, stream },
    uri: file.object,
    duration: Math.round(file.durationMs) / 1000,
    start_time: Math.floor(file.startMs / 1000),
    stop_time: Math.floor(file.endMs / 1000),
    push_args: file.pushArgs,
  };
}

/** Signed with the host of the callback's URL. */
function signedPost(body: object, { url, key }: Endpoint, nowMs: number): CallbackRequest {
  const signature = apsaraSignature(new URL(url).hostname, key, nowMs);
  const headers = { 'content-type': 'application/json', ...signature };
  return { method: 'POST', url, headers, body: JSON.stringify(body) };
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
