import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FlvViewer } from '../support/flv-viewer.ts';
import { freePort } from '../support/free-port.ts';
import { HlsViewer } from '../support/hls-viewer.ts';
import {
  type Child,
  type Headwater,
  start,
  startHeadwater,
  tempDir,
  testPictureArgs,
  until,
} from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { type RtmpPublisher, RtmpRefused } from '../support/peers.ts';
import { RtmpPublisher as Publisher } from '../support/rtmp-publisher.ts';
import { type SteppedClock, steppedClock } from '../support/stepped-clock.ts';
import { type SystemPostgres, startSystemPostgres } from '../system/store/helpers.ts';

const HOUR = 3600;
/** Either node says that it is there within this time, and has looked who is. */
const BOTH_MET_MS = 7000;

let database: SystemPostgres;
let home: Awaited<ReturnType<typeof tempDir>>;
let ofDatabase: SteppedClock;
let ofTwo: SteppedClock;
let one: Headwater;
let two: Headwater;
const encoders: Child[] = [];
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  [ofDatabase, ofTwo] = [await steppedClock(), await steppedClock()];
  database = await startSystemPostgres(ofDatabase.env);
  home = await tempDir('clock-cluster');
  one = await run('one', {});
  two = await run('two', ofTwo.env);
  await until('both are there', async () => (await one.metric('headwater_cluster_nodes')) === 2);
}, 300_000);
afterEach(async () => {
  await ofDatabase.set(0);
  await ofTwo.set(0);
  for (const end of ends.splice(0)) await end();
});
afterAll(async () => {
  await Promise.all(encoders.map((encoder) => encoder.stop('SIGKILL')));
  await one?.stop();
  await two?.stop();
  database?.remove();
  await home?.remove();
  await ofDatabase?.remove();
  await ofTwo?.remove();
});

async function run(name: string, env: NodeJS.ProcessEnv): Promise<Headwater> {
  return startHeadwater({
    rules: {
      domains: [OPEN_DOMAIN],
      // No encoder that a busy machine keeps from sending is taken for a ghost.
      streams: [{ match: {}, publish: { waitSeconds: 30, ghostSeconds: 30 }, hls: { segmentSeconds: 1 } }],
    },
    dataDir: join(home.path, name),
    env: {
      ...{ ...env, DATABASE_URL: database.url, HEADWATER_NODE_NAME: name },
      ...{ HEADWATER_CLUSTER_HOST: '127.0.0.1', HEADWATER_CLUSTER_PORT: String(await freePort()) },
      HEADWATER_MASTER_KEY: Buffer.alloc(32, 11).toString('base64'),
      HEADWATER_CLUSTER_TOKEN: 'a token that both the nodes of this cluster share',
    },
  });
}

function push(to: Headwater, name: string): Child {
  const picture = testPictureArgs({ seconds: 600, fps: 20, gop: 20, size: '160x90', bitrate: '80k' });
  const encoder = start('ffmpeg', [...picture, '-f', 'flv', `${to.rtmp}/live/${name}`]);
  encoders.push(encoder);
  return encoder;
}

async function watch({ playback }: Headwater, name: string): Promise<HlsViewer> {
  const address = `${playback}/live/${name}.m3u8`;
  await until(`${name} plays`, async () => (await fetch(address, { method: 'HEAD' })).ok);
  const viewer = await HlsViewer.open(address, { container: 'fmp4' });
  ends.push(() => viewer.close());
  return viewer;
}

const goesOn = (viewer: HlsViewer, segments = 2) => {
  const before = viewer.segments.length;
  return until('the viewer goes on', () => viewer.segments.length >= before + segments);
};

async function ownerOf(name: string) {
  const client = new pg.Client(database.url);
  await client.connect();
  const text = 'select node_id, epoch, ended_at is null as is_live from headwater.stream_owners where name = $1';
  const { rows } = await client.query<{ node_id: string; epoch: string; is_live: boolean }>(text, [name]);
  await client.end();
  return rows[0];
}

