import { afterEach, describe, expect, it } from 'vitest';
import type { Packet, Registry, SourceInput, Stream, UnplacedPacket } from '../live/index.ts';
import { publishAll, testAudioTrack, testPackets, testVideoTrack } from '../live/test-packets.ts';
import { HlsPackager } from '../packager/index.ts';
import { askForStream } from './ask-for-stream.ts';
import { CopiedStream, RefusedCopyError } from './copied-stream.ts';
import { copiesOf, DEMO, eventually, fixtureTags, ingestInto, startNode, type TestNode } from './test-cluster.ts';
import { type Frame, type Hello, OLDEST_READER, type PacketFrame, WIRE_VERSION } from './wire/index.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function node(name: string): Promise<TestNode> {
  const started = await startNode(name);
  opened.push(started);
  return started;
}

/** An owner, and a node that makes copies of its streams. */
async function pair() {
  const owner = await node('owner');
  const edge = await node('edge');
  const made = copiesOf(owner, edge);
  opened.push(made.copies);
  const watch = (id = DEMO) => edge.registry.whenLive(id, 0, new AbortController().signal);
  return { owner, edge, ...made, watch };
}

function packagerOf(stream: Stream, lowLatency = true): HlsPackager {
  return new HlsPackager({
    ...{ stream, windowSegments: 6, partMs: 300, segmentMs: 2000, maxBytes: 1e8, lowLatency },
  });
}

function collect(stream: Stream): Packet[] {
  const packets: Packet[] = [...stream.cache.packets];
  stream.read({ packet: (packet) => packets.push(packet) });
  return packets;
}

const tracks = { video: testVideoTrack(), audio: testAudioTrack() };

/** What an owner says before the first packet, and a packet. */
function sentFrames(versions: Partial<Hello> = {}) {
  const hello: Hello = {
    ...{ kind: 'hello', version: WIRE_VERSION, oldestReader: OLDEST_READER, node: 'owner', epoch: 1, parent: '' },
    ...{ startedWallMs: 0, firstPacket: 0 },
    ...versions,
  };
  const frames: Frame[] = [hello, { kind: 'tracks', number: 0, tracks }];
  const packet: PacketFrame = {
    ...{ kind: 'packet', media: 'video', isKeyFrame: true, startsSegment: false, startsPart: false },
    ...{ isDiscontinuity: false, segmentTracks: 0, ownTracks: 0, segment: 40, part: 0, discontinuities: 0 },
    ...{ dtsMs: 0, wallMs: 0, mediaTime: 0, extra: 0, data: new Uint8Array(8) },
  };
  return { frames, packet };
}
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && Buffer.compare(a, b) === 0);
}

/** Everything that HLS viewers of both can ask for is the same; gives how many segments both have. */
function expectSame(ours: HlsPackager, theirs: HlsPackager): number {
  const numbers = theirs.window.segments.map(({ number }) => number);
  let whole = 0;
  for (const number of numbers) {
    const [one, other] = [ours.window.find(number), theirs.window.find(number)];
    expect(other?.isWhole).toBe(one?.isWhole);
    for (const container of ['fmp4', 'ts'] as const) {
      const bytes = ours.segment(number, container);
      expect(isEqual(theirs.segment(number, container), bytes)).toBe(true);
      if (bytes && container === 'fmp4') whole++;
    }
    for (const { index } of one?.parts ?? []) {
      expect(isEqual(theirs.part(number, index), ours.part(number, index))).toBe(true);
    }
    if (one && other) expect(theirs.initOf(other.tracks)).toEqual(ours.initOf(one.tracks));
  }
  return whole;
}

const TS_SYNC_BYTE = 0x47;

