import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCluster, type TestCluster } from '../support/cluster.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { blockOfGuide, nginxAt } from '../support/guide.ts';
import { HlsViewer } from '../support/hls-viewer.ts';
import { type Child, type Headwater, until } from '../support/index.ts';
import { SMALL_TEMPLATES } from '../support/ladder.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const NAMES = ['one', 'two', 'three'] as const;
type Name = (typeof NAMES)[number];

const RULES = {
  domains: [OPEN_DOMAIN],
  templates: SMALL_TEMPLATES,
  streams: [{ match: { stream: 'demo' }, transcode: { templates: ['small'] } }],
};
const nodes = {} as Record<Name, Headwater>;
const encoders: Child[] = [];
const viewers: HlsViewer[] = [];
let cluster: TestCluster;
let nginx: Nginx;

beforeAll(async () => {
  cluster = await openCluster('cluster', { rules: RULES });
  for (const name of NAMES) nodes[name] = await cluster.run(name);
  const block = await blockOfGuide('cluster.md', 'nginx-cluster.conf');
  const { one, two } = nodes;
  const hosts = { one: new URL(one.playback).host, two: new URL(two.playback).host };
  nginx = await startNginx(nginxAt(block, hosts), {});
  await fetch(`${nginx.url}/live/nothing.flv`);
  // Whom its viewers are sent to is the one that will die.
  if ((await flvPlays(two)) > 0) Object.assign(nodes, { one: two, two: one });
  expect(await flvPlays(nodes.one)).toBe(1);
}, 300_000);

afterAll(async () => {
  await cluster?.close();
  await nginx?.stop();
});

function push(to: Headwater, name = 'demo'): void {
  encoders.push(cluster.push(to, name));
}

function addressAt(node: Headwater, path: string): string {
  return `${node.playback}/live/${path}`;
}

