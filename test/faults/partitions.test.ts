import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCluster, type TestCluster } from '../support/cluster.ts';
import { type FaultyLink, faultyLink } from '../support/faulty-link.ts';
import { freePort } from '../support/free-port.ts';
import type { HlsViewer } from '../support/hls-viewer.ts';
import { type Headwater, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const RULES = {
  domains: [OPEN_DOMAIN],
  streams: [{ match: {}, publish: { waitSeconds: 30, secondPublisher: 'takeover' as const } }],
};

type Node = { readonly server: Headwater; readonly toOthers: FaultyLink; readonly toDatabase: FaultyLink };

let cluster: TestCluster;
let one: Node;
let two: Node;

beforeAll(async () => {
  cluster = await openCluster('partitions', { rules: RULES });
  [one, two] = [await run('one'), await run('two')];
}, 300_000);

afterAll(async () => {
  await cluster?.close();
  for (const node of [one, two]) {
    await node?.toOthers.close();
    await node?.toDatabase.close();
  }
});

/** A node whom others reach by a link that can fail, and that reaches the database by another. */
async function run(name: string): Promise<Node> {
  const clusterPort = await freePort();
  const toOthers = await faultyLink(clusterPort);
  const toDatabase = await faultyLink(Number(new URL(cluster.database.url).port));
  const server = await cluster.run(name, {
    env: {
      DATABASE_URL: `postgres://postgres@127.0.0.1:${toDatabase.port}/postgres`,
      HEADWATER_CLUSTER_PORT: String(clusterPort),
      HEADWATER_CLUSTER_ADDRESS: `127.0.0.1:${toOthers.port}`,
    },
  });
  return { server, toOthers, toDatabase };
}

const push = ({ server }: Node, name: string) => cluster.push(server, name);
const watch = ({ server }: Node, name: string) => cluster.watch(server, name);
const lastOf = (viewer: HlsViewer) => viewer.segments.at(-1)?.number ?? 0;
const goesOn = (viewer: HlsViewer, segments = 2) => {
  const before = viewer.segments.length;
  return until('the viewer goes on', () => viewer.segments.length >= before + segments);
};

function expectForward(viewer: HlsViewer): void {
  expect(viewer.mediaSequences).toEqual(viewer.mediaSequences.toSorted((a, b) => a - b));
  expect(viewer.isEnded).toBe(false);
}

/** Segments that both have seen, which are the same. */
function expectSame(owner: HlsViewer, copy: HlsViewer): void {
  const others = new Map(owner.segments.map(({ number, bytes }) => [number, Buffer.from(bytes)]));
  const both = copy.segments.filter(({ number }) => others.has(number));
  expect(both.length).toBeGreaterThan(1);
  const [from, to] = [copy.mediaSequences[0], copy.mediaSequences.at(-1)];
  console.log(`${both.length} segments compared with the owner's, media sequence from ${from} to ${to}`);
  for (const { number, bytes } of both) expect([number, others.get(number)?.equals(bytes)]).toEqual([number, true]);
}

describe('nodes whose network lies', () => {
  it('play the same over delay and loss, and nobody sees a break', async () => {
    one.toOthers.set({ delayMs: 100, loss: 0.02 });
    push(one, 'delayed');
    const [near, far] = [await watch(one, 'delayed'), await watch(two, 'delayed')];
    await goesOn(far, 4);
    expect(far.segments.filter(({ isDiscontinuity }) => isDiscontinuity)).toEqual([]);
    expectSame(near, far);
    one.toOthers.set({ delayMs: 0, loss: 0 });
  });

  it('that see each other no more: viewers at the owner notice nothing, the others go on when it is over', async () => {
    push(one, 'parted');
    const [near, far] = [await watch(one, 'parted'), await watch(two, 'parted')];
    await goesOn(far);
    one.toOthers.goDark();
    const before = lastOf(near);
    await goesOn(near, 4);
    expect(lastOf(far)).toBeLessThan(before + 3);
    one.toOthers.comeBack();
    await goesOn(far, 4);
    for (const viewer of [near, far]) expectForward(viewer);
    expectSame(near, far);
  });

  it('that lose the database alone go on, and so does what is copied', async () => {
    push(one, 'undisturbed');
    const far = await watch(two, 'undisturbed');
    for (const node of [one, two]) node.toDatabase.goDark();
    await goesOn(far, 4);
    for (const node of [one, two]) node.toDatabase.comeBack();
    await goesOn(far);
    expectForward(far);
    expect(far.segments.filter(({ isDiscontinuity }) => isDiscontinuity)).toEqual([]);
    const numbers = far.segments.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_number, at) => (numbers[0] ?? 0) + at));
    console.log(`without the database: ${numbers.length} segments in a row, no discontinuity`);
  });

  it('of which one is cut off from all: who takes the stream over keeps it when the other is back', async () => {
    const first = push(one, 'split');
    const far = await watch(two, 'split');
    await goesOn(far);
    for (const link of [one.toOthers, one.toDatabase, two.toOthers]) link.goDark();
    push(two, 'split');
    await goesOn(far, 3);
    for (const link of [one.toDatabase, one.toOthers, two.toOthers]) link.comeBack();
    await first.exited;
    const near = await watch(one, 'split');
    await goesOn(near, 3);
    for (const viewer of [near, far]) expectForward(viewer);
    expectSame(far, near);
    const copies = () => one.server.metric('headwater_copies{state="receiving"}');
    await until('it is a copy', async () => ((await copies()) ?? 0) > 0);
  });
});