/** Others try to publish it at the other node until both have met by the new time; how many were sent away. */
async function refusedAt(node: Headwater, name: string): Promise<number> {
  const fromMs = performance.now();
  let refused = 0;
  while (performance.now() - fromMs < BOTH_MET_MS) {
    const second: RtmpPublisher | Error = await Publisher.open({ port: node.rtmpPort, path: `live/${name}` }).catch(
      (error) => error as Error,
    );
    if (!(second instanceof RtmpRefused)) {
      throw new Error(`a second publisher was not refused, after ${refused} were`, { cause: second });
    }
    refused++;
    expect(await node.metric('headwater_cluster_nodes')).toBe(2);
  }
  return refused;
}

describe.each([
  ['the database', 'on by an hour', HOUR, () => ofDatabase],
  ['the database', 'back by an hour', -HOUR, () => ofDatabase],
  ['the database', 'back by a second', -1, () => ofDatabase],
  ['a node', 'on by an hour', HOUR, () => ofTwo],
  ['a node', 'back by an hour', -HOUR, () => ofTwo],
])('the clock of %s is set %s', (_whose, _how, seconds, clockOf) => {
  const name = `set-${_whose.split(' ').at(-1)}-${seconds}`;

  it('a healthy stream keeps its owner, who stays the only one, and its viewers on all nodes', async () => {
    const encoder = push(one, name);
    const [near, far] = [await watch(one, name), await watch(two, name)];
    const flv = await FlvViewer.open(`${two.playback}/live/${name}.flv`);
    ends.push(() => flv.close());
    await goesOn(far);
    const before = await ownerOf(name);
    await clockOf().set(seconds);
    const refused = await refusedAt(two, name);
    await Promise.all([goesOn(near), goesOn(far)]);
    expect(await ownerOf(name)).toEqual({ ...before, is_live: true });
    expect([flv.isClosed, near.failures, far.failures]).toEqual([false, [], []]);
    expect(await one.api('/alarms?code=NODE_DOWN')).toMatchObject({ alarms: [] });
    expect([near, far].flatMap(({ segments }) => segments.filter((each) => each.isDiscontinuity))).toEqual([]);
    console.log(`${_whose} ${_how}: ${refused} of ${refused} second publishers refused, epoch ${before?.epoch} kept`);
    await encoder.stop('SIGKILL');
  });
});

describe('a node whose clock is an hour behind', () => {
  it('takes a stream over: its time and its numbers go on', async () => {
    await ofTwo.set(-HOUR);
    const name = 'behind';
    const first = push(one, name);
    const far = await watch(two, name);
    const near = await watch(one, name);
    await goesOn(near);
    await first.stop('SIGKILL');
    await until('it waits for its encoder', async () => (await one.metric('headwater_streams{state="waiting"}')) === 1);
    const second = push(two, name);
    await until('it is published there', async () => (await two.metric('headwater_streams{state="publishing"}')) === 1);
    const lastNumber = near.segments.at(-1)?.number ?? 0;
    await Promise.all([goesOn(near, 3), goesOn(far, 3)]);
    for (const viewer of [near, far]) {
      expect(viewer.mediaSequences).toEqual(viewer.mediaSequences.toSorted((a, b) => a - b));
      expect(viewer.isEnded).toBe(false);
    }
    expect(near.segments.at(-1)?.number).toBeGreaterThan(lastNumber);
    // Dates are those of the node that publishes: another clock is another time from a discontinuity on.
    for (const [at, { programDateTimeMs = 0, isDiscontinuity }] of near.segments.entries()) {
      const isBack = programDateTimeMs < (near.segments[at - 1]?.programDateTimeMs ?? 0);
      if (isBack) expect(isDiscontinuity).toBe(true);
    }
    console.log(
      `a node an hour behind: segment ${lastNumber} was the last there, ${near.segments.at(-1)?.number} is here`,
    );
    await second.stop('SIGKILL');
  });
});
