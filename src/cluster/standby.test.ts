import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Stream } from '../live/index.ts';
import { publishAll, testAudioTrack, testPackets, testVideoTrack } from '../live/test-packets.ts';
import { HlsPackager } from '../packager/index.ts';
import { askForStream, askOwner } from './ask-for-stream.ts';
import type { NodePlace } from './request-to.ts';
import { standbyOf } from './standby.ts';
import { copiesOf, DEMO, eventually, startNode, type TestNode } from './test-cluster.ts';

const tracks = { video: testVideoTrack(), audio: testAudioTrack() };
const MEDIUM = { ...DEMO, name: 'demo_medium' };

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

function packagerOf(stream: Stream): HlsPackager {
  return new HlsPackager({
    ...{ stream, windowSegments: 6, partMs: 300, segmentMs: 2000, maxBytes: 1e8, lowLatency: true },
  });
}

/** An owner with a stream, and a node that stands by for it, where nobody watches. */
async function pair() {
  const [owner, edge] = [await startNode('owner'), await startNode('edge')];
  const made = copiesOf(owner, edge);
  opened.push(owner, edge, made.copies);
  made.viewers.count = 0;
  made.standbys.push(DEMO);
  const { stream } = owner.publish();
  publishAll(stream, tracks, testPackets({ tracks, toMs: 1000 }));
  return { owner, edge, stream, ...made };
}

/** Until it is so, while a clock goes on. */
async function inTime(node: TestNode, what: string, isSo: () => boolean): Promise<void> {
  await eventually(what, () => {
    node.clock.advance(1000);
    return isSo();
  });
}

describe('who stands by for a stream', () => {
  const nodes = ['one', 'two', 'three', 'four'].map((nodeId) => ({ nodeId }));
  const streams = Array.from({ length: 300 }, (_, at) => ({ ...DEMO, name: `camera-${at}` }));

  it('is one of the others, the same wherever it is asked', () => {
    for (const id of streams) {
      const standby = standbyOf(id, 'two', nodes);
      expect(standby?.nodeId).not.toBe('two');
      expect(standbyOf(id, 'two', nodes.toReversed())).toBe(standby);
    }
    expect(standbyOf(DEMO, 'one', [{ nodeId: 'one' }])).toBeUndefined();
  });

  it('is each of them for its share of the streams, and stays when another one goes', () => {
    const chosen = streams.map((id) => standbyOf(id, 'one', nodes)?.nodeId);
    for (const name of ['two', 'three', 'four']) {
      expect(chosen.filter((each) => each === name).length, name).toBeGreaterThan(50);
    }
    const left = nodes.filter(({ nodeId }) => nodeId !== 'four');
    const moved = streams.filter((id, at) => standbyOf(id, 'one', left)?.nodeId !== chosen[at]);
    expect(moved.length).toBe(chosen.filter((each) => each === 'four').length);
  });
});

