import { describe, expect, it, vi } from 'vitest';
import type { UnplacedPacket, VideoPacket } from './packet.ts';
import { Registry, type StreamSetup } from './registry.ts';
import type { Stream } from './stream.ts';
import { TestClock } from './test-clock.ts';
import { publishAll, TEST_PLAN, testPackets, testVideoTrack } from './test-packets.ts';

const ID = { domain: 'default', app: 'live', name: 'demo' };
const CHILD = { ...ID, name: 'demo_lsd' };
const SETUP: StreamSetup = {
  secondPublisher: 'refuse',
  waitMs: 15_000,
  waitAfterUnpublish: false,
  ghostMs: 3000,
  idleMs: 60_000,
  plan: TEST_PLAN,
  cache: { maxBytes: 64 * 1024 * 1024, maxMs: 20_000 },
};

function setUp() {
  const clock = new TestClock();
  const errors: unknown[] = [];
  const registry = new Registry({ clock, maxHeldRequests: 10, onReaderError: (error) => errors.push(error) });
  const publish = (name = ID.name) => {
    const result = registry.publish({ ...ID, name }, { sessionId: name, dismissed: () => {} }, () => SETUP);
    if (!result.ok) throw new Error(result.code);
    return result.publication;
  };
  return { clock, errors, registry, publish };
}

const track = testVideoTrack();
const rungTrack = testVideoTrack({ width: 160, height: 120 });

/** As an encoder without B-frames gives them back: in order of presentation, decoded as they are shown. */
function encoded(packets: readonly UnplacedPacket[]): VideoPacket[] {
  const video = packets.filter((packet) => packet.kind === 'video');
  return video
    .map((packet) => ({ ...packet, track: rungTrack, dtsMs: packet.dtsMs + packet.compositionMs, compositionMs: 0 }))
    .toSorted((a, b) => a.dtsMs - b.dtsMs);
}

/** Starts of segments, by number and presentation time. */
function cutsOf(stream: Stream): Map<number, [number, boolean]> {
  const cuts = new Map<number, [number, boolean]>();
  stream.read({
    packet: (packet) => {
      const { startsSegment, segment, isDiscontinuity } = packet.position;
      if (startsSegment && packet.kind === 'video')
        cuts.set(segment, [packet.dtsMs + packet.compositionMs, isDiscontinuity]);
    },
  });
  return cuts;
}

