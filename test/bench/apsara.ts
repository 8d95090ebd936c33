import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { signatureV1, stringToSignV1 } from '../../src/server/apsara/signature-v1.ts';
import { ALGORITHM_V3, sha256, signatureV3, stringToSignV3 } from '../../src/server/apsara/signature-v3.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { type BenchServer, headwater } from './servers.ts';
import type { SuiteOptions } from './suite.ts';

const VERSION = '2016-11-01';
const DOMAINS = 100;
const STREAMS = 50;
const CONNECTIONS = 16;
const WARM_UP_MS = 1000;
const MOST_SECONDS = 5;
const ACTIONS: readonly (readonly [name: string, parameters: Readonly<Record<string, string>>])[] = [
  ['DescribeLiveStreamState', { DomainName: 'default', AppName: 'live', StreamName: 's0' }],
  ['DescribeLiveUserDomains', { PageSize: '50', PageNumber: '1' }],
  ['DescribeLiveStreamsOnlineList', { DomainName: 'default', PageSize: '50' }],
];

type Key = { readonly id: string; readonly secret: string };
type Loaded = Awaited<ReturnType<typeof load>>;
type Signed = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Signed calls a second of ApsaraVideo's OpenAPI, on a server that has one core, and what each costs. */
export async function apsara({ seconds, part }: SuiteOptions): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'headwater-bench-apsara-'));
  const domains = Array.from({ length: DOMAINS - 1 }, (_, n) => ({ name: `d${n}.test` }));
  const server = await headwater({ mergeWindowMs: 0, home, domains });
  const flv = await makeFlv({ seconds: 8, gop: 1, size: '128x72', fps: 1 });
  const publishers: RtmpPublisher[] = [];
  try {
    const key = await newKey(server, home);
    await publishAll(server, publishers, flv);
    const lastMs = 1000 * Math.min(MOST_SECONDS, seconds);
    console.log('| action | signature | calls/s | server CPU ms a call | calls per CPU second | p95 ms | KB |');
    console.log('|---|---|--:|--:|--:|--:|--:|');
    const asked = await load(server, () => ({ method: 'GET', path: '/healthz', headers: {} }), lastMs);
    console.log(row('`GET /healthz`', 'none', asked));
    for (const [action, parameters] of ACTIONS) {
      if (part !== undefined && part !== action) continue;
      for (const version of ['v1', 'v3'] as const) {
        const sign = () =>
          (version === 'v1' ? signedV1 : signedV3)(action, parameters, key, new URL(server.control ?? ''));
        await load(server, sign, WARM_UP_MS);
        const loaded = await load(server, sign, lastMs);
        console.log(row(`\`${action}\``, version, loaded));
      }
    }
  } finally {
    await Promise.all(publishers.map((each) => each.drop()));
    await server.stop();
    await flv.remove();
    rmSync(home, { recursive: true, force: true });
  }
}

async function newKey({ control }: BenchServer, home: string): Promise<Key> {
  const { adminPassword } = JSON.parse(readFileSync(join(home, 'data/secrets.json'), 'utf8'));
  const headers = { authorization: `Bearer ${adminPassword}`, 'content-type': 'application/json' };
  for (let n = 0; n < 300; n++) {
    const users = await fetch(`${control}/api/v1/users`, { headers });
    if (users.ok) {
      const [admin] = ((await users.json()) as { users: { id: string }[] }).users;
      const body = JSON.stringify({ userId: admin?.id });
      const made = await fetch(`${control}/api/v1/access-keys`, { method: 'POST', headers, body });
      if (made.ok) return (await made.json()) as Key;
    }
    await delay(200);
  }
  throw new Error('no access key could be made');
}

async function publishAll({ publishUrl = '' }: BenchServer, publishers: RtmpPublisher[], { tags }: MadeFlv) {
  const pictures = tags.filter(({ type }) => type !== 'audio');
  for (let n = 0; n < STREAMS; n++) {
    const publisher = await RtmpPublisher.open({ port: Number(new URL(publishUrl).port), path: `live/s${n}` });
    publishers.push(publisher);
    playForEver(publisher, pictures);
  }
}

/** As many calls as the server answers, each with a signature of its own. */
async function load({ control = '' }: BenchServer, sign: () => Signed, lastMs: number) {
  const pool = new Pool(control, { connections: CONNECTIONS });
  const times: number[] = [];
  let bytes = 0;
  const [cpuBefore, startedMs] = [await cpuMs(control), performance.now()];
  const caller = async () => {
    while (performance.now() - startedMs < lastMs) {
      const askedMs = performance.now();
      const { statusCode, body } = await pool.request(sign());
      const answer = await body.arrayBuffer();
      if (statusCode !== 200) throw new Error(`${statusCode} ${Buffer.from(answer).toString()}`);
      bytes = answer.byteLength;
      times.push(performance.now() - askedMs);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, caller));
  const [ms, used] = [performance.now() - startedMs, (await cpuMs(control)) - cpuBefore];
  await pool.close();
  times.sort((a, b) => a - b);
  return { calls: times.length, ms, cpuMs: used, bytes, p95: times[Math.floor(times.length * 0.95)] ?? Number.NaN };
}

function row(asked: string, signature: string, { calls, ms, cpuMs: used, p95, bytes }: Loaded): string {
  const perCall = used / calls;
  const rates = [((1000 * calls) / ms).toFixed(0), perCall.toFixed(2), (1000 / perCall).toFixed(0)];
  return `| ${[asked, signature, ...rates, p95.toFixed(1), (bytes / 1000).toFixed(1)].join(' | ')} |`;
}

/** What `process.cpuUsage()` says in the server. */
async function cpuMs(control: string): Promise<number> {
  const text = await (await fetch(`${control}/metrics`)).text();
  return 1000 * Number(/^headwater_process_cpu_seconds_total (\S+)/m.exec(text)?.[1]);
}

function signedV1(Action: string, parameters: Readonly<Record<string, string>>, key: Key): Signed {
  const all = new Map(
    Object.entries({
      ...{ Action, Version: VERSION, Format: 'JSON', AccessKeyId: key.id, SignatureMethod: 'HMAC-SHA1' },
      ...{ SignatureVersion: '1.0', SignatureNonce: randomUUID(), Timestamp: now(), ...parameters },
    }),
  );
  all.set('Signature', signatureV1(stringToSignV1('POST', all), key.secret));
  return { method: 'POST', path: `/?${new URLSearchParams([...all])}`, headers: {} };
}

function signedV3(action: string, parameters: Readonly<Record<string, string>>, key: Key, { host }: URL): Signed {
  const bodySha256 = sha256('');
  const headers = {
    ...{ host, 'x-acs-action': action, 'x-acs-version': VERSION, 'x-acs-date': now() },
    ...{ 'x-acs-signature-nonce': randomUUID(), 'x-acs-content-sha256': bodySha256 },
  };
  const signedHeaders = Object.keys(headers).sort();
  const query = new Map(Object.entries(parameters));
  const text = stringToSignV3({ method: 'POST', query, headers, signedHeaders, bodySha256 });
  const signature = signatureV3(text, key.secret);
  const credential = `Credential=${key.id},SignedHeaders=${signedHeaders.join(';')},Signature=${signature}`;
  return {
    method: 'POST',
    path: `/?${new URLSearchParams(parameters)}`,
    headers: { ...headers, authorization: `${ALGORITHM_V3} ${credential}` },
  };
}

const now = () => `${new Date().toISOString().slice(0, 19)}Z`;
