import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CountingViewer,
  countingFlv,
  countingHls,
  countingRtmp,
  countingWebSocket,
} from '../support/counting-viewers.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { type SystemPostgres, startSystemPostgres } from './store/helpers.ts';

type Point = Record<string, number | string>;
type Door = (typeof DOORS)[number];

const DOMAIN = 'default';
const DOORS = ['flv', 'ws-flv', 'rtmp', 'hls'] as const;

let system: SystemPostgres;
let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let flv: MadeFlv;

const start = async () => {
  server = await startHeadwater({
    rules: {
      domains: [{ ...OPEN_DOMAIN, tags: { team: 'shop' } }],
      streams: [{ match: {}, publish: { waitSeconds: 0 }, hls: { segmentSeconds: 1 } }],
    },
    dataDir: join(home.path, 'data'),
    env: { DATABASE_URL: system.url },
  });
};

beforeAll(async () => {
  [system, flv, home] = await Promise.all([
    startSystemPostgres(),
    makeFlv({ seconds: 4, gop: 15, size: '640x360' }),
    tempDir('usage'),
  ]);
  await start();
}, 180_000);

afterAll(async () => {
  await server?.stop();
  system?.remove();
  await Promise.all([flv?.remove(), home?.remove()]);
});

/** Viewers of every door, until their sum of received bytes is enough. */
class Show {
  readonly path: string;
  readonly viewers = new Map<Door, CountingViewer[]>();
  readonly #publisher: RtmpPublisher;
  readonly #playing: ReturnType<typeof playForEver>;

  private constructor(path: string, publisher: RtmpPublisher) {
    this.path = path;
    this.#publisher = publisher;
    this.#playing = playForEver(publisher, flv.tags);
  }

  static async begin(path: string): Promise<Show> {
    const show = new Show(path, await RtmpPublisher.open({ port: server.rtmpPort, path }));
    await until('it is live', async () => (await server.api<{ streams: unknown[] }>('/streams')).streams.length > 0);
    show.viewers.set('flv', await Promise.all([1, 2, 3].map(() => countingFlv(server, path))));
    show.viewers.set('ws-flv', [await countingWebSocket(server, path)]);
    show.viewers.set('rtmp', await Promise.all([1, 2].map(() => countingRtmp(server, path))));
    show.viewers.set('hls', [await countingHls(server, path)]);
    return show;
  }

  received(door: Door): number {
    return this.viewers.get(door)!.reduce((sum, viewer) => sum + viewer.received(), 0);
  }

  async untilReceived(bytes: number): Promise<void> {
    for (const door of this.viewers.keys()) {
      const viewers = this.viewers.get(door)!.length;
      await until(`${door} has enough`, () => this.received(door) >= bytes * viewers, 90_000);
    }
  }

  /** The server is gone. */
  async drop(): Promise<void> {
    await this.#playing.stop().catch(() => undefined);
    await this.#publisher.drop();
    for (const viewer of [...this.viewers.values()].flat()) viewer.close();
  }

  /** The publisher leaves, and each viewer gets the rest of it. */
  async end(): Promise<void> {
    await this.#playing.stop();
    await this.#publisher.unpublish().catch(() => undefined);
    await Promise.all([...this.viewers.values()].flat().map(({ ended }) => ended));
  }
}

async function usage(query: string): Promise<Point[]> {
  return (await server.api<{ points: Point[] }>(`/usage?${query}`)).points;
}

const total = (points: readonly Point[], measure: string) =>
  points.reduce((sum, point) => sum + Number(point[measure]), 0);

async function bytesOf(path: string, door: Door): Promise<number> {
  const [app, stream] = path.split('/');
  const query = `domain=${DOMAIN}&app=${app}&stream=${stream}&grain=minute&by=door&door=${door}`;
  return total(await usage(query), 'egressBytes');
}

function expectNear(counted: number, received: number): void {
  expect(Math.abs(counted - received) / received).toBeLessThan(0.005);
}

