import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCluster, type TestCluster } from '../support/cluster.ts';
import type { HlsViewer } from '../support/hls-viewer.ts';
import { type Child, type Headwater, until } from '../support/index.ts';
import { type Machine, type Network, openNetwork, whyNoNetwork } from '../support/network.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const RULES = {
  domains: [OPEN_DOMAIN],
  streams: [
    {
      match: {},
      publish: { waitSeconds: 60, secondPublisher: 'takeover' as const },
      hls: { segmentSeconds: 1 },
    },
  ],
};
/** The stream has about 400 kb/s. */
const TOO_NARROW_KBPS = 150;

type Node = { readonly server: Headwater; readonly machine: Machine };

const why = whyNoNetwork();
if (why !== undefined) console.log(`cables are not pulled, links that fail are tried by partitions.test.ts: ${why}`);

let network: Network;
let cluster: TestCluster;
let one: Node;
let two: Node;
const encoders: Child[] = [];
const viewers: HlsViewer[] = [];

async function run(name: string): Promise<Node> {
  const machine = network.machine(name);
  const server = await cluster.run(name, { machine, env: { HEADWATER_CLUSTER_HOST: machine.backAddress } });
  return { server, machine };
}

function push({ server }: Node, name: string): void {
  encoders.push(cluster.push(server, name, { gop: 30 }));
}

async function watch({ server }: Node, name: string): Promise<HlsViewer> {
  const viewer = await cluster.watch(server, name);
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
    cluster = await openCluster('cables', { rules: RULES, network });
    one = await run('one');
    two = await run('two');
  }, 300_000);

  afterAll(async () => {
    await cluster?.close();
    network?.close();
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
    const same = sameSegments(near, far);
    expect(same).toBeGreaterThan(1);
    const had = new Set(far.segments.map(({ number }) => number));
    const left = near.segments.filter(({ number }) => number >= far.segments[0]!.number && number < lastOf(far));
    const missing = left.filter(({ number }) => !had.has(number)).length;
    console.log(`a cable too narrow: ${missing} segments left out, ${same} compared with the owner's`);
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
    const [from, to] = [far.mediaSequences[0], far.mediaSequences.at(-1)];
    console.log(
      `all cables pulled: media sequence from ${from} to ${to}, ${sameSegments(far, near)} segments compared`,
    );
    await until('it is a copy', async () => (await copies(one, 'receiving')) === 1);
  });
});
