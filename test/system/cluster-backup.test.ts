import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCluster, type TestCluster } from '../support/cluster.ts';
import { type Child, type Headwater, start, until } from '../support/index.ts';
import { type MediaPeer, mediaPeer } from '../support/media-peer.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { TimedViewer } from '../support/timed-viewer.ts';

type Source = 'main' | 'backup';
type Sources = { onAir?: string; sources: { source: Source; state: string; encoder?: { address?: string } }[] };

const FETCHED = { domain: 'default', app: 'live', stream: 'fetched' };
const DRAINS = { env: { HEADWATER_SHUTDOWN_DRAIN_SECONDS: '1' } };
let peer: MediaPeer;
let cluster: TestCluster;
let one: Headwater;
let two: Headwater;
let viewer: TimedViewer;
const encoders: Child[] = [];

beforeAll(async () => {
  peer = await mediaPeer();
  const rules = {
    domains: [OPEN_DOMAIN],
    streams: [{ match: {}, backup: { back: 'atOnce' as const }, publish: { waitSeconds: 30 } }],
    pulls: [
      { name: 'spare', as: 'backup' as const, match: FETCHED, sources: [{ url: `${peer.rtmp}/live/source` }] },
      { name: 'camera', match: { ...FETCHED, stream: 'camera' }, sources: [{ url: `${peer.rtmp}/live/camera` }] },
    ],
  };
  cluster = await openCluster('cluster-backup', { rules });
  one = await cluster.run('one', DRAINS);
  two = await cluster.run('two', DRAINS);
}, 300_000);

afterAll(async () => {
  await viewer?.close();
  await Promise.all(encoders.map((encoder) => encoder.stop('SIGKILL')));
  await cluster?.close();
  await peer?.close();
});