describe('a rendition', () => {
  it('is found by its name while it is live, and has its parent', () => {
    const { registry, publish } = setUp();
    const { stream } = publish();
    const rendition = registry.addRendition(stream, { suffix: 'lsd', onWanted: () => true });
    expect(registry.find(CHILD)).toBeUndefined();
    const child = rendition?.open();
    expect(registry.find(CHILD)).toBe(child);
    expect(child?.parent).toBe(stream);
    expect([...registry.streams()]).toEqual([stream]);
    expect(registry.renditionsOf(stream)).toEqual([child]);
    expect(registry.ownerOf(CHILD)).toEqual(ID);
    expect(registry.ownerOf({ ...ID, name: 'other_lsd' })).toEqual({ ...ID, name: 'other_lsd' });
  });

  it('keeps its name from publishers, and does not take one that is published', () => {
    const { registry, publish } = setUp();
    const { stream } = publish();
    publish('demo_lhd');
    expect(registry.addRendition(stream, { suffix: 'lhd', onWanted: () => true })).toBeUndefined();
    const rendition = registry.addRendition(stream, { suffix: 'lsd', onWanted: () => true });
    expect(registry.isRendition(CHILD)).toBe(true);
    expect(() => publish('demo_lsd')).toThrow('NAME_OF_RENDITION');
    rendition?.withdraw();
    expect(publish('demo_lsd').stream.parent).toBeUndefined();
  });

  it('is asked for by who waits for it, and given to him when it is live', async () => {
    const { registry, publish } = setUp();
    const onWanted = vi.fn(() => true);
    const rendition = registry.addRendition(publish().stream, { suffix: 'lsd', onWanted });
    const waiting = registry.whenLive(CHILD, 0, new AbortController().signal);
    expect(onWanted).toHaveBeenCalledOnce();
    const child = rendition?.open();
    expect(await waiting).toBe(child);
    expect(await registry.whenLive({ ...ID, name: 'demo_lud' }, 0, new AbortController().signal)).toBeUndefined();
  });

  it('that is there as soon as it is wanted is waited for by nobody', async () => {
    const { registry, publish } = setUp();
    const onWanted = () => rendition?.open() !== undefined;
    const rendition = registry.addRendition(publish().stream, { suffix: 'lsd', onWanted });
    const { signal } = new AbortController();
    const first = await registry.whenLive(CHILD, 0, signal);
    expect([first?.id, first]).toEqual([CHILD, rendition?.stream]);
    rendition?.stop();
    const second = await registry.whenOwn(CHILD, 0, signal);
    expect([second?.id, second]).toEqual([CHILD, rendition?.stream]);
  });

  it('is not waited for without end', async () => {
    const { clock, registry, publish } = setUp();
    registry.addRendition(publish().stream, { suffix: 'lsd', onWanted: () => true });
    const waiting = registry.whenLive(CHILD, 0, new AbortController().signal);
    clock.advance(20_000);
    expect(await waiting).toBeUndefined();
  });

  it('waits and ends with its parent', () => {
    const { clock, registry, publish } = setUp();
    const publication = publish();
    const renditionEnded = vi.fn();
    registry.listen({ renditionEnded });
    const rendition = registry.addRendition(publication.stream, { suffix: 'lsd', onWanted: () => true });
    const child = rendition?.open();
    publication.lost();
    expect(child?.state).toBe('waiting');
    publish();
    expect(child?.state).toBe('publishing');
    registry.publicationOf(ID)?.lost();
    clock.advance(SETUP.waitMs);
    expect(child?.state).toBe('ended');
    expect(renditionEnded).toHaveBeenCalledWith(child);
    expect([registry.find(CHILD), registry.isRendition(CHILD)]).toEqual([undefined, false]);
    expect(rendition?.open()).toBeUndefined();
  });

  it('is cut where its parent is cut, with the same numbers, over a reconnect and with B-frames', () => {
    const { registry, publish } = setUp();
    const publication = publish();
    const { stream } = publication;
    const child = registry.addRendition(stream, { suffix: 'lsd', onWanted: () => true })?.open();
    if (!child) throw new Error('no rendition');
    const [ofParent, ofChild] = [cutsOf(stream), cutsOf(child)];
    const later = (packets: readonly UnplacedPacket[]) =>
      packets.map((packet) => (packet.kind === 'video' ? { ...packet, compositionMs: 80 } : packet));
    const first = later(testPackets({ tracks: { video: track }, toMs: 5000, gopMs: 1000 }));
    publishAll(stream, { video: track }, first);
    publishAll(child, { video: rungTrack }, encoded(first).slice(0, -2));
    publication.lost();
    publish();
    const second = later(testPackets({ tracks: { video: track }, fromMs: 8000, toMs: 13_000, gopMs: 1500 }));
    publishAll(stream, { video: track }, second);
    publishAll(child, { video: rungTrack }, encoded(second));
    expect(ofParent.size).toBeGreaterThan(4);
    expect([...ofParent.values()].filter(([, isDiscontinuity]) => isDiscontinuity).length).toBe(1);
    expect(ofChild).toEqual(ofParent);
  });

  it('leaves out the numbers of segments that it has no picture of', () => {
    const { registry, publish } = setUp();
    const { stream } = publish();
    const child = registry.addRendition(stream, { suffix: 'lsd', onWanted: () => true })?.open();
    if (!child) throw new Error('no rendition');
    const [ofParent, ofChild] = [cutsOf(stream), cutsOf(child)];
    const packets = testPackets({ tracks: { video: track }, toMs: 12_000 });
    publishAll(stream, { video: track }, packets);
    const kept = encoded(packets).filter(({ dtsMs }) => dtsMs < 3000 || dtsMs >= 8000);
    publishAll(child, { video: rungTrack }, kept);
    const numbers = [...ofParent.keys()];
    expect([...ofChild.keys()]).toEqual(numbers.filter((_, index) => index < 2 || index >= 4));
    for (const [number, cut] of ofChild) expect(cut).toEqual(ofParent.get(number));
  });
});
