import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type Child, type Headwater, start, startHeadwater, tempDir, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { TimedViewer } from '../support/timed-viewer.ts';
import { type SystemPostgres, startSystemPostgres } from './store/helpers.ts';

type Source = 'main' | 'backup';
type Sources = { onAir?: string; sources: { source: Source; state: string; encoder?: { address?: string } }[] };

let database: SystemPostgres;
let home: Awaited<ReturnType<typeof tempDir>>;
let one: Headwater;
let two: Headwater;
let viewer: TimedViewer;
const encoders: Child[] = [];

beforeAll(async () => {
  database = await startSystemPostgres();
  home = await tempDir('cluster-backup');
  one = await run('one');
  two = await run('two');
}, 300_000);

afterAll(async () => {
  await viewer?.close();
  await Promise.all(encoders.map((encoder) => encoder.stop('SIGKILL')));
  await Promise.all([one, two].map((node) => node?.stop()));
  database?.remove();
  await home?.remove();
});

async function run(name: string): Promise<Headwater> {
  return startHeadwater({
    rules: {
      domains: [OPEN_DOMAIN],
      streams: [{ match: {}, backup: { back: 'atOnce' }, publish: { waitSeconds: 30 } }],
    },
    dataDir: join(home.path, name),
    env: {
      ...{ DATABASE_URL: database.url, HEADWATER_NODE_NAME: name },
      HEADWATER_MASTER_KEY: Buffer.alloc(32, 4).toString('base64'),
      HEADWATER_CLUSTER_TOKEN: 'a token that both the nodes of this cluster share',
      ...{ HEADWATER_CLUSTER_HOST: '127.0.0.1', HEADWATER_CLUSTER_PORT: String(await freePort()) },
    },
  });
}

/** Pushes one colour and a tone to a node. */
function push(to: Headwater, color: string, source: Source): Child {
  const encoder = start('ffmpeg', [
    ...['-hide_banner', '-loglevel', 'warning', '-re', '-f', 'lavfi', '-i', `color=c=${color}:size=320x180:rate=25`],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000', '-c:v', 'libx264', '-preset', 'ultrafast'],
    ...['-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '96k', '-ac', '2'],
    ...['-f', 'flv', `${to.rtmp}/live/pair${source === 'backup' ? '?backup=1' : ''}`],
  ]);
  encoders.push(encoder);
  return encoder;
}

async function sourcesAt(node: Headwater): Promise<Sources | undefined> {
  // The users are those of the database: the administrator's password is the first node's.
  const headers = { authorization: `Bearer ${one.secrets.adminPassword}` };
  const found = await node.api<{ sources?: Sources }>('/streams/default/live/pair', { headers }).catch(() => undefined);
  return found?.sources;
}

const untilBoth = (node: Headwater) =>
  until('both are sources', async () => {
    const { sources = [] } = (await sourcesAt(node)) ?? {};
    return sources.length === 2 && sources.every(({ state }) => state !== 'stalled');
  });

async function untilSeen(source: Source, at: Headwater): Promise<void> {
  await until(`${source} is on air`, async () => (await sourcesAt(at))?.onAir === source);
  const seen = viewer.timed.length;
  await until('the viewer sees it', () => viewer.timed.length > seen + 50);
}

describe('main and backup that push to two nodes', () => {
  it('are sources of one stream, and take turns', async () => {
    const main = push(one, 'blue', 'main');
    viewer = await until('it plays elsewhere', () =>
      TimedViewer.open(`${two.playback}/live/pair.flv`).catch(() => undefined),
    );
    push(two, 'green', 'backup');
    await untilBoth(one);
    expect(await two.metric('headwater_streams{state="publishing"}')).toBe(0);
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
});