describe('a node that stands by', () => {
  it('has a copy though nobody watches, for as long as it is to', async () => {
    const { edge, copies, standbys, stream } = await pair();
    await inTime(edge, 'it has all', () => edge.registry.find(DEMO)?.packetCount === stream.packetCount);
    edge.clock.advance(60_000);
    edge.clock.advance(60_000);
    expect(copies.count).toBe(1);
    standbys.splice(0);
    await inTime(edge, 'it is gone', () => copies.count === 0);
  });

  it('has the renditions that run, and packages what its owner packages', async () => {
    const { owner, edge, copies, packaged, stream } = await pair();
    await inTime(edge, 'it has the stream', () => edge.registry.find(DEMO) !== undefined);
    edge.clock.advance(2000);
    expect([copies.count, packaged]).toEqual([1, []]);
    owner.registry.addRendition(stream, { suffix: 'medium', onWanted: () => false })?.open();
    Object.assign(owner.running, { isPackaged: true, renditions: [MEDIUM.name] });
    owner.clock.advance(1000);
    await inTime(edge, 'it has the rendition', () => copies.count === 2 && packaged.length > 0);
    expect(new Set(packaged)).toEqual(new Set([DEMO]));
  });

  it('tells the owner that nobody watches, and when somebody does', async () => {
    const { owner, edge, viewers, copies } = await pair();
    await inTime(edge, 'it has the stream', () => edge.registry.find(DEMO) !== undefined);
    await eventually('the owner knows', () => !owner.door.isWatched(DEMO));
    viewers.count = 1;
    await inTime(edge, 'there is a viewer', () => owner.door.isWatched(DEMO));
    expect(owner.door.isWatched(MEDIUM)).toBe(false);
    viewers.count = 0;
    await inTime(edge, 'there is none', () => !owner.door.isWatched(DEMO));
    copies.want(DEMO);
    await eventually('somebody comes', () => owner.door.isWatched(DEMO));
  });

  it('starts no rendition again that has stopped, but for who comes to watch it', async () => {
    const { owner, edge, copies, viewers, stream } = await pair();
    let wanted = 0;
    const onWanted = () => {
      wanted++;
      rendition?.open();
      return true;
    };
    const rendition = owner.registry.addRendition(stream, { suffix: 'medium', onWanted });
    rendition?.open();
    owner.running.renditions.push(MEDIUM.name);
    await inTime(edge, 'it has the stream', () => edge.registry.find(DEMO) !== undefined);
    owner.clock.advance(1000);
    await inTime(edge, 'it has the rendition', () => edge.registry.find(MEDIUM) !== undefined);
    rendition?.stop();
    await eventually('it has ended', () => copies.count === 1);
    // What is running is told once a second.
    const { asked } = owner.at;
    edge.clock.advance(1000);
    await eventually('it was asked for in vain', () => owner.at.asked > asked && copies.count === 1);
    expect([wanted, rendition?.stream]).toEqual([0, undefined]);
    viewers.count = 1;
    expect(await edge.registry.whenLive(MEDIUM, 0, new AbortController().signal)).toBeDefined();
    expect(wanted).toBe(1);
  });

  it('leaves an owner alone for a while that does not have it, until that says that it does', async () => {
    const { owner, edge, copies, standbys } = await pair();
    const other = { ...DEMO, name: 'other' };
    standbys.splice(0, 1, other);
    await inTime(edge, 'it has asked', () => owner.at.asked > 0);
    await eventually('it has heard', () => copies.count === 0);
    const { asked } = owner.at;
    for (let second = 0; second < 20; second++) edge.clock.advance(1000);
    expect([owner.at.asked, copies.count]).toEqual([asked, 0]);
    owner.publish(other);
    copies.sourcesChanged(other);
    await inTime(edge, 'it has it', () => copies.count === 1);
  });

  it.each([0, 5000])('gives who takes the stream over all that it has, %d ms after its owner died', async (afterMs) => {
    const { owner, edge, copies, place, stream } = await pair();
    publishAll(stream, tracks, testPackets({ tracks, fromMs: 1000, toMs: 9000 }));
    edge.clock.advance(1000);
    await eventually('it has all', () => edge.registry.find(DEMO)?.lastDtsMs === stream.lastDtsMs);
    edge.at.packager = packagerOf(edge.registry.find(DEMO) as Stream);
    const { segment: last } = stream;
    place.at = undefined;
    owner.cut();
    await eventually('it has noticed', () => [...copies.pulls()].every(({ isReceiving }) => !isReceiving));
    edge.clock.advance(afterMs);
    const third = await startNode('third');
    const taker = copiesOf(edge, third, true);
    opened.push(third, taker.copies);
    edge.running.isPackaged = true;
    await taker.copies.catchUp(DEMO);
    expect(taker.packaged).toEqual([DEMO]);
    const taken = third.publish().stream;
    const theirs = packagerOf(taken);
    const fromMs = taken.resumeDtsMs();
    publishAll(taken, tracks, testPackets({ tracks, fromMs, toMs: fromMs + 3000 }));
    const late = packagerOf(taken);
    const { segments } = theirs.window;
    expect(segments.map(({ number }) => number)).toEqual([last - 2, last - 1, last, last + 1, last + 2]);
    expect(segments.map(({ isGap = false }) => isGap)).toEqual([false, false, true, false, false]);
    expect(segments[3]?.isDiscontinuity).toBe(true);
    expect(late.playlist('ts', false)?.text).toEqual(theirs.playlist('ts', false)?.text);
  });

  it('is asked by who has nothing yet, where the owner is gone or has it no more', async () => {
    const { owner, edge } = await pair();
    await inTime(edge, 'it has the stream', () => edge.registry.find(DEMO) !== undefined);
    const [ownerAt, copyAt] = [owner, edge].map(({ socketPath }) => ({ connect: { socketPath } }));
    const goneAt = { connect: { socketPath: `${owner.socketPath}.gone` } };
    const ask = async (from: NodePlace | undefined, id = DEMO, isFirst = true) => {
      const answered = await askOwner(from, copyAt, id, new AbortController().signal, { isFirst });
      if (answered.kind === 'stream') answered.socket.destroy();
      return answered.kind;
    };
    const { asked } = edge.at;
    expect([await ask(ownerAt), edge.at.asked]).toEqual(['stream', asked]);
    expect(await ask(goneAt)).toBe('stream');
    expect(await ask(undefined)).toBe('stream');
    // As a machine that went dark: the connection is there, and nothing comes.
    const asking = new Set<Socket>();
    const dark = createServer((socket) => {
      asking.add(socket);
      socket.resume().once('close', () => asking.delete(socket));
    });
    await once(dark.listen(0, '127.0.0.1'), 'listening');
    opened.push(dark);
    const { port } = dark.address() as AddressInfo;
    expect(await ask({ connect: { host: '127.0.0.1', port } })).toBe('stream');
    await eventually('it is asked no more', () => asking.size === 0);
    await expect(ask(goneAt, DEMO, false)).rejects.toThrow('ENOENT');
    // Its viewers wait for the owner, as they do who were there before.
    await expect(ask(goneAt, { ...DEMO, name: 'other' })).rejects.toThrow('ENOENT');
    const restarted = await startNode('owner');
    opened.push(restarted);
    const restartedAt = { connect: { socketPath: restarted.socketPath } };
    expect(await ask(restartedAt)).toBe('stream');
    expect(await ask(restartedAt, { ...DEMO, name: 'other' })).toBe('absent');
  });

  it('gives its copy to who asks for one, and to nobody else', async () => {
    const { edge } = await pair();
    await inTime(edge, 'it has the stream', () => edge.registry.find(DEMO) !== undefined);
    const ask = (takesCopy: boolean) => {
      const { signal } = new AbortController();
      return askForStream({ connect: { socketPath: edge.socketPath } }, DEMO, signal, { isFirst: true, takesCopy });
    };
    expect((await ask(false)).kind).toBe('absent');
    const answered = await ask(true);
    expect(answered.kind).toBe('stream');
    if (answered.kind === 'stream') answered.socket.destroy();
  });
});
