import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCluster, type TestCluster } from '../support/cluster.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { type Child, type Headwater, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const NAMES = ['one', 'two'] as const;
type Name = (typeof NAMES)[number];

const RULES = { domains: [OPEN_DOMAIN], streams: [{ match: { stream: 'demo' }, record: { enabled: true } }] };
const nodes = {} as Record<Name, Headwater>;
let cluster: TestCluster;
let first: Child | undefined;

beforeAll(async () => {
  cluster = await openCluster('cluster-control', { rules: RULES });
  for (const name of NAMES)
    nodes[name] = await cluster.run(name, { env: { HEADWATER_LIMITS_ARCHIVE_FREE_BYTES: '0' } });
  await until('both are there', async () => (await nodes.one.metric('headwater_cluster_nodes')) === 2);
}, 300_000);

afterAll(() => cluster?.close());

const push = (to: Headwater, name: string) => cluster.push(to, name);
const ask = <T>(node: Headwater, path: string, init?: RequestInit) => cluster.ask<T>(node, path, init);

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
    first = push(nodes.one, 'demo');
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
    await ask(nodes.two, '/streams/default/live/demo', { method: 'DELETE' });
    await first?.exited;
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
    const askedMs = performance.now();
    await ask(nodes.two, '/blocks', post({ app: 'live', stream: 'bad', reason: 'nobody wants it' }));
    const tookMs = Math.round(performance.now() - askedMs);
    await expect(ask(nodes.one, '/streams/default/live/bad')).rejects.toThrow('404');
    console.log(`a stream blocked on another node: its publisher is gone when the answer comes, ${tookMs} ms later`);
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

describe('what lies on one of them', () => {
  type Recording = { id: string; url: string; node: string };
  type Lists = { recordings: Recording[]; viewers: { sessionId: string; node: string }[]; silentNodes?: string[] };
  const file = async (node: Headwater, { url }: Recording, range?: string) => {
    const headers = { authorization: `Bearer ${nodes.one.secrets.adminPassword}`, ...(range && { range }) };
    const answer = await fetch(`http://127.0.0.1:${node.controlPort}${url}`, { headers });
    const bytes = Buffer.from(await answer.arrayBuffer());
    return { status: answer.status, range: answer.headers.get('content-range'), bytes };
  };

  it('is listed, read and deleted at any: a recording', async () => {
    const hls = await cluster.watch(nodes.two, 'demo');
    await until('something can be recorded', () => hls.segments.length > 2);
    // Cuts a file now.
    await ask(nodes.two, '/streams/default/live/demo/record', post({ command: 'restart' }));
    const { recordings } = await until('it is recorded', async () => {
      const listed = await ask<Lists>(nodes.two, '/recordings');
      return listed.recordings.length > 0 ? listed : undefined;
    });
    const [recording] = recordings as [Recording];
    expect(recording.node).toBe('one');
    const [near, far] = [await file(nodes.one, recording), await file(nodes.two, recording)];
    expect(far.status).toBe(200);
    expect(far.bytes.equals(near.bytes)).toBe(true);
    const part = await file(nodes.two, recording, 'bytes=10-19');
    expect([part.status, part.range]).toEqual([206, `bytes 10-19/${near.bytes.length}`]);
    expect(part.bytes.equals(near.bytes.subarray(10, 20))).toBe(true);
    const path = `/recordings/default/live/demo/${recording.id}`;
    await ask(nodes.two, path, { method: 'DELETE' });
    await expect(ask(nodes.two, path, { method: 'DELETE' })).rejects.toThrow('RECORDING_NOT_FOUND');
    expect((await file(nodes.two, recording)).status).toBe(404);
  });

  it('is listed, and sent away, at any: a viewer', async () => {
    const viewer = await FlvViewer.open(`${nodes.one.playback}/live/demo.flv`);
    const path = '/streams/default/live/demo/viewers';
    const { viewers } = await ask<Lists>(nodes.two, `${path}?door=flv`);
    expect(viewers).toMatchObject([{ node: 'one', door: 'flv' }]);
    await expect(ask(nodes.two, `${path}/nobody`, { method: 'DELETE' })).rejects.toThrow('VIEWER_NOT_FOUND');
    await ask(nodes.two, `${path}/${viewers[0]?.sessionId}`, { method: 'DELETE' });
    await viewer.closed;
  });
});

describe('without the database', () => {
  it('refuses a second publisher, too, and lets it in where the owner says nothing', async () => {
    cluster.database.stop();
    await until('the node knows', async () => (await nodes.two.metric('headwater_database_up')) === 0);
    const second = push(nodes.two, 'demo');
    expect(await second.exited).not.toBe(0);
    expect(await refused(nodes.two)).toBe(2);
    expect((await ask<{ streams: object[] }>(nodes.two, '/streams')).streams).toMatchObject([{ node: 'one' }]);
    nodes.one.child.process.kill('SIGSTOP');
    const stoppedMs = performance.now();
    await expect(ask(nodes.two, '/load?node=one')).rejects.toThrow('NODE_SILENT');
    const silentMs = performance.now() - stoppedMs;
    expect(await ask(nodes.two, '/recordings')).toEqual({ recordings: [], silentNodes: ['one'] });
    push(nodes.two, 'demo');
    const pushedMs = performance.now();
    await until('it is published there', async () => (await publishing(nodes.two)) === 1);
    const [silent, pushed] = [silentMs, performance.now() - pushedMs].map(Math.round);
    console.log(
      `an owner that hangs: said after ${silent} ms; FFmpeg publishes elsewhere ${pushed} ms after its start`,
    );
    nodes.one.child.process.kill('SIGCONT');
  });
});