/** How often FLV was asked for, with whatever answer. */
async function flvPlays(node: Headwater): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${node.controlPort}/metrics`)).text();
  const counts = [...text.matchAll(/^headwater_plays_total\{[^}]*protocol="flv"[^}]*\} (\d+)/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

async function plays(node: Headwater): Promise<boolean> {
  const answer = await fetch(addressAt(node, 'demo.m3u8'));
  await answer.body?.cancel();
  return answer.status === 200;
}

async function watch(node: Headwater, name = 'demo'): Promise<HlsViewer> {
  const viewer = await cluster.watch(node, name, { lowLatency: true, container: 'fmp4' });
  viewers.push(viewer);
  return viewer;
}

const lastOf = (viewer: HlsViewer) => viewer.segments.at(-1)?.number ?? 0;

/** The same names stand for the same bytes; gives how many both have. */
function sameBytes(one: ReadonlyMap<string, Uint8Array>, other: ReadonlyMap<string, Uint8Array>): number {
  const both = [...one].filter(([name]) => other.has(name));
  for (const [name, bytes] of both) expect(Buffer.compare(bytes, other.get(name) ?? Buffer.of()), name).toBe(0);
  return both.length;
}

function segmentsOf(viewer: HlsViewer): Map<string, Uint8Array> {
  return new Map(viewer.segments.map(({ number, bytes }) => [String(number), bytes]));
}

describe('a cluster', () => {
  it('plays a stream from every node, in the same segments and parts', async () => {
    push(nodes.one);
    const atOwner = await watch(nodes.one);
    const elsewhere = await watch(nodes.two);
    const both = () => sameBytes(segmentsOf(atOwner), segmentsOf(elsewhere));
    await until('both have seen three segments', () => both() >= 3);
    await until('both have seen ten parts', () => sameBytes(atOwner.parts, elsewhere.parts) >= 10);
    expect(elsewhere.codecs).toEqual(atOwner.codecs);
    const flv = await FlvViewer.open(addressAt(nodes.two, 'demo.flv'));
    await until('FLV comes', () => flv.tags.filter(({ type }) => type === 'video').length > 30);
    await flv.close();
    expect(await nodes.two.metric('headwater_streams{state="publishing"}')).toBe(0);
    expect(await nodes.two.metric('headwater_copies{state="receiving"}')).toBe(1);
    expect(await nodes.one.metric('headwater_cluster_nodes')).toBe(3);
  });

  it('lets in on every node who was let in on one', async () => {
    const [viewer] = viewers as [HlsViewer];
    for (const other of [nodes.two, nodes.three]) {
      const url = viewer.playlistUrl.replace(nodes.one.playback, other.playback);
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain('#EXT-X-PART:');
      const forged = await fetch(url.replace(/~[0-9a-z]/, '~0'));
      expect(forged.status).toBe(403);
    }
  });

  it('makes a rendition where the stream is published, and plays it everywhere', async () => {
    const elsewhere = await watch(nodes.three, 'demo_small');
    const atOwner = await watch(nodes.one, 'demo_small');
    await until('both have seen two segments', () => sameBytes(segmentsOf(atOwner), segmentsOf(elsewhere)) >= 2);
    const text = await (await fetch(addressAt(nodes.two, 'demo.m3u8'))).text();
    expect(text).toContain('small/live.m3u8');
    await Promise.all([elsewhere.close(), atOwner.close()]);
  });

  it('refuses who does not know the token', async () => {
    const { address } = nodes.one.log().find(({ message }) => message === 'node of a cluster') as { address: string };
    const headers = { connection: 'Upgrade', upgrade: 'headwater-stream', authorization: 'Bearer of another token' };
    const status = await new Promise((resolve, reject) => {
      const url = `http://${address}/cluster/v1/streams/default/live/demo`;
      request(url, { headers }, (answer) => resolve(answer.statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(401);
  });

  it('goes on when the node dies that a stream is pushed to, and the encoder comes to another', async () => {
    const [two, three] = [await watch(nodes.two), await watch(nodes.three)];
    const open = HlsViewer.open(`${nginx.url}/live/demo.m3u8`, { lowLatency: true, container: 'fmp4' });
    const balanced = cluster.closing(await open);
    await until('all play', () => [two, three, balanced].every(({ segments }) => segments.length > 1));
    const before = Math.max(lastOf(two), lastOf(three));
    await nodes.one.child.stop('SIGKILL');
    push(nodes.two);
    await until('viewers go on', () => [two, three, balanced].every((viewer) => lastOf(viewer) > before + 4));
    for (const viewer of [two, three, balanced]) {
      expect(viewer.isEnded).toBe(false);
      expect(viewer.mediaSequences).toEqual(viewer.mediaSequences.toSorted((a, b) => a - b));
      expect(
        viewer.segments.filter(({ isDiscontinuity, number }) => isDiscontinuity && number > before - 1),
      ).toHaveLength(1);
    }
    expect(sameBytes(segmentsOf(two), segmentsOf(three))).toBeGreaterThan(1);
  });

  it('takes the stream from a node that was stopped and goes on, and plays it there, too', async () => {
    const three = viewers.at(-1) as HlsViewer;
    const before = lastOf(three);
    nodes.two.child.process.kill('SIGSTOP');
    const stopped = encoders.at(-1) as Child;
    push(nodes.three);
    await until('viewers go on', () => lastOf(three) > before + 2);
    nodes.two.child.process.kill('SIGCONT');
    await until('the older owner gives it up', () =>
      nodes.two.log().some(({ message }) => message === 'stream is published by another node now'),
    );
    await stopped.exited;
    expect(await until('it plays there', () => plays(nodes.two))).toBe(true);
    await until('it is published there no more', async () => {
      return (await nodes.two.metric('headwater_streams{state="publishing"}')) === 0;
    });
    const again = await watch(nodes.two);
    await until('both have seen two segments', () => sameBytes(segmentsOf(three), segmentsOf(again)) >= 2);
    expect(three.mediaSequences).toEqual(three.mediaSequences.toSorted((a, b) => a - b));
  });

  it('finds streams without the database', async () => {
    cluster.database.stop();
    await until('both know', async () =>
      (await Promise.all([nodes.two, nodes.three].map((node) => node.metric('headwater_database_up')))).every(
        (value) => value === 0,
      ),
    );
    push(nodes.two, 'other');
    await until('it plays elsewhere', async () => (await fetch(addressAt(nodes.three, 'other.m3u8'))).ok);
    expect((await fetch(addressAt(nodes.three, 'nothing.m3u8'))).status).toBe(404);
  });

  it('goes on when a node is stopped in peace, as when it dies, without the database as with it', async () => {
    const atTwo = viewers.at(-1) as HlsViewer;
    const before = lastOf(atTwo);
    await nodes.three.child.stop('SIGTERM');
    expect(atTwo.isEnded).toBe(false);
    push(nodes.two);
    await until('viewers go on', () => lastOf(atTwo) > before + 2);
    expect(atTwo.isEnded).toBe(false);
    expect(atTwo.mediaSequences).toEqual(atTwo.mediaSequences.toSorted((a, b) => a - b));
  });
});
