import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FlvViewer } from '../support/flv-viewer.ts';
import { freePort } from '../support/free-port.ts';
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
import { type SystemPostgres, startSystemPostgres } from './store/helpers.ts';

const NAMES = ['one', 'two'] as const;
type Name = (typeof NAMES)[number];

const nodes = {} as Record<Name, Headwater>;
const encoders: Child[] = [];
let database: SystemPostgres;
let home: Awaited<ReturnType<typeof tempDir>>;

beforeAll(async () => {
  database = await startSystemPostgres();
  home = await tempDir('cluster-control');
  for (const name of NAMES) nodes[name] = await run(name);
  await until('both are there', async () => (await nodes.one.metric('headwater_cluster_nodes')) === 2);
}, 300_000);

afterAll(async () => {
  await Promise.all(encoders.map((encoder) => encoder.stop('SIGKILL')));
  for (const node of Object.values(nodes)) node.child.process.kill('SIGCONT');
  await Promise.all(Object.values(nodes).map((node) => node.stop()));
  database?.remove();
  await home?.remove();
});

async function run(name: Name): Promise<Headwater> {
  return startHeadwater({
    rules: { domains: [OPEN_DOMAIN], streams: [{ match: { stream: 'demo' }, record: { enabled: true } }] },
    dataDir: join(home.path, name),
    env: {
      DATABASE_URL: database.url,
      HEADWATER_NODE_NAME: name,
      HEADWATER_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      HEADWATER_CLUSTER_HOST: '127.0.0.1',
      HEADWATER_CLUSTER_PORT: String(await freePort()),
      HEADWATER_CLUSTER_TOKEN: 'a token that both nodes of this cluster share',
    },
  });
}

/** FFmpeg pushes a picture to a node. */
function push(to: Headwater, name: string): Child {
  const encoder = start('ffmpeg', [...testPictureArgs({ seconds: 600 }), '-f', 'flv', `${to.rtmp}/live/${name}`]);
  encoders.push(encoder);
  return encoder;
}

