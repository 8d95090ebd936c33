import { describe, expect, it } from 'vitest';
import type { Publication, Publisher } from './publication.ts';
import { Registry, type StreamSetup } from './registry.ts';
import type { Stream } from './stream.ts';
import { TestClock } from './test-clock.ts';
import { publishAll, TEST_PLAN, testPackets, testVideo, testVideoTrack } from './test-packets.ts';

const id = { domain: 'default', app: 'live', name: 'demo' };
const tracks = { video: testVideoTrack() };
const setup: StreamSetup = {
  secondPublisher: 'refuse',
  waitMs: 15_000,
  waitAfterUnpublish: false,
  ghostMs: 3000,
  idleMs: 10_000,
  plan: TEST_PLAN,
  cache: { maxBytes: 1e6, maxMs: 20_000 },
};

function harness(changed: Partial<StreamSetup> = {}, maxHeldRequests = 3, mayBeElsewhere = () => false) {
  const clock = new TestClock();
  const errors: unknown[] = [];
  const onReaderError = (error: unknown) => errors.push(error);
  const registry = new Registry({ clock, maxHeldRequests, onReaderError, mayBeElsewhere });
  const events: string[] = [];
  registry.listen({
    published: ({ publisher, isResumed }) =>
      events.push(`published ${publisher.sessionId}${isResumed ? ' again' : ''}`),
    unpublished: ({ publisher, ending }) => events.push(`unpublished ${publisher.sessionId} ${ending}`),
    interrupted: () => events.push('interrupted'),
    resumed: () => events.push('resumed'),
    ended: () => events.push('ended'),
  });
  const publisher = (sessionId: string): Publisher => ({
    sessionId,
    dismissed: (reason) => events.push(`dismissed ${sessionId} ${reason}`),
  });
  const tryPublish = (sessionId: string, name = id.name) =>
    registry.publish({ ...id, name }, publisher(sessionId), () => ({ ...setup, ...changed }));
  const publish = (sessionId: string, name = id.name): Publication => {
    const result = tryPublish(sessionId, name);
    if (!result.ok) throw new Error(result.code);
    return result.publication;
  };
  return { clock, registry, events, publish, tryPublish, errors };
}

