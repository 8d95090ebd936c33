import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { signTypeA } from '../../src/access/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { type Headwater, until, untilLive } from '../support/index.ts';
import {
  counted,
  FlvViewer,
  HlsViewer,
  type MadeFlv,
  makeFlv,
  OPEN_DOMAIN,
  openServer,
  playForEver,
  RtmpPublisher,
} from '../support/peers.ts';
import { DOORS, view } from '../support/viewer-doors.ts';

type Answer = { readonly status: number; readonly fields: readonly string[]; readonly body: Buffer };

const KEY = 'a-key-of-viewers-1';
const SIGNED = 'signed.test';
const domains: NonNullable<RulesInput['domains']> = [
  OPEN_DOMAIN,
  { ...OPEN_DOMAIN, name: SIGNED, play: { auth: { type: 'type_a', key1: KEY } } },
  {
    ...OPEN_DOMAIN,
    name: 'elsewhere.test',
    play: { auth: { type: 'no_auth' }, ip: { mode: 'allow', list: ['203.0.113.0/24'] } },
  },
];
const streams: RulesInput['streams'] = [
  { match: { stream: 'few' }, delivery: { maxViewers: 5 } },
  { match: { stream: 'brief' }, hls: { windowSegments: 3, segmentSeconds: 1 } },
];

let server: Headwater;
let plain: Headwater;
let picture: MadeFlv;
const cleanups: (() => unknown)[] = [];
const publishers: RtmpPublisher[] = [];