/** Pushes one colour and a tone to a node. */
function push(to: Headwater, color: string, source: Source, name = 'pair'): Child {
  const encoder = start('ffmpeg', [
    ...['-hide_banner', '-loglevel', 'warning', '-re', '-f', 'lavfi', '-i', `color=c=${color}:size=320x180:rate=25`],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-c:v', 'libx264', '-preset', 'ultrafast'],
    ...['-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '96k', '-ac', '2'],
    ...['-f', 'flv', `${to.rtmp}/live/${name}${source === 'backup' ? '?backup=1' : ''}`],
  ]);
  encoders.push(encoder);
  return encoder;
}

async function sourcesAt(node: Headwater, name = 'pair'): Promise<Sources | undefined> {
  const found = await cluster.ask<{ sources?: Sources }>(node, `/streams/default/live/${name}`).catch(() => undefined);
  return found?.sources;
}

const untilBoth = (node: Headwater, name?: string) =>
  until('both are sources', async () => {
    const { sources = [] } = (await sourcesAt(node, name)) ?? {};
    return sources.length === 2 && sources.every(({ state }) => state !== 'stalled');
  });

async function untilSeen(source: Source, at: Headwater): Promise<void> {
  await until(`${source} is on air`, async () => (await sourcesAt(at))?.onAir === source);
  const seen = viewer.timed.length;
  await until('the viewer sees it', () => viewer.timed.length > seen + 50);
}

describe('a pull as backup, and the main source on another node', () => {
  type Pulls = { pulls: { streams: { node: string; state: string }[] }[] };
  const stateAt = async (node: Headwater) => {
    const { pulls } = await cluster.ask<Pulls>(node, '/pull-states');
    return pulls[0]?.streams[0];
  };
  const publishing = (node: Headwater) => node.metric('headwater_streams{state="publishing"}');

  it('are sources of one stream, and take turns', async () => {
    // The first node that was there makes it, and finds nothing yet.
    await until('it is made', async () => (await stateAt(two))?.node === 'one');
    const main = cluster.push(two, FETCHED.stream);
    await until('main is live', async () => (await publishing(two)) === 1);
    peer.publish('live/source');
    await untilBoth(two, FETCHED.stream);
    expect([await stateAt(two), await publishing(one)]).toMatchObject([{ node: 'one', state: 'live' }, 0]);
    const diedMs = performance.now();
    await main.stop('SIGKILL');
    await until('backup is on air', async () => (await sourcesAt(one, FETCHED.stream))?.onAir === 'backup');
    console.log(`a main source dead: the pull is on air ${Math.round(performance.now() - diedMs)} ms later`);
    expect(await cluster.ask(two, '/pulls/spare/restart', { method: 'POST' })).toEqual({ restarted: 1 });
    await until('it is back', async () => (await sourcesAt(one, FETCHED.stream))?.sources[0]?.state === 'onAir');
  });

  it('goes on where it is when the node dies that has the stream', async () => {
    const killedMs = performance.now();
    await two.child.stop('SIGKILL');
    await until('it is published here', async () => (await publishing(one)) === 1);
    console.log(`a node killed: the pull has its stream ${Math.round(performance.now() - killedMs)} ms later`);
    const seen = await TimedViewer.open(`${one.playback}/live/${FETCHED.stream}.flv`);
    await until('it plays', () => seen.frames('video').length > 30);
    await seen.close();
    two = await cluster.run('two', DRAINS);
    await until('both are there', async () => (await one.metric('headwater_cluster_nodes')) === 2);
  });
});

describe('main and backup that push to two nodes', () => {
  it('are sources of one stream, and take turns', async () => {
    const main = push(one, 'blue', 'main');
    viewer = await until('it plays elsewhere', () =>
      TimedViewer.open(`${two.playback}/live/pair.flv`).catch(() => undefined),
    );
    push(two, 'green', 'backup');
    await untilBoth(one);
    await until(
      'it is no stream of its own there',
      async () => (await two.metric('headwater_streams{state="publishing"}')) === 0,
    );
    await main.stop('SIGKILL');
    await untilSeen('backup', one);
  });

  it('are so wherever the main source comes back', async () => {
    push(two, 'red', 'main');
    await untilBoth(one);
    await untilSeen('main', one);
    expect(one.log().some(({ message }) => message === 'stream is published by another node now')).toBe(false);
  });

  it('is one source each: a second backup is refused, on whatever node', async () => {
    const second = push(two, 'white', 'backup');
    expect(await second.exited).not.toBe(0);
    await until('it was refused', () => two.log().some(({ code }) => code === 'STREAM_BUSY'));
    expect((await sourcesAt(one))?.sources).toHaveLength(2);
  });

  it('go on where they are when the node dies that has the stream', async () => {
    await one.child.stop('SIGKILL');
    const taken = 'the node that had the stream is gone, it is published here';
    await until('both go on', () => two.log().filter(({ message }) => message === taken).length === 2);
    await until('main is on air', async () => (await two.metric('headwater_streams_on_air{source="main"}')) === 1);
    const seen = viewer.timed.length;
    await until('the viewer goes on', () => viewer.timed.length > seen + 100);
    const colours = await viewer.colours();
    // Whichever of the two heard of it first is on air first.
    expect(colours.slice(0, 3)).toEqual(['blue', 'green', 'red']);
    expect(colours.at(-1)).toBe('red');
    expect(Math.min(...viewer.steps('video'))).toBeGreaterThan(0);
    expect(viewer.viewer.isClosed).toBe(false);
  });

  it('go on where they are when that node is stopped in peace, without a segment missing', async () => {
    one = await cluster.run('one', DRAINS);
    const main = push(one, 'blue', 'main', 'peace');
    const segments = await cluster.watch(two, 'peace', { container: 'fmp4' });
    push(two, 'green', 'backup', 'peace');
    await untilBoth(one, 'peace');
    await main.stop('SIGKILL');
    await until('the backup is on air', async () => (await sourcesAt(one, 'peace'))?.onAir === 'backup');
    const before = segments.segments.length;
    await until('segments of it come', () => segments.segments.length > before + 2);
    await one.child.stop('SIGTERM');
    const seen = segments.segments.length;
    await until('segments come', () => segments.segments.length > seen + 2);
    const numbers = segments.segments.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_number, at) => (numbers[0] ?? 0) + at));
  });
});

describe('a stream that is pulled', () => {
  it('is pulled by another node when its own is stopped in peace, without a segment missing', async () => {
    if (one.child.process.exitCode !== null) one = await cluster.run('one', DRAINS);
    peer.publish('live/camera');
    const address = '/streams/default/live/camera';
    const { node } = await until('it is pulled', () =>
      cluster.ask<{ node: string }>(two, address).catch(() => undefined),
    );
    const [from, to] = node === 'one' ? [one, two] : [two, one];
    const viewer = await cluster.watch(to, 'camera', { container: 'fmp4' });
    const { segments } = viewer;
    await until('segments of it come', () => segments.length > 2);
    await from.child.stop('SIGTERM');
    const seen = segments.length;
    await until('segments come', () => segments.length > seen + 2);
    const numbers = segments.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_number, at) => (numbers[0] ?? 0) + at));
    expect(viewer.isEnded).toBe(false);
  });
});