/** The users are those of the database: the administrator's password is the first node's. */
async function ask<T>(node: Headwater, path: string, init: RequestInit = {}): Promise<T> {
  const headers = { authorization: `Bearer ${nodes.one.secrets.adminPassword}`, 'content-type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${node.controlPort}/api/v1${path}`, { headers, ...init });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

const post = (body: object) => ({ method: 'POST', body: JSON.stringify(body) });
const put = (body: object) => ({ method: 'PUT', body: JSON.stringify(body) });

/** Waits until the node says itself that somebody sends the stream to it. */
const untilLive = (node: Headwater, name: string) =>
  until(`${name} is live`, async () => {
    const { streams } = await ask<{ streams: { name: string; state: string }[] }>(node, '/streams');
    return streams.some((each) => each.name === name && each.state === 'publishing');
  });

const publishing = (node: Headwater) => node.metric('headwater_streams{state="publishing"}');
const refused = (node: Headwater) => node.metric('headwater_publishes_total{result="STREAM_BUSY"}');

describe('a second publisher', () => {
  it('is refused on every node while the first one sends', async () => {
    push(nodes.one, 'demo');
    await untilLive(nodes.one, 'demo');
    const second = push(nodes.two, 'demo');
    expect(await second.exited).not.toBe(0);
    expect(await refused(nodes.two)).toBe(1);
    await untilLive(nodes.one, 'demo');
    expect(await publishing(nodes.two)).toBe(0);
  });
});

describe('whichever node is asked', () => {
  type Stream = { name: string; node: string; viewers: { flv: number }; isRecording: boolean; publisher?: object };
  type Node = { name: string; state: string; streams: number; viewers: number; drain: { state: string } };

  it('shows the streams of all, with the viewers of all', async () => {
    const viewers = await Promise.all(
      [nodes.one, nodes.two].map((node) => FlvViewer.open(`${node.playback}/live/demo.flv`)),
    );
    const one = await until('both viewers are counted', async () => {
      const { streams } = await ask<{ streams: Stream[] }>(nodes.two, '/streams');
      return streams.find(({ viewers: { flv } }) => flv === 2);
    });
    expect(one).toMatchObject({ name: 'demo', node: 'one', publisher: {} });
    const same = await ask<Stream>(nodes.two, '/streams/default/live/demo');
    expect(same).toMatchObject({ name: 'demo', node: 'one', viewers: { flv: 2 } });
    await Promise.all(viewers.map((viewer) => viewer.close()));
  });

  it('does what is to be done where the stream is, and writes down who asked where', async () => {
    const isRecording = async () => (await ask<Stream>(nodes.one, '/streams/default/live/demo')).isRecording;
    await until('the owner records', isRecording);
    await ask(nodes.two, '/streams/default/live/demo/record', post({ command: 'stop' }));
    await until('it does no more', async () => !(await isRecording()));
    await expect(ask(nodes.two, '/streams/default/live/demo/source', put({ source: 'backup' }))).rejects.toThrow(
      'SOURCE_NOT_READY',
    );
    const [first] = encoders as [Child];
    await ask(nodes.two, '/streams/default/live/demo', { method: 'DELETE' });
    await first.exited;
    await expect(ask(nodes.two, '/streams/default/live/demo', { method: 'DELETE' })).rejects.toThrow('STREAM_NOT_LIVE');
    const { entries } = await until('it is written down', async () => {
      const answer = await ask<{ entries: object[] }>(nodes.one, '/audit?action=streams:kick');
      return answer.entries.length > 0 ? answer : undefined;
    });
    expect(entries).toMatchObject([{ actor: 'admin', outcome: 'done', detail: { stream: 'demo', askedAt: 'two' } }]);
  });

  it('forbids a stream on all of them at once', async () => {
    const encoder = push(nodes.one, 'bad');
    await untilLive(nodes.one, 'bad');
    await ask(nodes.two, '/blocks', post({ app: 'live', stream: 'bad', reason: 'nobody wants it' }));
    expect(await encoder.exited).not.toBe(0);
    expect(await push(nodes.one, 'bad').exited).not.toBe(0);
    expect(await nodes.one.metric('headwater_publishes_total{result="BLOCKED"}')).toBe(1);
    await ask(nodes.one, '/blocks/default/live/bad', { method: 'DELETE' });
    expect((await ask<{ blocks: object[] }>(nodes.two, '/blocks')).blocks).toEqual([]);
  });

  it('lists the nodes, and drains the one that is named', async () => {
    push(nodes.one, 'demo');
    await untilLive(nodes.one, 'demo');
    await ask(nodes.two, '/drain?node=one', post({ seconds: 300 }));
    const { nodes: listed } = await ask<{ nodes: Node[] }>(nodes.two, '/nodes');
    expect(listed).toMatchObject([
      {
        name: 'one',
        state: 'there',
        isAsked: false,
        streams: 1,
        drain: { state: 'draining', publishers: { left: 1 } },
      },
      { name: 'two', state: 'there', isAsked: true, streams: 0, drain: { state: 'serving' } },
    ]);
    await ask(nodes.two, '/drain?node=one', { method: 'DELETE' });
    await expect(ask(nodes.two, '/drain?node=three')).rejects.toThrow('NODE_NOT_FOUND');
  });
});

describe('without the database', () => {
  it('refuses a second publisher, too, and lets it in where the owner says nothing', async () => {
    database.stop();
    await until('the node knows', async () => (await nodes.two.metric('headwater_database_up')) === 0);
    const second = push(nodes.two, 'demo');
    expect(await second.exited).not.toBe(0);
    expect(await refused(nodes.two)).toBe(2);
    expect((await ask<{ streams: object[] }>(nodes.two, '/streams')).streams).toMatchObject([{ node: 'one' }]);
    nodes.one.child.process.kill('SIGSTOP');
    await expect(ask(nodes.two, '/load?node=one')).rejects.toThrow('NODE_UNREACHABLE');
    push(nodes.two, 'demo');
    await until('it is published there', async () => (await publishing(nodes.two)) === 1);
    nodes.one.child.process.kill('SIGCONT');
  });
});
