import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../../src/store/index.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { type BenchServer, headwater } from './servers.ts';
import type { SuiteOptions } from './suite.ts';

const STREAMS = 1000;
const SESSIONS = 10_000;
const READS = 200;
/** As often as the console asks for its streams. */
const POLL_MS = 3000;
const DASHBOARDS = 10;

/** Reads of the API with 1000 streams on air and 10 000 publishes in the history, and what dashboards cost. */
export async function api({ seconds }: SuiteOptions): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'headwater-bench-api-'));
  await fillHistory(join(home, 'data'));
  const server = await headwater({ mergeWindowMs: 0, home });
  const publishers: RtmpPublisher[] = [];
  const flv = await makeFlv({ seconds: 8, gop: 1, size: '128x72', fps: 1 });
  try {
    const pictures = flv.tags.filter(({ type }) => type !== 'audio');
    await publishAll(server, publishers, pictures);
    const client = await Client.logIn(server, home);
    await client.untilReady();
    await reads(client);
    await dashboards(server, client, Math.max(10, seconds));
  } finally {
    await Promise.all(publishers.map((each) => each.drop()));
    await server.stop();
    await flv.remove();
    rmSync(home, { recursive: true, force: true });
  }
}

async function fillHistory(dataDir: string): Promise<void> {
  const quiet = () => undefined;
  const log = { info: quiet, warn: quiet, error: quiet };
  const store = await openStore({ dataDir, databaseUrl: undefined, log, waitMs: 120_000 });
  await store.query(
    `insert into headwater.publish_sessions
       (id, node_id, domain, ingest_domain, app, stream, opened_at, closed_at, close_reason, data, endpoint_ids)
     select 'old-' || n, 'bench', 'default', 'default', 'live', 's' || n % 500, now() - n * interval '3 minutes',
       now() - n * interval '3 minutes' + interval '2 minutes', 'unpublished', '{}', '{}'
     from generate_series(1, $1::int) n`,
    [SESSIONS],
  );
  await store.close();
}

/** Encoders of one picture a second: what counts here is that there are so many. */
async function publishAll({ publishUrl = '' }: BenchServer, publishers: RtmpPublisher[], tags: MadeFlv['tags']) {
  const port = Number(new URL(publishUrl).port);
  for (let n = 0; n < STREAMS; n++) {
    const publisher = await RtmpPublisher.open({ port, path: `live/s${n}` });
    publishers.push(publisher);
    playForEver(publisher, tags);
  }
}

/** Asks the API as a browser that is logged in. */
class Client {
  readonly #base: string;
  readonly #cookie: string;

  private constructor(base: string, cookie: string) {
    this.#base = base;
    this.#cookie = cookie;
  }

  static async logIn({ control }: BenchServer, home: string): Promise<Client> {
    const { adminPassword } = JSON.parse(readFileSync(join(home, 'data/secrets.json'), 'utf8'));
    const response = await fetch(`${control}/api/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password: adminPassword }),
    });
    return new Client(`${control}/api/v1`, response.headers.get('set-cookie')?.split(';')[0] ?? '');
  }

  /** The body's size in bytes; a problem is an error. */
  async get(path: string): Promise<{ readonly bytes: number; readonly ms: number }> {
    const startedMs = performance.now();
    const response = await fetch(`${this.#base}${path}`, { headers: { cookie: this.#cookie } });
    const { byteLength: bytes } = await response.arrayBuffer();
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return { bytes, ms: performance.now() - startedMs };
  }

  async untilReady(): Promise<void> {
    for (let n = 0; n < 300; n++) {
      const isThere = await this.get('/history?limit=1').then(
        () => true,
        () => false,
      );
      if (isThere) return;
      await delay(200);
    }
    throw new Error('the database is not ready');
  }
}

async function reads(client: Client): Promise<void> {
  const paths = [
    '/streams',
    '/streams?limit=50',
    '/streams/default/live/s500',
    '/history?limit=100',
    '/history?limit=100&stream=s7',
    '/viewers?limit=100',
    '/blocks',
    '/health',
    '/rules',
  ];
  console.log('| read | KB | median ms | p95 ms |');
  console.log('|---|--:|--:|--:|');
  for (const path of paths) {
    await client.get(path);
    const times: number[] = [];
    let size = 0;
    for (let n = 0; n < READS; n++) {
      const { bytes, ms } = await client.get(path);
      size = bytes;
      times.push(ms);
    }
    times.sort((a, b) => a - b);
    const at = (share: number) => (times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(1);
    console.log(`| \`${path}\` | ${(size / 1000).toFixed(1)} | ${at(0.5)} | ${at(0.95)} |`);
  }
}

/** The server's processor time without anybody looking, with one dashboard, and with ten. */
async function dashboards(server: BenchServer, client: Client, seconds: number): Promise<void> {
  console.log('\n| dashboards on 1000 streams | server CPU % of a core | beyond none |');
  console.log('|--:|--:|--:|');
  let idle = 0;
  for (const count of [0, 1, DASHBOARDS]) {
    const end = new AbortController();
    const open = Array.from({ length: count }, (_, n) => poll(client, (n * POLL_MS) / count, end.signal));
    const [before, startedMs] = [cpuSeconds(server.pid), performance.now()];
    await delay(seconds * 1000);
    const share = (100_000 * (cpuSeconds(server.pid) - before)) / (performance.now() - startedMs);
    end.abort();
    await Promise.all(open);
    if (count === 0) idle = share;
    console.log(`| ${count} | ${share.toFixed(1)} | ${(share - idle).toFixed(1)} |`);
  }
}

async function poll(client: Client, afterMs: number, signal: AbortSignal): Promise<void> {
  await delay(afterMs, undefined, { signal }).catch(() => undefined);
  while (!signal.aborted) {
    await client.get('/streams');
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** CPU time of a process so far, by the clock ticks of /proc. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