const keyOf = ({ at, stream, door, egressBytes }: Point) => [at, stream, door, egressBytes].join();

/** Nothing waits on the disk. */
async function isStored(): Promise<boolean> {
  const names = await readdir(join(home.path, 'data', 'usage')).catch(() => []);
  return names.length === 0;
}

const running = () => join(home.path, 'data', 'usage', 'running.json.gz');
const keptAtMs = async () => (await stat(running()).catch(() => undefined))?.mtimeMs ?? 0;

describe('usage', () => {
  it('is what viewers received, though the database was away for the half of it', async () => {
    const show = await Show.begin('live/outage');
    await show.untilReceived(700_000);
    system.stop();
    await show.untilReceived(1_500_000);
    await show.end();
    await server.stop();
    system.start();
    await start();
    await until('all is stored', isStored, 60_000);
    for (const door of DOORS) expectNear(await bytesOf(show.path, door), show.received(door));
    const [total] = await usage(`domain=${DOMAIN}&grain=day`);
    expect(total).toMatchObject({ peakViewers: 7, publishes: 1 });
    const doors = await usage(`domain=${DOMAIN}&grain=day&by=door`);
    expect(doors.map(({ door, peakViewers }) => [door, peakViewers])).toEqual([
      ['flv', 3],
      ['hls', 1],
      ['rtmp', 2],
      ['ws-flv', 1],
    ]);
    expect(doors.reduce((sum, { egressBytes }) => sum + Number(egressBytes), 0)).toBe(total!.egressBytes);
  });

  it('loses nothing that was kept when the process is killed, and what it did since at most', async () => {
    const show = await Show.begin('live/killed');
    await show.untilReceived(1_500_000);
    await show.end();
    const endedMs = Date.now();
    await until('the running minute is kept', async () => (await keptAtMs()) > endedMs, 20_000);
    await server.stop('SIGKILL');
    await start();
    await until('all is stored', isStored, 60_000);
    for (const door of DOORS) expectNear(await bytesOf(show.path, door), show.received(door));
  });

  it('loses five seconds at most of viewers who are watching when the process is killed', async () => {
    const show = await Show.begin('live/cut');
    const samples: { readonly atMs: number; readonly bytes: number }[] = [];
    const sampling = setInterval(() => samples.push({ atMs: Date.now(), bytes: show.received('flv') }), 50);
    await show.untilReceived(1_500_000);
    const keptMs = await keptAtMs();
    await until('the running minute is kept again', async () => (await keptAtMs()) > keptMs, 20_000);
    const lastKeptMs = await keptAtMs();
    await server.stop('SIGKILL');
    clearInterval(sampling);
    await start();
    await until('all is stored', isStored, 60_000);
    const counted = await bytesOf(show.path, 'flv');
    // What is on its way is counted already, and the file is written a moment after it is made.
    const before = samples.findLast(({ atMs }) => atMs < lastKeptMs - 1000)?.bytes ?? 0;
    expect(counted).toBeGreaterThan(before * 0.995);
    expect(counted).toBeLessThan(show.received('flv') * 1.05);
    await show.drop();
  });

  it('knows answers by their status, and refused names that nobody publishes by their domain only', async () => {
    const statusOf = async (path: string) => (await fetch(server.playback + path)).status;
    expect(await statusOf('/live/nobody.flv')).toBe(404);
    expect(await statusOf('/live/nobody-else.m3u8')).toBe(404);
    await server.stop();
    await start();
    await until('all is stored', isStored, 60_000);
    const { details } = await server.api<{ details: Point[] }>(`/usage/details?kind=requests&grain=day&by=door`);
    const count = (door: Door, status: string) =>
      details.find((each) => each.door === door && each.detail === status)?.count ?? 0;
    expect(count('flv', '404')).toBe(1);
    expect(count('hls', '404')).toBe(1);
    expect(count('flv', '200')).toBe(9);
    expect(count('ws-flv', '101')).toBe(3);
    expect(count('hls', '200')).toBeGreaterThan(20);
    const { details: named } = await server.api<{ details: Point[] }>(
      `/usage/details?kind=requests&grain=day&by=stream`,
    );
    expect([...new Set(named.map(({ stream }) => stream))].sort()).toEqual(['', 'cut', 'killed', 'outage']);
  });

  it('is a table for other programs', async () => {
    const url = `http://127.0.0.1:${server.controlPort}/api/v1/usage.csv?grain=day&by=stream,door&domain=${DOMAIN}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${server.secrets.adminPassword}` } });
    expect(answer.headers.get('content-type')).toContain('text/csv');
    const [head = '', ...lines] = (await answer.text()).trimEnd().split('\r\n');
    expect(head.split(',').slice(0, 4)).toEqual(['at', 'stream', 'door', 'egressBytes']);
    const points = await usage(`grain=day&by=stream,door&domain=${DOMAIN}`);
    expect(lines.map((line) => line.split(',').slice(1, 4))).toEqual(
      points.map(({ stream, door, egressBytes }) => [stream, door, String(egressBytes)]),
    );
  });

  it('comes in pages that are the whole', async () => {
    const query = `grain=minute&by=stream,door&domain=${DOMAIN}`;
    const all = await usage(query);
    const paged: Point[] = [];
    for (let cursor = ''; ; ) {
      type Page = { points: Point[]; nextCursor?: string };
      const page = await server.api<Page>(`/usage?${query}&limit=2${cursor && `&cursor=${cursor}`}`);
      paged.push(...page.points);
      if (page.nextCursor === undefined) break;
      cursor = page.nextCursor;
    }
    expect(all.length).toBeGreaterThan(5);
    expect(paged.map(keyOf)).toEqual(all.map(keyOf));
  });

  it('is refused to who may not see it, and is theirs only for who has a domain', async () => {
    const password = 'correct horse battery';
    const call = (path: string, init: RequestInit = {}) =>
      fetch(`http://127.0.0.1:${server.controlPort}/api/v1${path}`, init);
    const addUser = async (name: string, grants: object[]) => {
      const headers = { authorization: `Bearer ${server.secrets.adminPassword}`, 'content-type': 'application/json' };
      const made = await call('/users', { method: 'POST', headers, body: JSON.stringify({ name, password, grants }) });
      expect(made.status).toBe(201);
      const body = JSON.stringify({ user: name, password });
      const { headers: answer } = await call('/login', {
        method: 'POST',
        headers: { ...headers, authorization: '' },
        body,
      });
      return { cookie: answer.get('set-cookie') ?? '' };
    };
    const mine = await addUser('mine', [{ role: 'domain-manager', resources: [`domain/${DOMAIN}`] }]);
    const other = await addUser('other', [{ role: 'domain-manager', resources: ['domain/other.example.com'] }]);
    const day = async (query: string, headers: { cookie: string }) => {
      const answer = await call(`/usage?grain=day${query}`, { headers });
      return { status: answer.status, ...((await answer.json()) as { points?: Point[] }) };
    };
    const [whole] = await usage('grain=day');
    expect((await day('', mine)).points).toMatchObject([{ egressBytes: whole!.egressBytes }]);
    expect((await day(`&domain=${DOMAIN}`, other)).status).toBe(403);
    expect((await day('', other)).status).toBe(403);
    expect((await day('&domain=other.example.com', other)).points).toEqual([]);
  });

  it.each([
    ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'BAD_RANGE'],
    ['from=2020-01-01T00:00:00Z&grain=minute', 'BAD_RANGE'],
    ['stream=demo', 'BAD_REQUEST'],
    ['by=tag,stream', 'BAD_REQUEST'],
    ['by=colour', 'BAD_REQUEST'],
    ['grain=year', 'BAD_REQUEST'],
    ['cursor=x', 'BAD_CURSOR'],
  ])('says what is wrong with %s', async (query, code) => {
    await expect(usage(query)).rejects.toThrow(code);
  });
});