/** What was being filled when the rest was lost has its place in playlists, and nobody gets it. */
function expectGap(theirs: HlsPackager, number: number): void {
  const lines = text(theirs.playlist('ts', false)?.text).split('\n');
  expect(lines.filter((line) => line === '#EXT-X-GAP')).toHaveLength(1);
  expect(lines[lines.indexOf(`${number}.ts`) - 2]).toBe('#EXT-X-GAP');
  for (const container of ['fmp4', 'ts'] as const) expect(theirs.segment(number, container)).toBeUndefined();
  // Low-latency players that know of a part may still ask for it; the one that was being filled is none.
  const { parts = [] } = theirs.window.find(number) ?? {};
  expect(parts.map(({ index }) => theirs.part(number, index) !== undefined)).toEqual(
    parts.map((_part, index) => index < parts.length - 1),
  );
  expect(parts.length).toBeGreaterThan(1);
  // Who does not know what a gap is, and asks for it, gets what there is.
  expect(theirs.gap(number)?.[0]).toBe(TS_SYNC_BYTE);
  expect(theirs.gap(number - 1)).toBeUndefined();
}

describe('a copy of what an encoder sent', () => {
  it.each(['enhanced-hevc.flv', 'enhanced-h264opus.flv', 'enhanced-av1.flv', 'enhanced-vp9opus.flv'])(
    'gives the same parts and segments of %s',
    async (file) => {
      const { owner, watch, edge } = await pair();
      const { stream, ...publication } = owner.publish();
      const ours = packagerOf(stream);
      const tags = fixtureTags(file);
      const ingest = ingestInto(stream, owner.clock);
      ingest(tags.slice(0, tags.length / 2));
      const copy = (await watch()) as Stream;
      const theirs = packagerOf(copy);
      ingest(tags.slice(tags.length / 2));
      await eventually('all has come', () => copy.packetCount === stream.packetCount);
      expect(expectSame(ours, theirs)).toBeGreaterThan(0);
      owner.registry.publicationOf(DEMO)?.unpublish();
      await eventually('the copy has ended', () => copy.state === 'ended');
      expectSame(ours, theirs);
      expect(text(theirs.playlist('fmp4', false)?.text)).toContain('#EXT-X-ENDLIST');
      expect([...owner.errors, ...edge.errors]).toEqual([]);
      expect(publication).toBeDefined();
    },
  );

  it('gives the same playlists, once both have as many segments', async () => {
    const { owner, watch } = await pair();
    const { stream } = owner.publish();
    const ours = packagerOf(stream);
    const packets = testPackets({ tracks, toMs: 40_000 });
    publishAll(stream, tracks, packets.slice(0, 200));
    const copy = (await watch()) as Stream;
    const theirs = packagerOf(copy);
    publishAll(stream, tracks, packets.slice(200));
    await eventually('all has come', () => copy.packetCount === stream.packetCount);
    expect(text(theirs.playlist('fmp4', false)?.text)).toBe(text(ours.playlist('fmp4', false)?.text));
    expect(text(theirs.playlist('ts', false)?.text)).toBe(text(ours.playlist('ts', false)?.text));
  });
});

