import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCluster, type TestCluster } from '../support/cluster.ts';
import { type Child, type Headwater, start, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const LIMIT = 200;
const RULES = { domains: [OPEN_DOMAIN], streams: [{ match: {}, delivery: { maxViewers: LIMIT } }] };

let cluster: TestCluster;
let one: Headwater;
let two: Headwater;
let encoder: Child;
const watching = new Map<Headwater, Set<ClientRequest>>();

beforeAll(async () => {
  cluster = await openCluster('cluster-limits', { rules: RULES });
  [one, two] = [await cluster.run('one'), await cluster.run('two')];
  const sound = ['-re', '-f', 'lavfi', '-i', 'sine=duration=600', '-c:a', 'aac', '-b:a', '16k'];
  encoder = start('ffmpeg', [...sound, '-f', 'flv', `${one.rtmp}/live/demo`]);
  for (const node of [one, two]) {
    await until('it plays', async () => (await fetch(`${node.playback}/live/demo.m3u8`, { method: 'HEAD' })).ok);
  }
}, 300_000);

afterAll(async () => {
  for (const viewers of watching.values()) for (const viewer of viewers) viewer.destroy();
  await encoder?.stop('SIGKILL');
  await cluster?.close();
});

/** Whether one more viewer is let in, who stays. */
function watch(node: Headwater): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = get(`${node.playback}/live/demo.flv`, { agent: false }, (answer: IncomingMessage) => {
      const isIn = answer.statusCode === 200;
      answer.resume().on('error', () => {});
      answer.once('close', () => viewersOf(node).delete(request));
      if (isIn) viewersOf(node).add(request);
      resolve(isIn);
    });
    request.on('error', reject);
  });
}

function viewersOf(node: Headwater): Set<ClientRequest> {
  const viewers = watching.get(node) ?? new Set();
  watching.set(node, viewers);
  return viewers;
}

const all = () => viewersOf(one).size + viewersOf(two).size;

/** So many ask at once; gives how many were let in. */
async function fill(node: Headwater, count: number): Promise<number> {
  const asked = await Promise.all(Array.from({ length: count }, () => watch(node)));
  return asked.filter((isIn) => isIn).length;
}

/** While the database is started nothing else goes on here, connections that are kept may be over. */
async function isDatabaseUp(value: number): Promise<boolean> {
  const values = [one, two].map((node) => node.metric('headwater_database_up').catch(() => undefined));
  return (await Promise.all(values)).every((each) => each === value);
}

function leave(node: Headwater, count: number): void {
  for (const viewer of [...viewersOf(node)].slice(0, count)) {
    viewersOf(node).delete(viewer);
    viewer.destroy();
  }
}

describe('a limit of viewers', () => {
  it('counts on both nodes together, from both at once', async () => {
    for (let round = 0; round < 15; round++) await Promise.all([fill(one, 8), fill(two, 8)]);
    expect(all()).toBeLessThanOrEqual(LIMIT);
    expect(all()).toBeGreaterThanOrEqual(LIMIT * 0.98);
    expect(viewersOf(two).size).toBeGreaterThan(50);
    console.log(`a limit of ${LIMIT}: ${all()} viewers, ${viewersOf(one).size} and ${viewersOf(two).size}`);
  });

  it('gives what one node does not use any more to the other', async () => {
    const before = viewersOf(two).size;
    leave(one, 40);
    await until('it is used elsewhere', async () => {
      await fill(two, 4);
      return viewersOf(two).size >= before + 40;
    });
    expect(all()).toBeLessThanOrEqual(LIMIT);
    expect((await fill(two, 3)) + (await fill(one, 3))).toBeLessThanOrEqual(LIMIT * 0.02);
  });

  it('without the database is what each node has', async () => {
    cluster.database.stop();
    await until('it is away', () => isDatabaseUp(0));
    expect(await fill(one, 10)).toBeLessThanOrEqual(LIMIT * 0.02);
    leave(one, 5);
    await until('there is room', () => watch(one));
    expect(all()).toBeLessThanOrEqual(LIMIT);
    console.log(`without the database: ${all()} viewers of ${LIMIT}`);
    cluster.database.start();
    await until('it is back', () => isDatabaseUp(1));
  });

  it('has the share of a node that died again after its lease', async () => {
    await two.child.stop('SIGKILL');
    const killedMs = performance.now();
    watching.delete(two);
    await until('it is all here', async () => {
      await fill(one, 10);
      return viewersOf(one).size >= LIMIT * 0.98;
    });
    await fill(one, 10);
    expect(viewersOf(one).size).toBe(LIMIT);
    console.log(`a node killed: its share is used after ${((performance.now() - killedMs) / 1000).toFixed(1)} s`);
  });
});