beforeAll(async () => {
  picture = await makeFlv({ seconds: 4, gop: 15, size: '160x90', bitrate: '100k' });
  const env = { HEADWATER_PLAYBACK_WORKERS: '2' };
  [server, plain] = await Promise.all([openServer(streams, { domains, env }), openServer(streams, { domains })]);
  for (const each of [server, plain]) for (const name of ['one', 'few', 'brief']) await publish(each, `live/${name}`);
  await publish(plain, 'live/one', SIGNED);
  await untilWorkers(2);
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

afterAll(async () => {
  for (const publisher of publishers) await publisher.drop();
  await Promise.all([server?.stop(), plain?.stop()]);
  await picture?.remove();
});

async function publish(to: Headwater, path: string, host?: string): Promise<RtmpPublisher> {
  const [app = '', streamName = ''] = path.split('/');
  const split = { tcUrl: `rtmp://${host ?? '127.0.0.1'}/${app}`, app, streamName };
  const publisher = await RtmpPublisher.open({ port: to.rtmpPort, path, split });
  publishers.push(publisher);
  playForEver(publisher, picture.tags);
  if (!host) await untilLive(to, path);
  return publisher;
}

/** The processes that the server started to serve viewers. */
function workerPids(): number[] {
  const isWorker = (pid: string) => {
    try {
      const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
      const parent = Number(rest.split(' ')[1]);
      return parent === server.child.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('playback-worker');
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isWorker(name))
    .map(Number);
}

const readyLines = () => server.log().filter(({ message }) => message === 'playback worker ready').length;

async function untilWorkers(count: number): Promise<void> {
  await until(`${count} workers take viewers`, async () => {
    const up = [1, 2].map((worker) => counted(server, `headwater_playback_worker_up{worker="${worker}"}`));
    return (await Promise.all(up)).reduce((sum, each) => sum + each, 0) === count;
  });
}

async function watch(path: string): Promise<FlvViewer> {
  const viewer = await FlvViewer.open(`${server.playback}/${path}.flv`);
  cleanups.push(() => viewer.close());
  return viewer;
}

async function viewersOf(name: string): Promise<number> {
  type Streams = { streams: { domain: string; name: string; viewers: Record<string, number> }[] };
  const { streams: all } = await server.api<Streams>('/streams');
  const viewers = all.find((each) => each.domain === 'default' && each.name === name)?.viewers ?? {};
  return Object.values(viewers).reduce((sum, count) => sum + count, 0);
}

async function ask(
  base: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; agent?: Agent } = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, agent = new Agent() } = options;
  const request = httpRequest(base + path, { method, headers, agent });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const body: Buffer[] = [];
  for await (const bytes of response) body.push(bytes);
  const fields = response.rawHeaders.filter((_, index, all) => all[index - (index % 2)] !== 'Date');
  return { status: response.statusCode ?? 0, fields, body: Buffer.concat(body) };
}

const uriIn = (text: string, at: number) =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .at(at) ?? '';

async function mediaPlaylist(name: string): Promise<string> {
  const path = `/live/${name}.m3u8`;
  const { body } = await ask(server.playback, path);
  return new URL(uriIn(body.toString(), -1), `http://x${path}`).pathname;
}

describe('a server with two playback workers', () => {
  it('serves FLV by both, and counts viewers and bytes as they are', async () => {
    const viewers = await Promise.all(Array.from({ length: 8 }, () => watch('live/one')));
    const ofWorker = (worker: number) => counted(server, `headwater_playback_worker_viewers{worker="${worker}"}`);
    await until('four each', async () => (await ofWorker(1)) === 4 && (await ofWorker(2)) === 4);
    expect(await viewersOf('one')).toBe(8);
    await until('all get pictures', () => viewers.every(({ tags }) => tags.length > 60));
    await viewers[0]?.close();
    await until('one less', async () => (await viewersOf('one')) === 7);
    const before = await counted(server, 'headwater_delivered_bytes_total{protocol="flv"}');
    const got = () =>
      viewers.reduce((sum, { tags }) => sum + tags.reduce((all, each) => all + each.payload.length, 0), 0);
    expect(before).toBeGreaterThan(0);
    await until('what was given is counted', async () => {
      const least = got();
      return (await counted(server, 'headwater_delivered_bytes_total{protocol="flv"}')) >= least;
    });
  });

  it('keeps the limit of a stream exactly, however many come at once', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => view(server, 'flv', { name: 'live/few' })));
    const playing = all.filter(({ answer }) => answer === 'playing');
    for (const each of playing) cleanups.push(() => each.close());
    expect(playing.length).toBe(5);
    const refused = all.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ answer, status }) => `${status} ${answer}`))).toEqual(
      new Set(['429 limit of 5 viewers reached']),
    );
    await until('five are counted', async () => (await viewersOf('few')) === 5);
    playing[0]?.close();
    await until('there is room', async () => (await viewersOf('few')) === 4);
    const again = await view(server, 'ws-flv', { name: 'live/few' });
    cleanups.push(() => again.close());
    expect(again.answer).toBe('playing');
    expect((await view(server, 'hls', { name: 'live/few' })).answer).toBe('limit of 5 viewers reached');
  });

  it('answers as a server without workers does, field by field', async () => {
    const wrong = '/live/one.flv?auth_key=4102444800-0-0-00000000000000000000000000000000';
    const asked: readonly (readonly [path: string, method?: string, headers?: Record<string, string>])[] = [
      [wrong, 'GET', { host: SIGNED }],
      [wrong, 'HEAD', { host: SIGNED }],
      ['/live/one.m3u8', 'GET', { host: SIGNED }],
      ['/live/nobody.flv'],
      ['/live/one.flv', 'HEAD'],
      ['/live/one.flv', 'OPTIONS'],
      ['/live/one.flv?hw_renditions'],
      ['/live/one.flv', 'GET', { host: 'elsewhere.test' }],
      ['/live/one/~x.y/live.m3u8'],
      ['/live/one/~/live.m3u8?hw_token=x'],
      ['/live/one'],
      ['/live/nobody.jpg'],
      ['/nothing/like/this/at/all'],
      ['/live/one.flv', 'POST', { 'content-length': '0' }],
    ];
    for (const [path, method = 'GET', headers = {}] of asked) {
      const [through, directly] = await Promise.all([
        ask(server.playback, path, { method, headers }),
        ask(plain.playback, path, { method, headers }),
      ]);
      expect({ path, ...through }).toEqual({ path, ...directly });
    }
    for (const door of DOORS) {
      const wanted = { name: 'live/one', host: 'elsewhere.test' };
      const [through, directly] = await Promise.all([view(server, door, wanted), view(plain, door, wanted)]);
      expect([door, through.status, through.answer]).toEqual([door, directly.status, directly.answer]);
    }
  });

  it('believes nobody who says what only a worker says', async () => {
    const headers = { host: 'elsewhere.test', 'headwater-offer': '1 https flv 203.0.113.5' };
    expect((await ask(server.playback, '/live/one.flv', { headers })).status).toBe(403);
    expect((await ask(plain.playback, '/live/one.flv', { headers })).status).toBe(403);
    const { fields } = await ask(server.playback, await mediaPlaylist('one'), {
      headers: { 'headwater-offer': '1 https hls 203.0.113.5' },
    });
    expect(fields.some((field) => /^headwater-/i.test(field))).toBe(false);
  });

  it('lets in whom a signature lets in', async () => {
    await publish(server, 'live/one', SIGNED);
    const timestampSeconds = Math.floor(Date.now() / 1000) + 600;
    const sign = (path: string) =>
      `${path}?auth_key=${signTypeA({ path, key: KEY, timestampSeconds, rand: '0', uid: '0' })}`;
    for (const door of ['flv', 'ws-flv', 'hls'] as const) {
      const viewing = await view(server, door, { name: 'live/one', host: SIGNED, sign });
      cleanups.push(() => viewing.close());
      expect([door, viewing.answer]).toEqual([door, 'playing']);
    }
  });

  it('serves the same segments and playlists by whichever worker, and by itself while the server stands still', async () => {
    const path = await mediaPlaylist('brief');
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const agents = [1, 2, 3, 4].map(() => new Agent({ keepAlive: true, maxSockets: 1 }));
    for (const agent of agents) cleanups.push(() => agent.destroy());
    const askBy = (agent: Agent, file: string) => ask(server.playback, folder + file, { agent });
    const playlists = async () => {
      const all = await Promise.all(agents.map((agent) => askBy(agent, 'live.m3u8')));
      return all.map(({ body }) => body.toString());
    };
    const sequenceOf = (text = '') => Number(/EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]);
    const [first] = await playlists();
    // By then each copy has as many segments as a playlist lists.
    await until('the window slid', async () => sequenceOf((await playlists())[0]) > sequenceOf(first) + 8);
    const segment = uriIn((await playlists())[0] ?? '', 1);
    const inAll = await Promise.all(agents.map((agent) => askBy(agent, segment)));
    expect(new Set(inAll.map(({ status, body }) => `${status} ${body.toString('base64')}`)).size).toBe(1);
    expect(inAll[0]?.status).toBe(200);
    server.child.process.kill('SIGSTOP');
    try {
      const still = await Promise.all(agents.map((agent) => askBy(agent, segment)));
      expect(still.map(({ body }) => body.equals(inAll[0]?.body as Buffer))).toEqual([true, true, true, true]);
      expect(new Set(await playlists()).size).toBe(1);
    } finally {
      server.child.process.kill('SIGCONT');
    }
  });

  it('gives LL-HLS without a gap, a step back or a failure', async () => {
    const viewers = await Promise.all(
      [1, 2, 3, 4].map(() => HlsViewer.open(`${server.playback}/live/one.m3u8`, { lowLatency: true })),
    );
    for (const viewer of viewers) cleanups.push(() => viewer.close());
    await until('sixteen seconds', () => viewers.every(({ segments }) => segments.length >= 12), 120_000);
    for (const { mediaSequences, segments, failures, statuses } of viewers) {
      expect(mediaSequences).toEqual(mediaSequences.toSorted((a, b) => a - b));
      expect(segments.map(({ number }, index) => number - index)).toEqual(segments.map(() => segments[0]?.number));
      expect({ failures, statuses: [...new Set(statuses)] }).toEqual({ failures: [], statuses: [200] });
    }
    expect(await viewersOf('one')).toBeGreaterThanOrEqual(4);
  });

  it('sends away whom a change of the rules shuts out, and a revoked session', async () => {
    const path = await mediaPlaylist('one');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    cleanups.push(() => agent.destroy());
    const status = async () => (await ask(server.playback, path, { agent })).status;
    for (let i = 0; i < 5; i++) expect(await status()).toBe(200);
    const session = /~[^.]+\.[^.]+\.([^.]+)\./.exec(path)?.[1] ?? '';
    const flv = await Promise.all([watch('live/one'), watch('live/one')]);
    await server.setRules({ domains, streams, revoked: [{ session }] });
    await until('the session is refused', async () => (await status()) === 403);
    expect(flv.map(({ isClosed }) => isClosed)).toEqual([false, false]);
    const closed: typeof domains = [
      { ...OPEN_DOMAIN, play: { auth: { type: 'type_a', key1: KEY } } },
      ...domains.slice(1),
    ];
    await server.setRules({ domains: closed, streams });
    await Promise.all(flv.map((viewer) => viewer.closed));
    expect((await ask(server.playback, '/live/one.flv')).status).toBe(403);
    await server.setRules({ domains, streams });
    await until('all may play again', async () => (await ask(server.playback, '/live/one.m3u8')).status === 200);
  });

  it('loses a worker, and only those whom it served notice', async () => {
    const viewers = await Promise.all(Array.from({ length: 6 }, () => watch('live/one')));
    const flvViewers = () => counted(server, 'headwater_viewers{protocol="flv"}');
    const ofWorker = (worker: number) => counted(server, `headwater_playback_worker_viewers{worker="${worker}"}`);
    await until('they are counted', async () => (await ofWorker(1)) + (await ofWorker(2)) === 6);
    const served = await ofWorker(1);
    expect(served).toBeGreaterThan(0);
    expect(served).toBeLessThan(6);
    const { pid: victim } =
      server.log().find((line) => line.message === 'playback worker ready' && line.worker === 1) ?? {};
    const readyBefore = readyLines();
    process.kill(Number(victim), 'SIGKILL');
    await until('those whom it served are gone', () => viewers.filter(({ isClosed }) => isClosed).length === served);
    const left = viewers.filter(({ isClosed }) => !isClosed);
    await until('their sessions are given back', async () => (await flvViewers()) === left.length);
    const had = left.map(({ tags }) => tags.length);
    // What metrics say may be of the moment before.
    await until('another one takes its place', () => readyLines() > readyBefore);
    await untilWorkers(2);
    expect(workerPids()).not.toContain(Number(victim));
    expect(workerPids().length).toBe(2);
    await until('the others watch on', () => left.every(({ tags }, index) => tags.length > (had[index] ?? 0) + 60));
    const times = left.map(({ tags }) => tags.filter(({ type }) => type === 'video').map((tag) => tag.timestampMs));
    for (const each of times) expect(each).toEqual(each.toSorted((a, b) => a - b));
    expect(server.log().filter(({ message }) => message === 'publish ended')).toEqual([]);
    await Promise.all(Array.from({ length: 4 }, () => watch('live/one')));
    await until('the new one serves', async () => (await ofWorker(1)) > 0);
    await until('all are counted', async () => (await flvViewers()) === left.length + 4);
  });

  it('ends with its server: viewers let go, no process left', async () => {
    const viewers = await Promise.all([watch('live/one'), watch('live/one')]);
    const pids = workerPids();
    expect(pids.length).toBe(2);
    server.child.process.kill('SIGTERM');
    await Promise.all(viewers.map((viewer) => viewer.closed));
    expect(await server.child.exited).toBe(0);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
  });
});