describe('Registry', () => {
  it('ends a stream at once when its publisher says that it is done', () => {
    const { registry, events, publish, clock } = harness();
    publish('a').unpublish();
    expect(events).toEqual(['published a', 'unpublished a UNPUBLISHED', 'ended']);
    expect(registry.find(id)).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits after a clean end where the rule says so', () => {
    const { events, publish, clock } = harness({ waitAfterUnpublish: true });
    publish('a').unpublish();
    clock.advance(14_999);
    expect(events.at(-1)).toBe('interrupted');
    clock.advance(1);
    expect(events.at(-1)).toBe('ended');
  });

  it.each([
    ['is not told to viewers where it may be published elsewhere by now', true, false],
    ['is told to them otherwise', false, true],
  ])('the end of a stream whose publisher does not come back %s', (_how, isCutOff, isOver) => {
    const { events, publish, clock } = harness({}, 3, () => isCutOff);
    const publication = publish('a');
    publication.lost();
    clock.advance(15_000);
    expect(events.at(-1)).toBe('ended');
    expect(publication.stream.isOver).toBe(isOver);
  });

  it('goes on with the same stream when the publisher comes back in time', () => {
    const { registry, events, publish, clock } = harness();
    const first = publish('a');
    publishAll(first.stream, tracks, testPackets({ tracks, toMs: 1000 }));
    first.lost();
    expect(registry.find(id)?.state).toBe('waiting');
    clock.advance(14_000);
    const second = publish('b');
    expect(second.stream).toBe(first.stream);
    expect(second.isResumed).toBe(true);
    expect(second.stream.resumeDtsMs()).toBe(960 + 14_000);
    clock.advance(5000);
    expect(second.stream.state).toBe('publishing');
    expect(events).toEqual(['published a', 'unpublished a LOST', 'interrupted', 'published b again', 'resumed']);
  });

  it('ends after the waiting time, and the next publisher begins a new stream', () => {
    const { events, publish, clock, registry } = harness();
    const first = publish('a');
    first.lost();
    clock.advance(15_000);
    expect(events.at(-1)).toBe('ended');
    expect(first.stream.state).toBe('ended');
    const second = publish('b');
    expect(second.stream).not.toBe(first.stream);
    expect(second.isResumed).toBe(false);
    expect([...registry.streams()]).toEqual([second.stream]);
  });

  it('does not wait where the waiting time is 0', () => {
    const { events, publish } = harness({ waitMs: 0 });
    publish('a').lost();
    expect(events.at(-1)).toBe('ended');
  });

  it('hears of an end once, however often it is said', () => {
    const { events, publish, clock } = harness();
    const publication = publish('a');
    publication.unpublish();
    publication.lost();
    publication.dismiss('KICKED');
    clock.advance(60_000);
    expect(events).toEqual(['published a', 'unpublished a UNPUBLISHED', 'ended']);
  });

  it('refuses a second publisher of a live name, and takes the first one’s packets still', () => {
    const { tryPublish, registry, publish } = harness();
    const first = publish('a');
    expect(registry.canPublish(id, setup)).toBe(false);
    expect(tryPublish('b')).toEqual({ ok: false, code: 'STREAM_BUSY' });
    expect(first.isOver).toBe(false);
    expect(registry.publicationOf(id)).toBe(first);
  });

  it('lets a second publisher take over by rule: the old stop comes before the new start', () => {
    const { publish, events, registry } = harness({ secondPublisher: 'takeover' });
    const first = publish('a');
    const second = publish('b');
    expect(second.stream).toBe(first.stream);
    expect(first.isOver).toBe(true);
    expect(registry.publicationOf(id)).toBe(second);
    expect(events).toEqual([
      'published a',
      'unpublished a TAKEN_OVER',
      'interrupted',
      'dismissed a TAKEN_OVER',
      'published b again',
      'resumed',
    ]);
    first.lost();
    expect(second.stream.state).toBe('publishing');
  });

  it('begins a new stream with a takeover where there is no waiting time', () => {
    const { publish } = harness({ secondPublisher: 'takeover', waitMs: 0 });
    const first = publish('a');
    const second = publish('b');
    expect(first.stream.state).toBe('ended');
    expect(second.stream.state).toBe('publishing');
    expect(second.isResumed).toBe(false);
  });

  it('replaces a ghost, and nobody who still sends', () => {
    const { publish, tryPublish, clock, events } = harness();
    const first = publish('a');
    clock.advance(2000);
    first.touch();
    clock.advance(2999);
    expect(tryPublish('b').ok).toBe(false);
    clock.advance(1);
    expect(tryPublish('b').ok).toBe(true);
    expect(events).toContain('dismissed a GHOST_REPLACED');
  });

  it('ends a publisher that sends nothing for 10 s', () => {
    const { publish, clock, events } = harness();
    const publication = publish('a');
    clock.advance(9000);
    publication.touch();
    clock.advance(9999);
    expect(publication.isOver).toBe(false);
    clock.advance(1);
    expect(events.slice(1)).toEqual(['unpublished a IDLE', 'interrupted', 'dismissed a IDLE']);
  });

  it('survives a hundred flaps, and data flow each time', () => {
    const { publish, clock } = harness();
    let stream: Stream | undefined;
    let lastDtsMs = -1;
    let packets = 0;
    for (let flap = 0; flap < 100; flap++) {
      const publication = publish(`p${flap}`);
      if (!stream) publication.stream.read({ packet: () => packets++ });
      stream ??= publication.stream;
      const dtsMs = stream.resumeDtsMs();
      expect(dtsMs).toBeGreaterThan(lastDtsMs);
      lastDtsMs = dtsMs;
      publishAll(stream, tracks, [testVideo(tracks.video, dtsMs, true)]);
      clock.advance(10);
      publication.lost();
    }
    expect(packets).toBe(100);
    expect(stream?.segment).toBe(199);
  });

  it('goes on when a listener throws', () => {
    const { registry, publish, errors, events } = harness();
    const error = new Error('listener');
    registry.listen({
      ended: () => {
        throw error;
      },
    });
    publish('a').unpublish();
    expect(errors).toEqual([error]);
    expect(events.at(-1)).toBe('ended');
    expect(registry.find(id)).toBeUndefined();
  });

  it('leaves nothing behind of a thousand names', () => {
    const { registry, publish, clock } = harness();
    for (let index = 0; index < 1000; index++) {
      const publication = publish('a', `name${index}`);
      if (index % 2) publication.lost();
      else publication.unpublish();
    }
    clock.advance(15_000);
    expect([...registry.streams()]).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends all streams and lets go all requests when it is closed', async () => {
    const { registry, publish, clock } = harness();
    const live = publish('a');
    const waiting = publish('b', 'other');
    waiting.lost();
    const held = registry.whenLive({ ...id, name: 'nobody' }, 60_000, new AbortController().signal);
    registry.close();
    expect([live.stream.state, waiting.stream.state]).toEqual(['ended', 'ended']);
    expect(await held).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('Registry.whenLive', () => {
  it('finds a stream that is live', async () => {
    const { registry, publish } = harness();
    const { stream } = publish('a');
    expect(await registry.whenLive(id, 0, new AbortController().signal)).toBe(stream);
  });

  it('holds a request until the stream is published', async () => {
    const { registry, publish, clock } = harness();
    const held = [1, 2].map(() => registry.whenLive(id, 5000, new AbortController().signal));
    const { stream } = publish('a');
    expect(await Promise.all(held)).toEqual([stream, stream]);
    stream.end();
    expect(clock.pendingTimers).toBe(1);
  });

  it('gives up after the time given, when the asker goes away, and at once without either', async () => {
    const { registry, clock } = harness();
    const gone = AbortSignal.abort();
    expect(await registry.whenLive(id, 5000, gone)).toBeUndefined();
    expect(await registry.whenLive(id, 0, new AbortController().signal)).toBeUndefined();
    const asker = new AbortController();
    const left = registry.whenLive(id, 5000, asker.signal);
    asker.abort();
    expect(await left).toBeUndefined();
    const late = registry.whenLive(id, 5000, new AbortController().signal);
    clock.advance(5000);
    expect(await late).toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });

  it('holds no more requests than it may, and frees their places', async () => {
    const { registry, clock } = harness({}, 2);
    const { signal } = new AbortController();
    const held = ['x', 'y'].map((name) => registry.whenLive({ ...id, name }, 5000, signal));
    expect(await registry.whenLive(id, 5000, signal)).toBeUndefined();
    clock.advance(5000);
    await Promise.all(held);
    const again = registry.whenLive(id, 5000, signal);
    expect(clock.pendingTimers).toBe(1);
    clock.advance(5000);
    expect(await again).toBeUndefined();
  });
});
