import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../config/index.ts';
import { within } from '../deadline/index.ts';
import { callbackSender, type StreamEvent } from '../notify/index.ts';
import { Forwarder } from './forwarder.ts';
import { ApiClient, ApiRefusal, CliError, findRunningServer } from './installation/index.ts';
import { momentMs } from './times.ts';

export type ListenOptions = {
  readonly forward: string;
  readonly replay?: string;
  readonly server?: string;
  readonly passwordFile?: string;
  readonly secret?: string;
  readonly config?: string;
};

/** An event as `GET /api/v1/events` has it. */
type EventRow = {
  readonly id: string;
  readonly kind: StreamEvent['kind'];
  readonly session_id: string;
  readonly domain: string;
  readonly ingest_domain: string;
  readonly app: string;
  readonly stream: string;
  readonly at: string;
  readonly data: StreamEvent['data'];
};

type Page = { readonly events: readonly EventRow[]; readonly cursor: number };

const WAIT_SECONDS = 20;
const POLL_TIMEOUT_MS = 40_000;
const RETRY_MS = 2000;

/** Forwards events to a URL until it is interrupted. */
export async function listenToEvents(options: ListenOptions): Promise<number> {
  if (!/^https?:\/\//.test(options.forward) || !URL.canParse(options.forward)) {
    const remedy = 'Give one like http://127.0.0.1:3000/hooks.';
    throw new CliError(`${options.forward} is no URL to forward to`, remedy, { exitCode: 2 });
  }
  const since = options.replay === undefined ? undefined : momentMs(options.replay, Date.now());
  const { api, password } = await serverFor(options);
  const first = await api.get<Page>(
    since === undefined ? '/events?after=latest' : `/events?since=${new Date(since).toISOString()}`,
  );
  const key = options.secret ?? listenSecret(password);
  const from = since === undefined ? 'from now on' : `since ${new Date(since).toISOString()}`;
  process.stderr.write(
    `Events of ${api.baseUrl} go to ${options.forward}, ${from}. Ctrl-C ends it.\n` +
      (options.secret === undefined ? `Signing secret: ${key}\n` : ''),
  );
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const sender = callbackSender();
  try {
    const print = (line: string) => void process.stdout.write(`${line}\n`);
    const { signal } = stopping;
    const forwarder = new Forwarder({
      url: options.forward,
      key,
      send: sender.send,
      nowMs: Date.now,
      print,
      signal,
    });
    await follow({ api, forwarder, signal }, first);
  } finally {
    await sender.close();
  }
  return 0;
}

async function follow(
  { api, forwarder, signal }: { api: ApiClient; forwarder: Forwarder; signal: AbortSignal },
  first: Page,
): Promise<void> {
  let page = first;
  while (!signal.aborted) {
    for (const row of page.events) {
      if (!signal.aborted) await forwarder.forward(eventOf(row));
    }
    page = await nextPage(api, page.cursor, signal);
  }
}

/** The events that come next; while the server is away it is asked again, and said once. */
async function nextPage(api: ApiClient, cursor: number, signal: AbortSignal): Promise<Page> {
  for (let isTold = false; !signal.aborted; isTold = true) {
    try {
      const path = `/events?after=${cursor}&waitSeconds=${WAIT_SECONDS}`;
      return await within(POLL_TIMEOUT_MS, signal, (limit) => api.get<Page>(path, { signal: limit }));
    } catch (error) {
      if (error instanceof ApiRefusal && error.status === 401) throw error;
      if (!isTold && !signal.aborted) process.stderr.write('The server does not answer; it is asked again.\n');
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
  return { events: [], cursor };
}

async function serverFor(options: ListenOptions): Promise<{ api: ApiClient; password: string }> {
  const given = options.passwordFile === undefined ? undefined : await readPassword(options.passwordFile);
  if (options.server !== undefined) {
    if (given === undefined) {
      const remedy = 'Write it to a file and name that with --password-file.';
      throw new CliError('--server needs the administrator password', remedy, { exitCode: 2 });
    }
    return { api: new ApiClient({ baseUrl: options.server, bearer: given }), password: given };
  }
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const server = await findRunningServer(config);
  if (server === undefined) {
    const remedy = 'Start it with headwater serve, or name another one with --server.';
    throw new CliError(`no server runs from ${config.dataDir}`, remedy);
  }
  return { api: server.api, password: server.password };
}

async function readPassword(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(`${file} cannot be read (${code})`, 'Check its name and mode.', { exitCode: 2 });
  }
}

/** Always the same for one server, so that the receiver is set up once; it opens nothing else. */
function listenSecret(password: string): string {
  return `whsec_${createHmac('sha256', password).update('headwater events listen').digest('base64')}`;
}

function eventOf({ session_id: sessionId, ingest_domain: ingestDomain, at, ...row }: EventRow): StreamEvent {
  const { id, kind, domain, app, stream, data } = row;
  return { id, kind, sessionId, domain, ingestDomain, app, stream, atMs: Date.parse(at), data };
}
