import { createHash } from 'node:crypto';
import type { CallbackRequest } from './verify.ts';

/** What a callback says, as far as both forms say it; empty where it does not. */
export type CallbackFacts = {
  /** `publish`, `record_file`, `snapshot` ... */
  readonly event: string;
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  /** When it happened. */
  readonly happenedAtMs?: number;
};

const DATE_KEYS = ['timestamp', 'CreateTimestamp', 'stop_time', 'start_time', 'EventTime'] as const;
/** Unix seconds stay below this for some thousand years. */
const FIRST_MS = 100_000_000_000;

/** Reads a callback of any form; whatever is unknown is left out, never refused. */
export function readCallback({ method, target, body }: CallbackRequest): CallbackFacts {
  const query = new URLSearchParams(target.split('?')[1]);
  if (method === 'GET') return query.has('action') ? statusFacts(query) : questionFacts(query);
  const fields = objectOf(parsed(body));
  return Object.hasOwn(fields, 'data') ? standardFacts(fields) : apsaraFacts(fields);
}

/** The same for all tries of one callback: its webhook-id, or all of it but the headers. */
export function identityOf({ method, target, headers, body }: CallbackRequest): string {
  const id = headers['webhook-id'];
  const path = target.split('?')[0] ?? '';
  const hash = createHash('sha256').update(id === undefined ? `${method} ${target}\n` : `${path}\n${id}`);
  return (id === undefined ? hash.update(body) : hash).digest('base64url');
}

/** Whether two callbacks with one identity are surely the same. */
export function isUnique(request: CallbackRequest): boolean {
  return request.headers['webhook-id'] !== undefined || readCallback(request).happenedAtMs !== undefined;
}

function statusFacts(query: URLSearchParams): CallbackFacts {
  const [event, domain, app, stream] = ['action', 'app', 'appname', 'id'].map((name) => query.get(name) ?? '');
  return { event: text(event), domain: text(domain), app: text(app), stream: text(stream), ...at(query.get('time')) };
}

/** The question whether to record, which wants an answer. */
function questionFacts(query: URLSearchParams): CallbackFacts {
  const [domain, app, stream] = ['domain', 'app', 'stream'].map((name) => query.get(name) ?? '');
  const isQuestion = query.has('stream') && query.has('codec');
  return { event: isQuestion ? 'record_question' : '', domain: text(domain), app: text(app), stream: text(stream) };
}

function standardFacts(fields: Fields): CallbackFacts {
  const data = objectOf(fields.data);
  const subject = data.stream ?? objectOf(data.asset ?? data.job).id;
  const names = { domain: text(data.domain), app: text(data.app), stream: text(subject) };
  return { event: text(fields.type), ...names, ...at(fields.timestamp) };
}

function apsaraFacts(fields: Fields): CallbackFacts {
  const happened = DATE_KEYS.map((name) => fields[name]).find((value) => value !== undefined);
  const event =
    text(fields.event) ||
    text(fields.EventType) ||
    (fields.uri !== undefined ? 'record_file' : fields.OssObject ? 'snapshot' : '');
  return {
    event,
    domain: text(fields.domain ?? fields.DomainName),
    app: text(fields.app ?? fields.AppName),
    stream: text(fields.stream ?? fields.StreamName ?? fields.VideoId ?? fields.MediaId),
    ...at(happened),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Dates, Unix seconds and Unix milliseconds are all in use. */
function at(value: unknown): { readonly happenedAtMs?: number } {
  const number = Number(value);
  const ms = Number.isNaN(number) ? Date.parse(text(value)) : number < FIRST_MS ? number * 1000 : number;
  return value === null || value === undefined || Number.isNaN(ms) ? {} : { happenedAtMs: ms };
}
