import { describe, expect, it } from 'vitest';
import { Registry, type StreamSetup } from '../../live/index.ts';
import { TestClock } from '../../live/test-clock.ts';
import { publishAll, TEST_PLAN, testPackets, testVideoTrack } from '../../live/test-packets.ts';
import { Packagers } from './packagers.ts';

const id = { domain: 'default', app: 'live', name: 'demo' };
const tracks = { video: testVideoTrack() };

function harness(changed: Partial<StreamSetup> = {}, isAlways = true) {
  const clock = new TestClock();
  const registry = new Registry({ clock, maxHeldRequests: 0, onReaderError: (error) => expect(error).toBe(undefined) });
  const counts = { segmentSeconds: 2, partMs: 300, windowSegments: 6, endedSeconds: 60 };
  const hls = { ...counts, container: 'fmp4' as const, lowLatency: true, always: true };
  const packagers = new Packagers({
    clock,
    registry,
    settingsOf: () => hls,
    isAlways: () => isAlways,
    encryptionOf: () => undefined,
    maxBytes: 1e9,
  });
  const publish = (sessionId: string) => {
    const setup: StreamSetup = {
      ...{ secondPublisher: 'takeover', waitMs: 15_000, waitAfterUnpublish: false, ghostMs: 3000, idleMs: 10_000 },
      ...{ plan: TEST_PLAN, cache: { maxBytes: 1e6, maxMs: 20_000 }, ...changed },
    };
    const result = registry.publish(id, { sessionId, dismissed: () => {} }, () => setup);
    if (!result.ok) throw new Error(result.code);
    const { stream } = result.publication;
    const fromMs = stream.resumeDtsMs();
    publishAll(stream, tracks, testPackets({ tracks, fromMs, toMs: fromMs + 9000 }));
    return result.publication;
  };
  return { packagers, publish, clock };
}

const listed = (packagers: Packagers) => packagers.peek(id)?.window.segments.map(({ number }) => number);

describe('the packager of a stream', () => {
  it('goes on when its publisher was lost and comes back', () => {
    const { packagers, publish } = harness();
    const lost = publish('a');
    const packager = packagers.peek(id);
    lost.lost();
    const { stream } = publish('b');
    expect(packagers.peek(id)).toBe(packager);
    expect(listed(packagers)).toEqual([100, 101, 102, 103, 104, 105, 106, 107, 108, 109]);
    expect([packagers.count, stream.readerCount]).toEqual([1, 1]);
  });

  it('goes on when another publisher takes over', () => {
    const { packagers, publish } = harness();
    publish('a');
    const packager = packagers.peek(id);
    publish('b');
    expect(packagers.peek(id)).toBe(packager);
    expect(packager?.window.segments.filter(({ isDiscontinuity }) => isDiscontinuity)).toMatchObject([{ number: 105 }]);
  });

  it('is another one when the stream ended and begins anew', () => {
    const { packagers, publish } = harness();
    publish('a').unpublish();
    const ended = packagers.peek(id);
    publish('b');
    expect(packagers.peek(id)).not.toBe(ended);
    expect([ended?.window.isClosed, packagers.count]).toEqual([true, 1]);
  });
});

describe('a packager that is kept for viewers who are to come', () => {
  it('is there without being in use, and goes a minute after it was kept last', () => {
    const { packagers, publish, clock } = harness({ idleMs: 600_000 }, false);
    publish('a');
    expect(packagers.peek(id)).toBeUndefined();
    packagers.keep(id);
    expect([packagers.peek(id) !== undefined, packagers.isInUse(id)]).toEqual([true, false]);
    clock.advance(50_000);
    packagers.keep(id);
    clock.advance(50_000);
    expect(packagers.count).toBe(1);
    clock.advance(20_000);
    expect(packagers.count).toBe(0);
  });
});
