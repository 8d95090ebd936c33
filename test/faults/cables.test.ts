import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
import { type Machine, type Network, openNetwork, whyNoNetwork } from '../support/network.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { type SystemPostgres, startSystemPostgres } from '../system/store/helpers.ts';

const TOKEN = 'a token that both the nodes of this cluster share';
const CLUSTER_PORT = 8095;
/** The stream has about 400 kb/s. */
const TOO_NARROW_KBPS = 150;

type Node = { readonly server: Headwater; readonly machine: Machine };

const why = whyNoNetwork();
if (why !== undefined) console.log(`cables are not pulled, links that fail are tried by partitions.test.ts: ${why}`);

let network: Network;
let database: SystemPostgres;
let home: Awaited<ReturnType<typeof tempDir>>;
let one: Node;
let two: Node;
const encoders: Child[] = [];
const viewers: HlsViewer[] = [];

async function run(name: string): Promise<Node> {
  const machine = network.machine(name);
  const server = await startHeadwater({
    rules: {
      domains: [OPEN_DOMAIN],
      streams: [{ match: {}, publish: { waitSeconds: 60, secondPublisher: 'takeover' }, hls: { segmentSeconds: 1 } }],
    },
    dataDir: join(home.path, name),
    machine,
    env: {
      ...{ DATABASE_URL: database.url, HEADWATER_NODE_NAME: name, HEADWATER_CLUSTER_TOKEN: TOKEN },
      HEADWATER_MASTER_KEY: Buffer.alloc(32, 9).toString('base64'),
      ...{ HEADWATER_CLUSTER_HOST: machine.backAddress, HEADWATER_CLUSTER_PORT: String(CLUSTER_PORT) },
    },
  });
  return { server, machine };
}

function push({ server }: Node, name: string): Child {
  const picture = testPictureArgs({ seconds: 300, gop: 30 });
  const encoder = start('ffmpeg', [...picture, '-f', 'flv', `${server.rtmp}/live/${name}`]);
  encoders.push(encoder);
  return encoder;
}

async function watch({ server }: Node, name: string): Promise<HlsViewer> {
  const address = `${server.playback}/live/${name}.m3u8`;
  await until(`${name} plays`, async () => (await fetch(address, { method: 'HEAD' })).ok);
  const viewer = await HlsViewer.open(address, { container: 'fmp4' });
  viewers.push(viewer);
  return viewer;
}

const lastOf = (viewer: HlsViewer) => viewer.segments.at(-1)?.number ?? 0;
const reaches = (viewer: HlsViewer, number: number) =>
  until('the viewer goes on', () => lastOf(viewer) >= number && viewer);
const goesOn = (viewer: HlsViewer, segments = 2) => reaches(viewer, lastOf(viewer) + segments);
const copies = ({ server }: Node, state: string) => server.metric(`headwater_copies{state="${state}"}`);

function expectForward(...all: HlsViewer[]): void {
  for (const viewer of all) {
    expect(viewer.mediaSequences).toEqual(viewer.mediaSequences.toSorted((a, b) => a - b));
    expect(viewer.isEnded).toBe(false);
  }
}

/** How many segments both have seen, which are the same; but for the one that was open when a copy was cut off. */
function sameSegments(owner: HlsViewer, copy: HlsViewer): number {
  const others = new Map(owner.segments.map(({ number, bytes }) => [number, Buffer.from(bytes)]));
  const both = copy.segments.filter(
    ({ number }, at) => others.has(number) && copy.segments[at + 1]?.number === number + 1,
  );
  for (const { number, bytes } of both) expect([number, others.get(number)?.equals(bytes)]).toEqual([number, true]);
  return both.length;
}

describe.skipIf(why !== undefined)('nodes in a network of their own', () => {
  beforeAll(async () => {
    network = openNetwork();
    home = await tempDir('cables');
    database = await startSystemPostgres({}, network);
    one = await run('one');
    two = await run('two');
  }, 300_000);

  afterAll(async () => {
    await Promise.all(viewers.map((viewer) => viewer.close()));
    await Promise.all(encoders.map((encoder) => encoder.stop('SIGKILL')));
    await Promise.all([one, two].map((node) => node?.server.stop()));
    database?.remove();
    network?.close();
    await home?.remove();
  });

  it('go on where the cable between them was pulled and is back, and the owner’s viewers notice nothing', async () => {
    push(one, 'pulled');
    const [near, far] = [await watch(one, 'pulled'), await watch(two, 'pulled')];
    await goesOn(far);
    one.machine.unplug();
    const before = lastOf(near);
    // Nobody is told: the connection is half open until its silence tells.
    await until('the copy waits', async () => (await copies(two, 'waiting')) === 1);
    expect(lastOf(far)).toBeLessThanOrEqual(before + 1);
    await goesOn(near);
    one.machine.plug();
    // Behind what the owner still had; then what it had not.
    await goesOn(far);
    await goesOn(far, 4);
    expectForward(near, far);
    expect(sameSegments(near, far)).toBeGreaterThan(1);
    console.log(`a cable pulled: ${sameSegments(near, far)} segments compared with the owner's`);
    expect(near.segments.some(({ isDiscontinuity }) => isDiscontinuity)).toBe(false);
  });

  it('leave pieces out where the cable is too narrow for the stream, and have all of it when it is wide again', async () => {
    const [near, far] = viewers.slice(-2) as [HlsViewer, HlsViewer];
    one.machine.narrow(TOO_NARROW_KBPS);
    await until('the copy cannot keep up', () => one.server.metric('headwater_copy_events_total{event="too_slow"}'));
    await goesOn(near);
    one.machine.widen();
    await reaches(far, lastOf(near) + 2);
    expectForward(near, far);
    expect(sameSegments(near, far)).toBeGreaterThan(1);
    expect(near.segments.some(({ isDiscontinuity }) => isDiscontinuity)).toBe(false);
  });

  it('of which one lost all cables: who took the stream meanwhile keeps it', async () => {
    const [, far] = viewers.slice(-2) as [HlsViewer, HlsViewer];
    const [first] = encoders as [Child];
    for (const cable of ['front', 'back'] as const) one.machine.unplug(cable);
    push(two, 'pulled');
    await goesOn(far, 3);
    for (const cable of ['front', 'back'] as const) one.machine.plug(cable);
    await first.exited;
    const near = await watch(one, 'pulled');
    await until('both have seen the same', () => sameSegments(far, near) > 1);
    expectForward(far, near);
    expect(await copies(one, 'receiving')).toBe(1);
  });
});
