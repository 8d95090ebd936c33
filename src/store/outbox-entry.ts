import type { Bracket } from './files/index.ts';

/** What can happen to a publisher's connection (the first two), to a stream as viewers see it, its renditions and files. */
export type OutboxKind =
  | 'publish'
  | 'publish_done'
  | 'stream_interrupted'
  | 'stream_resumed'
  | 'stream_ended'
  | `rendition_${'started' | 'stopped' | 'failed' | 'shed' | 'restored'}`
  | 'encoder_fallback'
  | `record_${'started' | 'paused' | 'resumed' | 'file'}`
  | `finding_${'raised' | 'cleared'}`
  | `alarm_${'raised' | 'cleared'}`
  | `pull_${'live' | 'lost'}`
  | `transfer_${'started' | 'lost'}`
  | `source_${'joined' | 'left' | 'switched'}`
  | `slate_${'on' | 'off'}`
  | 'moderation'
  | 'snapshot';

/** One event and who is to be told; `id` is a UUID made by the caller, `endpointIds` is decided when it happens. */
export interface OutboxEntry {
  readonly id: string;
  readonly kind: OutboxKind;
  readonly sessionId: string;
  readonly domain: string;
  readonly ingestDomain: string;
  readonly app: string;
  readonly stream: string;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly endpointIds: readonly string[];
  /** By which ownership of the stream the node says so, where it is one of a cluster. */
  readonly epoch?: number | undefined;
}

type StreamNames = Pick<OutboxEntry, 'domain' | 'app' | 'stream'>;

/** For the journal: a publish stays known until its publish_done, an interruption until the stream goes on or ends. */
export function publishBracket(entry: OutboxEntry): Bracket {
  if (entry.kind === 'publish') return { opens: entry.sessionId };
  if (entry.kind === 'publish_done') return { closes: entry.sessionId };
  const interruption = `interrupted ${streamKey(entry)}`;
  if (entry.kind === 'stream_interrupted') return { opens: interruption };
  return entry.kind === 'stream_resumed' || entry.kind === 'stream_ended' ? { closes: interruption } : undefined;
}

/** The line in which an entry's deliveries wait: snapshots are many and have one of their own. */
export function lineOf(entry: StreamNames & Pick<OutboxEntry, 'kind'>): string {
  return entry.kind === 'snapshot' ? snapshotLine(entry) : streamKey(entry);
}

/** Every line in which deliveries of a stream may wait. */
export function linesOf(stream: StreamNames): string[] {
  return [streamKey(stream), snapshotLine(stream)];
}

function snapshotLine({ domain, app, stream }: StreamNames): string {
  return JSON.stringify([domain, app, stream, 'snapshot']);
}

/** Names hold no NUL, so no two streams share one. */
export function streamKey({ domain, app, stream }: StreamNames): string {
  return JSON.stringify([domain, app, stream]);
}

/** Replaces what PostgreSQL cannot hold in text and jsonb: NUL and lone surrogates. */
export function storable<T>(value: T): T {
  const text = JSON.stringify(value);
  if (!/\\u0000|\\ud[89a-f]/i.test(text)) return value;
  return JSON.parse(text, (_key, item: unknown) => (typeof item === 'string' ? storableText(item) : item)) as T;
}

function storableText(text: string): string {
  return text.replaceAll('\0', '\u{fffd}').replace(/\p{Surrogate}/gu, '\u{fffd}');
}
