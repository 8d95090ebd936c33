import { Agent, type Dispatcher, request } from 'undici';
import type { RemoteAuthRule } from '../rules/index.ts';
import { queryValue, withoutArgs } from './query.ts';

export type RemoteRequest = {
  readonly url: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
};

/** Sends the request and gives the status; throws when there is none in time. */
export type FetchRemote = (request: RemoteRequest) => Promise<{ readonly status: number }>;

/** Who asks for what, as the authentication server is told in headers. */
export type RemoteSubject = {
  readonly action: 'publish' | 'play';
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly protocol: string;
  readonly path: string;
  readonly query: string;
  readonly address: string;
  readonly referer?: string | undefined;
  readonly userAgent?: string | undefined;
};

export type RemoteOutcome = 'pass' | 'fail' | 'unavailable' | 'busy';

const MAX_TIMEOUT_MS = 3000;
const MAX_IN_FLIGHT_PER_SERVER = 128;

/** Asks authentication servers. At most 128 questions at once for each; those above get `busy` and are refused. */
export class RemoteAuth {
  readonly #fetch: FetchRemote;
  readonly #agent: Agent | undefined;
  readonly #inFlight = new Map<string, number>();

  constructor(fetchRemote?: FetchRemote, dispatcher?: Dispatcher) {
    const needsAgent = fetchRemote === undefined && dispatcher === undefined;
    this.#agent = needsAgent ? new Agent({ pipelining: 1, keepAliveTimeout: 10_000 }) : undefined;
    this.#fetch = fetchRemote ?? ((remote) => send(remote, dispatcher ?? this.#agent));
  }

  /** `pass` and `fail` by the rule's lists; any other code and a late answer count by its `onTimeout`. */
  async ask(rule: RemoteAuthRule, subject: RemoteSubject): Promise<RemoteOutcome> {
    const asking = this.#inFlight.get(rule.url) ?? 0;
    if (asking >= MAX_IN_FLIGHT_PER_SERVER) return 'busy';
    this.#inFlight.set(rule.url, asking + 1);
    try {
      const { status } = await this.#fetch(remoteRequest(rule, subject));
      if (rule.passCodes.includes(status)) return 'pass';
      if (rule.failCodes.includes(status)) return 'fail';
    } catch {
      // Refused, reset, too late or not HTTP: all the same to the client who waits.
    } finally {
      this.#done(rule.url);
    }
    return rule.onTimeout === 'pass' ? 'pass' : 'unavailable';
  }

  async close(): Promise<void> {
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
  const url = new URL(rule.url);
  const kept = keptArgs(rule.keepArgs, subject.query);
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
  const timeoutMs = Math.min(rule.timeoutMs, MAX_TIMEOUT_MS);
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

async function send(remote: RemoteRequest, dispatcher: Dispatcher | undefined): Promise<{ status: number }> {
  const { statusCode, body } = await request(remote.url, {
    method: remote.method,
    headers: remote.headers,
    signal: AbortSignal.timeout(remote.timeoutMs),
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  body.dump({ limit: 16_384 }).catch(() => undefined);
  return { status: statusCode };
}