describe('a copy', () => {
  it('is one, however many ask, and goes when nobody watches', async () => {
    const { owner, edge, copies, viewers, watch } = await pair();
    publishAll(owner.publish().stream, tracks, testPackets({ tracks, toMs: 1000 }));
    const [first, second] = await Promise.all([watch(), watch()]);
    expect(first).toBe(second);
    expect(first?.isCopy).toBe(true);
    expect([owner.at.asked, copies.count]).toEqual([1, 1]);
    expect([...edge.registry.streams()]).toEqual([]);
    edge.clock.advance(60_000);
    expect(copies.count).toBe(1);
    viewers.count = 0;
    edge.clock.advance(29_000);
    expect(first?.state).toBe('publishing');
    edge.clock.advance(2000);
    await eventually('it is gone', () => copies.count === 0);
    expect(edge.registry.find(DEMO)).toBeUndefined();
  });

  it('is shown once it is as far as its owner: whoever comes first begins with what is newest', async () => {
    const { owner, watch } = await pair();
    const { stream } = owner.publish();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 8000, frameBytes: 20_000 }));
    const copy = await watch();
    expect(copy?.packetCount).toBe(stream.cache.packets.length);
    expect(copy?.cache.sinceKeyFrame()[0]?.dtsMs).toBe(stream.cache.sinceKeyFrame()[0]?.dtsMs);
  });

  it('lists what its owner lists from the first playlist on', async () => {
    const { owner, edge, watch } = await pair();
    const { stream } = owner.publish();
    const ours = packagerOf(stream);
    owner.at.packager = ours;
    const packets = testPackets({ tracks, toMs: 45_000 });
    const half = packets.length / 2;
    publishAll(stream, tracks, packets.slice(0, half));
    const copy = (await watch()) as Stream;
    const theirs = packagerOf(copy);
    const playlist = (packager: HlsPackager) => text(packager.playlist('fmp4', false)?.text);
    expect(playlist(theirs)).toBe(playlist(ours));
    expect(ours.window.listed().length).toBeGreaterThan(5);
    expect(expectSame(ours, theirs)).toBe(ours.window.listed().length);
    edge.clock.advance(3000);
    publishAll(stream, tracks, packets.slice(half));
    await eventually('all has come', () => copy.segment === stream.segment);
    expect(copy.cache.packets.length).toBe(stream.cache.packets.length);
    expect(playlist(theirs)).toBe(playlist(ours));
  });

  it('of a name that nobody publishes is refused at once', async () => {
    const { watch, copies } = await pair();
    expect(await watch()).toBeUndefined();
    expect(copies.count).toBe(0);
  });

  it('of an owner that cannot be reached is waited for, until another node has it', async () => {
    const { owner, edge, watch, place, copies } = await pair();
    const there = place.at;
    place.at = `${there}.gone`;
    const watching = watch();
    await eventually('it is tried again', () => edge.clock.pendingTimers > 2);
    expect(edge.registry.isWaitedFor(DEMO)).toBe(true);
    owner.publish();
    publishAll(owner.registry.find(DEMO) as Stream, tracks, testPackets({ tracks, toMs: 1000 }));
    place.at = there;
    copies.sourcesChanged(DEMO);
    expect((await watching)?.state).toBe('publishing');
  });

  it('of an owner that cannot be reached is waited for no longer than the rule says', async () => {
    const { edge, watch, place, copies } = await pair();
    place.at = `${place.at}.gone`;
    const watching = watch();
    for (let turn = 0; turn < 20; turn++) {
      edge.clock.advance(1000);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await watching).toBeUndefined();
    expect(copies.count).toBe(0);
  });

  it('goes on over a cut connection, with every packet once', async () => {
    const { owner, edge, watch } = await pair();
    const { stream } = owner.publish();
    const ours = packagerOf(stream);
    const packets = testPackets({ tracks, toMs: 12_000 });
    publishAll(stream, tracks, packets.slice(0, 300));
    const copy = (await watch()) as Stream;
    const theirs = packagerOf(copy);
    const copied = collect(copy);
    owner.cut();
    publishAll(stream, tracks, packets.slice(300, 400));
    await eventually('it has come back', () => copy.packetCount === stream.packetCount);
    publishAll(stream, tracks, packets.slice(400));
    await eventually('all has come', () => copy.packetCount === stream.packetCount);
    expect(expectSame(ours, theirs)).toBeGreaterThan(3);
    expect(copied.map(({ dtsMs, kind }) => [dtsMs, kind])).toEqual(
      packets.slice(-copied.length).map(({ dtsMs, kind }) => [dtsMs, kind]),
    );
    expect(edge.errors).toEqual([]);
  });

  it('that missed something goes on at a segment that is not the next one', async () => {
    const { owner, watch, place } = await pair();
    const { stream } = owner.publish();
    const ours = packagerOf(stream);
    const packets = testPackets({ tracks, toMs: 40_000 });
    publishAll(stream, tracks, packets.slice(0, 150));
    const copy = (await watch()) as Stream;
    const theirs = packagerOf(copy);
    const before = copy.segment;
    let at = 150;
    place.at = `${place.at}.gone`;
    owner.cut();
    const missed = packets.slice(150).findIndex(() => {
      publishAll(stream, tracks, packets.slice(at, ++at));
      return stream.segment === before + 3;
    });
    expect(missed).toBeGreaterThan(0);
    place.at = owner.socketPath;
    await eventually('it has come back', () => copy.segment > before);
    publishAll(stream, tracks, packets.slice(at, 2000));
    await eventually('all has come', () => copy.segment === stream.segment);
    // The next one is whole in what is kept for newcomers, and would make the one before it seem so.
    expect(theirs.window.segments[0]?.number).toBe(before + 2);
    expect(expectSame(ours, theirs)).toBeGreaterThan(0);
  });

  it('is broken off where what comes goes back in time, and published no further', async () => {
    const { registry } = await node('edge');
    const copied = new CopiedStream({ id: DEMO, registry, cache: { maxBytes: 1e8, maxMs: 60_000 }, onTaken: () => {} });
    const { frames, packet } = sentFrames();
    for (const frame of frames) copied.frame(frame);
    copied.frame({ ...packet, dtsMs: 1000, startsSegment: true, startsPart: true });
    copied.frame({ ...packet, dtsMs: 1040 });
    expect(() => copied.frame({ ...packet, dtsMs: 1039 })).toThrow(RefusedCopyError);
    expect(() => copied.frame({ ...packet, dtsMs: 1080, segment: packet.segment - 1 })).toThrow(RefusedCopyError);
    expect(copied.stream?.packetCount).toBe(2);
  });

  it.each([
    ['is taken', 'a later release that ours can read', WIRE_VERSION + 1, WIRE_VERSION, true],
    ['is refused', 'a later release that ours cannot read', WIRE_VERSION + 1, WIRE_VERSION + 1, false],
    ['is refused', 'a release that is not read any more', OLDEST_READER - 1, OLDEST_READER - 1, false],
  ])('%s from %s', async (_what, _whom, version, oldestReader, isTaken) => {
    const { registry } = await node('edge');
    const copied = new CopiedStream({ id: DEMO, registry, cache: { maxBytes: 1e8, maxMs: 60_000 }, onTaken: () => {} });
    const { frames, packet } = sentFrames({ version, oldestReader });
    const take = () => {
      for (const frame of frames) copied.frame(frame);
      copied.frame({ ...packet, startsSegment: true, startsPart: true });
    };
    if (isTaken) take();
    else expect(take).toThrow(/run one release on both/);
    expect(copied.stream?.packetCount).toBe(isTaken ? 1 : undefined);
  });

  it('has sound that its encoder sends a little behind the pictures', async () => {
    const { owner, watch, troubles } = await pair();
    const { stream } = owner.publish();
    const sentAtMs = ({ kind, dtsMs }: UnplacedPacket) => dtsMs + (kind === 'audio' ? 150 : 0);
    const packets = testPackets({ tracks, toMs: 10_000 }).sort((a, b) => sentAtMs(a) - sentAtMs(b));
    publishAll(stream, tracks, packets.slice(0, 100));
    const copied = collect((await watch()) as Stream);
    publishAll(stream, tracks, packets.slice(100));
    await eventually('all has come', () => copied.length === packets.length);
    expect(copied.map(({ kind, dtsMs }) => [kind, dtsMs])).toEqual(packets.map(({ kind, dtsMs }) => [kind, dtsMs]));
    expect(troubles).toEqual([]);
  });

  it('goes on without a break where another source is put on air in the middle of its pictures', async () => {
    const { owner, watch, troubles } = await pair();
    const { stream, input: main } = owner.publish();
    const backup = owner.publish(DEMO, {}, 'backup').input;
    for (const input of [main, backup]) input.setTracks(tracks);
    const packets = testPackets({ tracks, toMs: 8000 });
    const send = (fromMs: number, toMs: number, inputs: readonly SourceInput[]) => {
      for (const packet of packets.filter(({ dtsMs }) => dtsMs >= fromMs && dtsMs < toMs)) {
        if (packet.kind === 'video') owner.clock.advance(40);
        for (const input of inputs) input.publish(packet);
      }
    };
    send(0, 1000, [main, backup]);
    const copied = collect((await watch()) as Stream);
    send(1000, 3000, [main, backup]);
    send(3000, 5000, [backup]);
    expect(owner.registry.sourcesOf(DEMO)?.sources.onAir).toBe('backup');
    await eventually('all has come', () => copied.length === stream.packetCount);
    expect(troubles).toEqual([]);
  });

  it('that takes nothing is given up, and no other one is hurt', async () => {
    const { owner, watch } = await pair();
    const { stream } = owner.publish();
    const packets = testPackets({ tracks, toMs: 20_000, frameBytes: 100_000 });
    publishAll(stream, tracks, packets.slice(0, 20));
    const answered = await askForStream(
      { connect: { socketPath: owner.socketPath } },
      DEMO,
      new AbortController().signal,
    );
    const copy = (await watch()) as Stream;
    expect([answered.kind, owner.door.count]).toEqual(['stream', 2]);
    for (const packet of packets.slice(20)) {
      stream.publish(packet);
      // Sound waits for the next picture.
      if (packet.kind === 'audio') continue;
      await eventually('the other one has it', () => copy.packetCount === stream.packetCount);
    }
    expect(owner.door.count).toBe(1);
    expect(owner.errors).toEqual([]);
  });

  it('waits and goes on with its owner', async () => {
    const { owner, watch } = await pair();
    const first = owner.publish();
    publishAll(first.stream, tracks, testPackets({ tracks, toMs: 3000 }));
    const copy = (await watch()) as Stream;
    const ours = packagerOf(first.stream);
    const theirs = packagerOf(copy);
    first.lost();
    await eventually('it waits', () => copy.state === 'waiting');
    owner.publish();
    await eventually('it goes on', () => copy.state === 'publishing');
    publishAll(first.stream, tracks, testPackets({ tracks, fromMs: 5000, toMs: 9000 }));
    await eventually('all has come', () => copy.packetCount === first.stream.packetCount);
    expect(expectSame(ours, theirs)).toBe(3);
    expect(text(theirs.playlist('ts', false)?.text)).not.toContain('#EXT-X-GAP');
    expect(theirs.window.segments.map(({ isDiscontinuity }) => isDiscontinuity)).toContain(true);
  });

  it('of an owner that is gone waits as long as the rule says, then ends', async () => {
    const { owner, edge, watch, place } = await pair();
    publishAll(owner.publish().stream, tracks, testPackets({ tracks, toMs: 3000 }));
    const copy = (await watch()) as Stream;
    const theirs = packagerOf(copy);
    await eventually('all has come', () => copy.packetCount === owner.registry.find(DEMO)?.packetCount);
    const last = copy.segment;
    edge.clock.advance(3000);
    place.at = `${place.at}.gone`;
    owner.cut();
    await eventually('it is tried again', () => edge.clock.pendingTimers > 2);
    edge.clock.advance(1900);
    expect(text(theirs.playlist('fmp4', false)?.text)).not.toContain('#EXT-X-GAP');
    edge.clock.advance(600);
    expect(copy.state).toBe('waiting');
    expectGap(theirs, last);
    for (let turn = 0; turn < 20; turn++) {
      edge.clock.advance(1000);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await eventually('it has ended', () => copy.state === 'ended');
    expect(edge.registry.find(DEMO)).toBeUndefined();
  });
});

