import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Broker, natsServer, readNats, readRedis, redisServer, type SunkEvent } from '../support/brokers.ts';
import { type Headwater, publishTestPicture, tempDir, until } from '../support/index.ts';
import { Scrape } from '../support/scrape.ts';
import { startUploadServer } from '../support/uploads.ts';

type Told = { readonly id: string; readonly kind: string };

let home: Awaited<ReturnType<typeof tempDir>>;
let redis: Broker;
let nats: Broker;
let server: Headwater;
let asset: string;
let titles = 0;

beforeAll(async () => {
  home = await tempDir('event-sinks');
  for (const name of ['redis', 'nats']) await mkdir(join(home.path, name));
  redis = await redisServer(join(home.path, 'redis'));
  nats = await natsServer(join(home.path, 'nats'));
  await Promise.all([redis.up(), nats.up()]);
  await start();
  const policy = { name: 'EVENT_SINK_BEHIND', threshold: 0.5, holdSeconds: 0, clearSeconds: 0 };
  await post('/alarm-policies', policy);
  const said = { fileName: 'film.mp4', title: 'A film' };
  asset = (await post<{ upload: { asset: string } }>('/uploads', said)).upload.asset;
});

afterAll(async () => {
  await server?.stop();
  await Promise.all([redis?.down(), nats?.down()]);
  await home?.remove();
});

async function start(): Promise<void> {
  const env = {
    HEADWATER_EVENT_SINKS_REDIS_URL: redis.url,
    HEADWATER_EVENT_SINKS_REDIS_PASSWORD: 'open',
    HEADWATER_EVENT_SINKS_NATS_SERVERS: nats.url,
    HEADWATER_RECORDINGS_DIR: join(home.path, 'recordings'),
  };
  server = await startUploadServer({ dataDir: join(home.path, 'data'), env });
}

function send<T>(method: string, path: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return server.api<T>(path, { method, headers, body: JSON.stringify(body) });
}

const post = <T>(path: string, body: object) => send<T>('POST', path, body);

/** Something happens, so many times. */
async function rename(times: number): Promise<void> {
  for (let n = 0; n < times; n++) await send('PATCH', `/assets/${asset}`, { title: `Title ${++titles}` });
}

async function told(): Promise<Told[]> {
  const { events } = await server.api<{ events: Told[] }>('/events?after=0&limit=1000');
  return events;
}

const scrape = () => Scrape.of(`http://127.0.0.1:${server.controlPort}/metrics`);

const inRedis = () => readRedis(redis.url, 'headwater:events');
const inNats = () => readNats(nats.url, 'headwater');

/** Every event that was told is there, once, in the same order. */
async function untilAllIn(read: () => Promise<SunkEvent[]>): Promise<SunkEvent[]> {
  const newest = (await told()).at(-1)?.id;
  const found = await until(
    'the newest event is in the sink',
    async () => {
      const all = await read();
      return all.some(({ id }) => id === newest) ? all : undefined;
    },
    60_000,
  );
  expect(found.map(({ id }) => id)).toEqual((await told()).slice(0, found.length).map(({ id }) => id));
  expect(found.length).toBeGreaterThanOrEqual((await told()).findIndex(({ id }) => id === newest) + 1);
  return found;
}

it('appends the events of streams and assets, as webhooks have them', async () => {
  const picture = await publishTestPicture(server, 'live/demo');
  await until('the publish is told', async () => (await told()).some(({ kind }) => kind === 'publish'));
  await picture.stop();
  await until('its end is told', async () => (await told()).some(({ kind }) => kind === 'publish_done'));
  await rename(3);
  for (const read of [inRedis, inNats]) {
    const found = await untilAllIn(read);
    const publish = found.find(({ type }) => type === 'publish');
    expect(publish?.body).toMatchObject({ type: 'publish', data: { app: 'live', stream: 'demo' } });
    // A busy machine raises alarms behind it.
    expect(found.findLast(({ type }) => type === 'asset_changed')?.body).toMatchObject({
      ...{ type: 'asset_changed', timestamp: expect.stringMatching(/Z$/) },
      data: { asset: { id: asset }, changes: { how: 'update', fields: { title: { to: `Title ${titles}` } } } },
    });
  }
});

it('is bothered by no dead sink, says so, and makes up for it in order', async () => {
  await redis.down();
  await rename(250);
  // The other one goes on.
  await untilAllIn(inNats);
  const sink = `${redis.url} headwater:events`;
  await until('the metrics say so', async () => {
    const metrics = await scrape();
    const waiting = metrics.sum('event_sink_waiting_events', { sink });
    return waiting >= 250 && metrics.sum('event_sink_failures_total', { sink }) > 0;
  });
  const alarm = () => told().then((all) => all.filter(({ kind }) => kind.startsWith('alarm_')).map(({ kind }) => kind));
  await until('the alarm is raised', async () => (await alarm()).includes('alarm_raised'));
  await redis.up();
  await untilAllIn(inRedis);
  await until('the alarm is cleared', async () => (await alarm()).includes('alarm_cleared'), 30_000);
  await until('nothing waits', async () => (await scrape()).sum('event_sink_waiting_events', { sink }) === 0);
});

it('appends again what Redis had taken and lost', async () => {
  await rename(5);
  const before = await untilAllIn(inRedis);
  // All since its last proper end goes with it.
  await redis.down('SIGKILL');
  await redis.up();
  expect((await inRedis()).length).toBeLessThan(before.length);
  await rename(1);
  await untilAllIn(inRedis);
});

it('appends after a crash of this server what happened before it', async () => {
  await Promise.all([redis.down(), nats.down('SIGKILL')]);
  await rename(5);
  await server.stop('SIGKILL');
  await Promise.all([redis.up(), nats.up()]);
  await start();
  await untilAllIn(inRedis);
  await untilAllIn(inNats);
});
