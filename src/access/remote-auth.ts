import { Agent, type Dispatcher, request } from 'undici';
import { isSrsYes } from '../protocol/srs/index.ts';
import type { RemoteAuthRule } from '../rules/index.ts';
import { queryValue, withoutArgs } from './query.ts';
import type { FetchRemote, RemoteRequest, RemoteSubject } from './remote-request.ts';
import { SrsFarewells } from './srs-farewells.ts';
import { srsFarewell, srsQuestion } from './srs-question.ts';

export type RemoteOutcome = 'pass' | 'fail' | 'unavailable' | 'busy';

const MAX_TIMEOUT_MS = 3000;
const MAX_IN_FLIGHT_PER_SERVER = 128;
const MAX_ANSWER_BYTES = 16_384;

/** Asks authentication servers. At most 128 questions at once for each; those above get `busy` and are refused. */
export class RemoteAuth {
  readonly #fetch: FetchRemote;
  readonly #agent: Agent | undefined;
  readonly #inFlight = new Map<string, number>();
  readonly #farewells: SrsFarewells;

  /** @param onUntold told the server's URL when it does not take what it is told */
  constructor(fetchRemote?: FetchRemote, dispatcher?: Dispatcher, onUntold: (url: string) => void = () => {}) {
    const needsAgent = fetchRemote === undefined && dispatcher === undefined;
    this.#agent = needsAgent ? new Agent({ pipelining: 1, keepAliveTimeout: 10_000 }) : undefined;
    this.#fetch = fetchRemote ?? ((remote) => send(remote, dispatcher ?? this.#agent));
    this.#farewells = new SrsFarewells(this.#fetch, onUntold);
  }

  /**
   * `pass` and `fail` by the rule's lists; any other code and a late answer count by its `onTimeout`. In the form of SRS a
   * code that passes does so only with a body that says yes, too.
   */
  async ask(rule: RemoteAuthRule, subject: RemoteSubject): Promise<RemoteOutcome> {
    const asking = this.#inFlight.get(rule.url) ?? 0;
    if (asking >= MAX_IN_FLIGHT_PER_SERVER) return 'busy';
    this.#inFlight.set(rule.url, asking + 1);
    try {
      const { status, body = '' } = await this.#fetch(remoteRequest(rule, subject));
      if (rule.passCodes.includes(status)) return rule.form === 'srs' && !isSrsYes(body) ? 'fail' : 'pass';
      if (rule.failCodes.includes(status)) return 'fail';
    } catch {
      // Refused, reset, too late or not HTTP: all the same to the client who waits.
    } finally {
      this.#done(rule.url);
    }
    return rule.onTimeout === 'pass' ? 'pass' : 'unavailable';
  }

  /** A player whom a server of SRS's form let in has left: it is told so, as it counts players. */
  left(rule: RemoteAuthRule, subject: RemoteSubject): void {
    if (rule.form !== 'srs') return;
    const kept = { ...subject, query: keptArgs(rule.keepArgs, subject.query) };
    this.#farewells.tell({ ...srsFarewell(rule.url, kept), timeoutMs: rule.timeoutMs });
  }

  async close(): Promise<void> {
    this.#farewells.close();
    await this.#agent?.destroy();
  }

  #done(url: string): void {
    const left = (this.#inFlight.get(url) ?? 1) - 1;
    if (left > 0) this.#inFlight.set(url, left);
    else this.#inFlight.delete(url);
  }
}

/** The question as it is sent: the kept arguments join those of the rule's URL. */
export function remoteRequest(rule: RemoteAuthRule, subject: RemoteSubject): RemoteRequest {
  const kept = keptArgs(rule.keepArgs, subject.query);
  const timeoutMs = Math.min(rule.timeoutMs, MAX_TIMEOUT_MS);
  if (rule.form === 'srs') return { ...srsQuestion(rule.url, { ...subject, query: kept }), timeoutMs };
  const url = new URL(rule.url);
  url.search = [url.search.slice(1), kept].filter((part) => part !== '').join('&');
  const headers = {
    'x-forwarded-for': subject.address,
    'x-headwater-action': subject.action,
    'x-headwater-domain': subject.domain,
    'x-headwater-app': subject.app,
    'x-headwater-stream': subject.stream,
    'x-headwater-protocol': subject.protocol,
    'x-headwater-path': subject.path,
    ...(subject.referer === undefined ? {} : { referer: subject.referer }),
    ...(subject.userAgent === undefined ? {} : { 'user-agent': subject.userAgent }),
  };
  const safe = Object.entries(headers).map(([name, value]) => [name, headerSafe(value)]);
  return { url: url.href, method: rule.method, headers: Object.fromEntries(safe), timeoutMs };
}

function keptArgs(keep: RemoteAuthRule['keepArgs'], query: string): string {
  if (keep === 'none') return '';
  if (keep === 'all') return withoutArgs(query, () => false);
  const kept = keep.flatMap((name) => {
    const value = queryValue(query, name);
    return value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`];
  });
  return kept.join('&');
}

function headerSafe(value: string): string {
  return value.slice(0, 2048).replace(/[^\x20-\x7e]/g, '?');
}

async function send(remote: RemoteRequest, dispatcher: Dispatcher | undefined): ReturnType<FetchRemote> {
  const { statusCode, body } = await request(remote.url, {
    method: remote.method,
    headers: remote.headers,
    body: remote.body ?? null,
    signal: AbortSignal.timeout(remote.timeoutMs),
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  if (remote.body !== undefined) return { status: statusCode, body: await beginningOf(body) };
  body.dump({ limit: MAX_ANSWER_BYTES }).catch(() => undefined);
  return { status: statusCode };
}

/** More than this is no answer that anybody meant. */
async function beginningOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