describe('a publisher who comes to where a copy is', () => {
  it('goes on behind it, and those who watch stay', async () => {
    const { owner, edge, watch, copies, place } = await pair();
    publishAll(owner.publish().stream, tracks, testPackets({ tracks, toMs: 5000 }));
    const copy = (await watch()) as Stream;
    const theirs = packagerOf(copy);
    await eventually('all has come', () => copy.packetCount === owner.registry.find(DEMO)?.packetCount);
    const last = copy.segment;
    place.at = undefined;
    owner.cut();
    edge.clock.advance(1500);
    const { stream, isResumed } = edge.publish();
    expect([stream, stream.isCopy, stream.state, isResumed]).toEqual([copy, false, 'publishing', false]);
    const fromMs = stream.resumeDtsMs();
    expect(fromMs).toBeGreaterThanOrEqual(6400);
    publishAll(stream, tracks, testPackets({ tracks, fromMs, toMs: fromMs + 6000 }));
    expect(theirs.window.segments.map(({ number }) => number)).toEqual([
      last - 2,
      last - 1,
      last,
      last + 1,
      last + 2,
      last + 3,
    ]);
    expectGap(theirs, last);
    expect(theirs.segment(last - 1, 'fmp4')).toBeDefined();
    expect(theirs.window.find(last + 1)?.isDiscontinuity).toBe(true);
    expect(theirs.window.find(last + 1)?.discontinuities).toBe(1);
    await eventually('nothing is fetched any more', () => copies.count === 0);
    expect(edge.registry.find(DEMO)).toBe(stream);
  });

  it('has all of the last segment where the other publisher went before', async () => {
    const { owner, edge, watch } = await pair();
    const first = owner.publish();
    const ours = packagerOf(first.stream);
    publishAll(first.stream, tracks, testPackets({ tracks, toMs: 5000 }));
    const copy = (await watch()) as Stream;
    const theirs = packagerOf(copy);
    first.lost();
    await eventually('it waits', () => copy.state === 'waiting');
    const last = copy.segment;
    const { stream } = edge.publish();
    // Whoever comes now begins with what was before, too.
    expect(packagerOf(stream).window.segments[0]?.number).toBeLessThan(last);
    publishAll(stream, tracks, testPackets({ tracks, fromMs: stream.resumeDtsMs(), toMs: 9000 }));
    expect(text(theirs.playlist('ts', false)?.text)).not.toContain('#EXT-X-GAP');
    expect(isEqual(theirs.segment(last, 'ts'), ours.segment(last, 'ts'))).toBe(true);
    expect(theirs.window.find(last + 1)?.isDiscontinuity).toBe(true);
  });

  it('has what was published before, though nobody watched there', async () => {
    const { owner, edge, copies } = await pair();
    const first = owner.publish();
    publishAll(first.stream, tracks, testPackets({ tracks, toMs: 5000 }));
    first.lost();
    await copies.catchUp(DEMO);
    const { stream } = edge.publish();
    expect(stream.packetCount).toBe(first.stream.packetCount);
    const { window } = packagerOf(stream);
    const { segment: last } = first.stream;
    publishAll(stream, tracks, testPackets({ tracks, fromMs: stream.resumeDtsMs(), toMs: 7000 }));
    expect(window.segments.map(({ number }) => number)).toEqual([100, 101, last, last + 1, last + 2]);
    expect(window.segments.some(({ isGap }) => isGap)).toBe(false);
  });

  it('waits for what was published before no longer than for an answer', async () => {
    const { owner, edge, copies, place, watch } = await pair();
    place.at = undefined;
    await copies.catchUp(DEMO);
    place.at = `${owner.socketPath}.gone`;
    await copies.catchUp(DEMO);
    place.at = owner.socketPath;
    copies.sourcesChanged(DEMO);
    publishAll(owner.publish().stream, tracks, testPackets({ tracks, toMs: 3000 }));
    await copies.catchUp(DEMO);
    expect((await watch())?.packetCount).toBe(owner.registry.find(DEMO)?.packetCount);
    // The publisher is still there: perhaps its end is under way.
    const caughtUp = copies.catchUp(DEMO);
    edge.clock.advance(200);
    await caughtUp;
    // Its node says nothing.
    const silent = copies.catchUp({ ...DEMO, name: 'silent' });
    edge.clock.advance(1000);
    await silent;
  });

  it('is waited for where the node of the other one has stopped', async () => {
    const { owner, edge, watch } = await pair();
    const { stream } = owner.publish();
    const ours = packagerOf(stream);
    publishAll(stream, tracks, testPackets({ tracks, toMs: 5000 }));
    const copy = (await watch()) as Stream;
    const theirs = packagerOf(copy);
    owner.registry.close(true);
    await Promise.all([owner.door.close(), eventually('it waits', () => copy.state === 'waiting')]);
    edge.clock.advance(3000);
    expect([copy.state, copy.packetCount]).toEqual(['waiting', stream.packetCount]);
    expect(expectSame(ours, theirs)).toBe(3);
    expect(text(theirs.playlist('ts', false)?.text)).not.toContain('#EXT-X-GAP');
  });

  it('is followed by the copies of others, in the same numbers', async () => {
    const { owner, edge, watch, place } = await pair();
    const third = await node('third');
    const elsewhere = copiesOf(owner, third);
    opened.push(elsewhere.copies);
    publishAll(owner.publish().stream, tracks, testPackets({ tracks, toMs: 5000 }));
    const copy = (await watch()) as Stream;
    const follower = (await third.registry.whenLive(DEMO, 0, new AbortController().signal)) as Stream;
    const [ours, theirs] = [packagerOf(copy), packagerOf(follower)];
    await eventually('all has come', () =>
      [copy, follower].every(({ packetCount }) => packetCount === copy.packetCount),
    );
    place.at = undefined;
    elsewhere.place.at = undefined;
    owner.cut();
    const { stream } = edge.publish();
    edge.at.epoch = 2;
    elsewhere.place.at = edge.socketPath;
    elsewhere.copies.sourcesChanged(DEMO);
    const fromMs = stream.resumeDtsMs();
    const packets = testPackets({ tracks, fromMs, toMs: fromMs + 9000 });
    publishAll(stream, tracks, packets.slice(0, 50));
    await eventually('it follows', () => follower.segment === stream.segment);
    publishAll(stream, tracks, packets.slice(50));
    await eventually('all has come', () => follower.packetCount === stream.packetCount);
    const numbers = (packager: HlsPackager) => packager.window.segments.map(({ number }) => number);
    expect(numbers(theirs)).toEqual(numbers(ours));
    expectSame(ours, theirs);
    expect(text(theirs.playlist('fmp4', false)?.text)).toBe(text(ours.playlist('fmp4', false)?.text));
    // The one from before comes back: it is not followed.
    elsewhere.place.at = owner.socketPath;
    elsewhere.copies.sourcesChanged(DEMO);
    await eventually('it was refused', () =>
      elsewhere.troubles.some((trouble) => trouble.includes('published the stream before')),
    );
  });
});

