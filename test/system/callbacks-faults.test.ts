import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { actionsOf, CallbackReceiver, eventsOf } from '../support/callback-receiver.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { type Headwater, type HeadwaterOptions, startHeadwater, tempDir, until } from '../support/index.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { type SystemPostgres, startSystemPostgres } from './store/helpers.ts';

let receiver: CallbackReceiver;
let flv: MadeFlv;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  flv = await makeFlv({ seconds: 4, gop: 30, size: '320x180' });
});
afterAll(() => flv?.remove());
beforeEach(async () => {
  receiver = await CallbackReceiver.start();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await receiver.down();
});

function rules(): RulesInput {
  return {
    domains: [{ name: 'default', push: { auth: { type: 'no_auth' } } }],
    callbacks: [
      { id: 'apsara', url: receiver.url('apsara'), form: 'apsara' },
      { id: 'json', url: receiver.url('json'), form: 'json' },
    ],
  };
}

async function run(options: HeadwaterOptions = {}): Promise<Headwater> {
  const server = await startHeadwater({ rules: rules(), ...options });
  cleanups.push(() => server.stop());
  return server;
}

/** A data directory that outlives servers; a database that a killed server left in it is ended. */
async function lastingDataDir(): Promise<string> {
  const home = await tempDir('lasting');
  const dataDir = join(home.path, 'data');
  cleanups.push(async () => {
    const pid = await postmasterPid(dataDir);
    if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL');
    await until('the database has ended', () => pid === undefined || !isAlive(pid));
    await home.remove();
  });
  return dataDir;
}

async function postmasterPid(dataDir: string): Promise<number | undefined> {
  try {
    return Number((await readFile(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function publish(server: Headwater, name: string) {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  const playing = playForEver(publisher, flv.tags);
  cleanups.push(() => playing.stop());
  return {
    publisher,
    async unpublish() {
      await playing.stop();
      await publisher.unpublish();
    },
  };
}

const actions = (stream: string) => actionsOf(receiver, 'apsara', stream).join();
const types = (stream: string) => eventsOf(receiver, 'json', stream).map(({ type }) => type);
const untilTold = (stream: string, ...expected: string[]) =>
  until(`${stream}: ${expected}`, () => actions(stream) === expected.join(), 90_000).catch((error) => {
    throw new Error(`${error.message}, heard ${actions(stream)}`);
  });

describe('B39 exactly one start and one stop for each session', () => {
  it('over kill -9 of the server: the stop is told at the next start, before any new start', async () => {
    receiver.dropsRepetitions = true;
    const dataDir = await lastingDataDir();
    const first = await run({ dataDir });
    const before = await publish(first, 'killed');
    await untilTold('killed', 'publish');
    const orphan = await postmasterPid(dataDir);
    await first.stop('SIGKILL');
    await before.publisher.closed;

    const second = await run({ dataDir });
    expect(await postmasterPid(dataDir)).toBe(orphan);
    const after = await publish(second, 'killed');
    await untilTold('killed', 'publish', 'publish_done', 'publish');
    await after.unpublish();
    await untilTold('killed', 'publish', 'publish_done', 'publish', 'publish_done');
    await until('the end', () => types('killed').length >= 6);
    const events = eventsOf(receiver, 'json', 'killed');
    const [a, b] = [events[0]!.data.sessionId, events.at(-1)!.data.sessionId];
    expect(events.map(({ type, data }) => [type, data.sessionId, data.cause])).toEqual([
      ['publish', a, undefined],
      ['publish_done', a, 'crash'],
      ['stream_ended', a, 'crash'],
      ['publish', b, undefined],
      ['publish_done', b, 'unpublished'],
      ['stream_ended', b, 'unpublished'],
    ]);
    console.log(
      `${events.length} events over a kill, told in ${receiver.received.length} requests with those of the other form`,
    );
    type Letters = { deliveries: unknown[] };
    expect((await second.api<Letters>('/deliveries?state=dead')).deliveries).toEqual([]);
  });

  it('over kill -9 while a stream waits for its encoder: only its end is told', async () => {
    receiver.dropsRepetitions = true;
    const dataDir = await lastingDataDir();
    const first = await run({ dataDir });
    const before = await publish(first, 'waiting');
    await untilTold('waiting', 'publish');
    await before.publisher.drop();
    await until('the interruption', () => types('waiting').at(-1) === 'stream_interrupted');
    await first.stop('SIGKILL');
    await run({ dataDir });
    await until('the end', () => types('waiting').at(-1) === 'stream_ended', 60_000);
    expect(types('waiting')).toEqual(['publish', 'publish_done', 'stream_interrupted', 'stream_ended']);
    expect(eventsOf(receiver, 'json', 'waiting').at(-1)!.data.cause).toBe('crash');
    expect(actions('waiting')).toBe('publish,publish_done');
  });

  it('over SIGTERM: everything open gets its stop before the server is gone', async () => {
    const server = await run();
    const made = [await publish(server, 'term-a'), await publish(server, 'term-b')];
    await untilTold('term-a', 'publish');
    await untilTold('term-b', 'publish');
    expect(await server.stop()).toBe(0);
    for (const stream of ['term-a', 'term-b']) {
      expect(actions(stream)).toBe('publish,publish_done');
      expect(types(stream)).toEqual(['publish', 'publish_done', 'stream_ended']);
      const causes = eventsOf(receiver, 'json', stream).map(({ data }) => data.cause);
      expect(causes).toEqual([undefined, 'server_stop', 'server_stop']);
    }
    for (const { publisher } of made) await publisher.closed;
  });

  it('over SIGTERM with a receiver that is down: the stop is told after the next start', async () => {
    const dataDir = await lastingDataDir();
    const first = await run({ dataDir });
    await publish(first, 'term-down');
    await untilTold('term-down', 'publish');
    await receiver.down();
    expect(await first.stop()).toBe(0);
    expect(actions('term-down')).toBe('publish');
    await receiver.up();
    await run({ dataDir });
    await untilTold('term-down', 'publish', 'publish_done');
    await until('the end', () => types('term-down').at(-1) === 'stream_ended');
    expect(types('term-down')).toEqual(['publish', 'publish_done', 'stream_ended']);
  });
});

describe('a database that stops in mid-stream', () => {
  it('does not touch live, and what must be told is told when it is back: ours, killed', async () => {
    const dataDir = await lastingDataDir();
    const server = await run({ dataDir });
    const made = await publish(server, 'db-killed');
    await untilTold('db-killed', 'publish');
    const viewer = await FlvViewer.open(`${server.playback}/live/db-killed.flv`);
    const pid = await postmasterPid(dataDir);
    process.kill(pid!, 'SIGKILL');
    await until('the outage is seen', () => server.log().some((line) => line.message === 'database not available'));
    const seen = viewer.tags.length;
    await until('live goes on', () => viewer.tags.length > seen + 60);
    await made.unpublish();
    await untilTold('db-killed', 'publish', 'publish_done');
    expect(await postmasterPid(dataDir)).not.toBe(pid);
    await until('it is ready', async () => (await server.metric('headwater_database_up')) === 1);
    await viewer.closed;
  });

  it('does not touch live, and what must be told is told when it is back: yours, stopped and started', async () => {
    const database: SystemPostgres = await startSystemPostgres();
    cleanups.push(() => database.remove());
    const server = await run({ env: { DATABASE_URL: database.url } });
    const long = await publish(server, 'db-long');
    await untilTold('db-long', 'publish');
    const viewer = await FlvViewer.open(`${server.playback}/live/db-long.flv`);
    database.stop();
    type Ready = { status: string; database: { state: string; reason?: string } };
    const readyz = async () => (await (await fetch(`http://127.0.0.1:${server.controlPort}/readyz`)).json()) as Ready;
    await until('readyz is degraded', async () => (await readyz()).status === 'degraded');
    expect((await readyz()).database).toMatchObject({ state: 'unavailable' });

    // A whole session, and a part of another, while there is no database.
    const short = await publish(server, 'db-during');
    await until('the sessions wait', async () => ((await server.metric('headwater_callback_queue')) ?? 0) >= 2);
    const seen = viewer.tags.length;
    await until('live goes on', () => viewer.tags.length > seen + 60);
    await short.unpublish();
    expect(actions('db-during')).toBe('');
    database.start();
    await untilTold('db-during', 'publish', 'publish_done');
    await long.unpublish();
    await untilTold('db-long', 'publish', 'publish_done');
    expect(types('db-during')).toEqual(['publish', 'publish_done', 'stream_ended']);
    expect((await readyz()).status).toBe('ok');
    await viewer.closed;
  });
});