describe('an owner that gives a stream up to another node', () => {
  it('sends no end: the copies of others go on there', async () => {
    const { owner, edge, watch } = await pair();
    const third = await node('third');
    const elsewhere = copiesOf(owner, third);
    opened.push(elsewhere.copies);
    const first = owner.publish();
    publishAll(first.stream, tracks, testPackets({ tracks, toMs: 5000 }));
    const copy = (await watch()) as Stream;
    const follower = (await third.registry.whenLive(DEMO, 0, new AbortController().signal)) as Stream;
    await eventually('all has come', () =>
      [copy, follower].every(({ packetCount }) => packetCount === first.stream.packetCount),
    );
    first.lost();
    const { stream } = edge.publish();
    edge.at.epoch = 2;
    elsewhere.place.at = edge.socketPath;
    owner.registry.cede(DEMO);
    const fromMs = stream.resumeDtsMs();
    publishAll(stream, tracks, testPackets({ tracks, fromMs, toMs: fromMs + 5000 }));
    await eventually('it follows', () => follower.segment === stream.segment);
    expect(follower.state).toBe('publishing');
  });
});

describe('a rendition', () => {
  it('is copied under its name, and its stream before it', async () => {
    const { owner, edge, watch, copies } = await pair();
    const { stream } = owner.publish();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 1000 }));
    const wanted: string[] = [];
    const rendition = owner.registry.addRendition(stream, {
      suffix: 'lsd',
      onWanted: () => {
        wanted.push('lsd');
        setTimeout(() => rendition?.open(), 5);
        return true;
      },
    });
    const facts = {
      template: 'lsd',
      name: 'demo_lsd',
      isAvailable: true,
      codecs: ['avc1.42c00d'],
      peakBitrate: 2,
      averageBitrate: 1,
    };
    owner.renditions.push(facts);
    const id = { ...DEMO, name: 'demo_lsd' };
    const copy = (await watch(id)) as Stream;
    expect(wanted).toEqual(['lsd']);
    expect(copy.parent).toBe(edge.registry.find(DEMO));
    expect(edge.registry.ownerOf(id)).toEqual(DEMO);
    expect(edge.registry.isRendition(id)).toBe(true);
    expect(edge.registry.renditionsOf(copy.parent as Stream)).toEqual([copy]);
    expect(copies.renditionsOf(DEMO)).toEqual([facts]);
    owner.registry.publicationOf(DEMO)?.unpublish();
    await eventually('both have ended', () => copies.count === 0);
    expect([copy.state, copy.parent?.state]).toEqual(['ended', 'ended']);
  });

  it.each([true, false])(
    'goes on where its parent is published next, with all of its last segment: %s',
    async (isWhole) => {
      const { owner, edge, watch } = await pair();
      const small = { video: testVideoTrack({ width: 160, height: 120 }) };
      const offer = { suffix: 'lsd', onWanted: () => true };
      const first = owner.publish();
      const made = owner.registry.addRendition(first.stream, offer)?.open();
      if (!made) throw new Error('no rendition');
      const publishBoth = (parent: Stream, child: Stream | undefined, fromMs: number, toMs: number) => {
        publishAll(parent, tracks, testPackets({ tracks, fromMs, toMs }));
        if (child) publishAll(child, small, testPackets({ tracks: small, fromMs, toMs }));
      };
      publishBoth(first.stream, made, 0, 5000);
      await watch();
      const copy = (await watch(made.id)) as Stream;
      const [ours, theirs] = [packagerOf(made), packagerOf(copy)];
      first.lost();
      if (isWhole) made.whole();
      await eventually('all has come', () => copy.state === 'waiting' && copy.isWhole === isWhole);
      let rendition: ReturnType<Registry['addRendition']>;
      edge.registry.listen({
        published: ({ stream }) => {
          rendition = edge.registry.addRendition(stream, offer);
        },
      });
      const { stream } = edge.publish();
      expect(rendition?.stream).toBe(copy);
      expect([copy.isCopy, copy.state, copy.parent]).toEqual([false, 'publishing', stream]);
      publishBoth(stream, copy, stream.resumeDtsMs(), stream.resumeDtsMs() + 4000);
      const last = made.segment;
      expect(theirs.window.segments.map(({ number }) => number)).toEqual([100, 101, last, last + 1, last + 2]);
      expect(theirs.window.segments.map(({ isDiscontinuity }) => isDiscontinuity).indexOf(true)).toBe(3);
      if (!isWhole) expectGap(theirs, last);
      else expect(isEqual(theirs.segment(last, 'ts'), ours.segment(last, 'ts') ?? new Uint8Array(0))).toBe(true);
      expect(edge.errors).toEqual([]);
    },
  );

  it('that is not made where its parent is published next ends there', async () => {
    const { owner, edge, watch } = await pair();
    const first = owner.publish();
    const made = owner.registry.addRendition(first.stream, { suffix: 'lsd', onWanted: () => true })?.open();
    if (!made) throw new Error('no rendition');
    await watch();
    const copy = (await watch(made.id)) as Stream;
    first.lost();
    const { stream } = edge.publish();
    expect([copy.state, stream.state]).toEqual(['ended', 'publishing']);
    expect(edge.registry.find(made.id)).toBeUndefined();
  });
});
