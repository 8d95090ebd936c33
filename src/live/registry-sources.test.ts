import { describe, expect, it } from 'vitest';
import type { Packet, Position } from './packet.ts';
import type { Publication } from './publication.ts';
import { type PublisherRole, Registry, type StreamSetup } from './registry.ts';
import type { SourceInput } from './source-input.ts';
import { type Slate, USUAL_SWITCH } from './source-switch.ts';
import { TestClock } from './test-clock.ts';
import { TEST_PLAN, testAudioTrack, testPackets, testVideo, testVideoTrack } from './test-packets.ts';

const id = { domain: 'default', app: 'live', name: 'demo' };
const tracks = { video: testVideoTrack() };
const setup: StreamSetup = {
  ...{ secondPublisher: 'refuse', waitMs: 15_000, waitAfterUnpublish: false, ghostMs: 3000, idleMs: 10_000 },
  plan: TEST_PLAN,
  cache: { maxBytes: 1e6, maxMs: 20_000 },
};

function harness({
  slateMs = 0,
  afterUnpublish = false,
  hasSlate = true,
  waitAfterUnpublish = false,
  isLeaving = false,
} = {}) {
  const clock = new TestClock();
  const errors: unknown[] = [];
  const events: string[] = [];
  const slate: Slate = (input) => {
    input.setTracks(tracks);
    events.push('slate begins');
    const send = (count: number): (() => void) => {
      input.publish(testVideo(tracks.video, count * 40, count % 25 === 0));
      let cancel = () => {};
      const stop = clock.after(40, () => {
        cancel = send(count + 1);
      });
      return () => {
        stop();
        cancel();
      };
    };
    return send(0);
  };
  const registry = new Registry({
    ...{ clock, maxHeldRequests: 3, onReaderError: (error) => errors.push(error) },
    slateFor: () => (hasSlate ? slate : undefined),
    isLeaving: () => isLeaving,
  });
  registry.listen({
    published: ({ publisher, isResumed }) =>
      events.push(`published ${publisher.sessionId}${isResumed ? ' again' : ''}`),
    unpublished: ({ publisher }, isClean, { last, waits }) =>
      events.push(`unpublished ${publisher.sessionId} ${last.ending}${isClean ? '' : ' lost'}${waits ? ' waits' : ''}`),
    sourceJoined: ({ publisher }) => events.push(`joined ${publisher.sessionId}`),
    sourceLeft: ({ publisher }) => events.push(`left ${publisher.sessionId}`),
    interrupted: () => events.push('interrupted'),
    resumed: () => events.push('resumed'),
    ended: () => events.push('ended'),
  });
  const sources = { ...USUAL_SWITCH, slateMs, slateAfterMs: 500, slateAfterUnpublish: afterUnpublish };
  const tryPublish = (sessionId: string, role: PublisherRole) =>
    registry.publish(
      id,
      { sessionId, dismissed: (reason) => events.push(`dismissed ${sessionId} ${reason}`) },
      () => ({ ...setup, waitAfterUnpublish, sources }),
      role,
    );
  return {
    ...{ clock, registry, events, errors, tryPublish },
    publish(sessionId: string, role: PublisherRole = 'main'): Publication {
      const result = tryPublish(sessionId, role);
      if (!result.ok) throw new Error(result.code);
      result.publication.input.setTracks(tracks);
      return result.publication;
    },
    /** Sends pictures, a key frame each second. */
    send(ms: number, ...inputs: SourceInput[]) {
      for (let atMs = 0; atMs < ms; atMs += 40) {
        clock.advance(40);
        for (const input of inputs) input.publish(testVideo(tracks.video, clock.nowMs(), atMs % 1000 === 0));
      }
    },
  };
}

describe('Registry with a main and a backup source', () => {
  it('tells of one publish from the first source to the last', () => {
    const { publish, events, registry } = harness();
    const main = publish('a');
    const backup = publish('b', 'backup');
    main.lost();
    expect(registry.publicationOf(id)).toBe(main);
    const again = publish('c');
    again.unpublish();
    expect(registry.find(id)?.state).toBe('publishing');
    backup.unpublish();
    expect(events).toEqual([
      ...['joined a', 'published a', 'joined b', 'left a', 'joined c', 'left c'],
      ...['left b', 'unpublished a UNPUBLISHED', 'ended'],
    ]);
  });

  it('has one source of each kind, and refuses or replaces the second by the rule', () => {
    const { publish, tryPublish, clock, events } = harness();
    publish('a');
    publish('b', 'backup');
    expect(tryPublish('c', 'main')).toEqual({ ok: false, code: 'STREAM_BUSY' });
    expect(tryPublish('d', 'backup')).toEqual({ ok: false, code: 'STREAM_BUSY' });
    clock.advance(3000);
    expect(tryPublish('d', 'backup').ok).toBe(true);
    expect(events).toContain('dismissed b GHOST_REPLACED');
    expect(events).not.toContain('interrupted');
  });

  it('begins with the backup where that comes first', () => {
    const { publish, registry } = harness();
    publish('b', 'backup');
    expect(registry.sourcesOf(id)?.sources.onAir).toBe('backup');
    expect(registry.onAirOf(id)?.publisher.sessionId).toBe('b');
  });

  it('ends both where an operator ends the stream', () => {
    const { publish, registry, events } = harness({ slateMs: 60_000 });
    publish('a');
    publish('b', 'backup');
    expect(registry.dismiss(id, 'KICKED')).toBe(true);
    expect(events.filter((event) => /dismissed|ended/.test(event))).toEqual([
      'dismissed a KICKED',
      'ended',
      'dismissed b KICKED',
    ]);
    expect(registry.dismiss(id, 'KICKED')).toBe(false);
  });
});

describe('Registry with a slate', () => {
  it('shows none where the stream is about to go on elsewhere: its last segment is whole at once', () => {
    const { publish, send, registry, events } = harness({ slateMs: 30_000, isLeaving: true });
    const main = publish('first');
    send(2000, main.input);
    main.lost();
    expect(events.slice(-2)).toEqual(['unpublished first LOST lost waits', 'interrupted']);
    const stream = registry.find(id);
    expect([stream?.state, stream?.isWhole]).toEqual(['waiting', true]);
  });

  it('keeps a stream whose encoder is lost as long as the rule says, and no longer', () => {
    const { publish, send, clock, events, registry } = harness({ slateMs: 30_000 });
    const main = publish('a');
    send(2000, main.input);
    main.lost();
    expect(events.at(-1)).toBe('unpublished a LOST lost waits');
    clock.advance(1000);
    expect(events.at(-1)).toBe('slate begins');
    expect(registry.find(id)?.state).toBe('publishing');
    expect(registry.sourcesOf(id)?.sources.onAir).toBe('slate');
    clock.advance(28_900);
    expect(events.at(-1)).toBe('slate begins');
    clock.advance(200);
    expect(events.at(-1)).toBe('ended');
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives way to the encoder that is back, whose time to stay away begins anew', () => {
    const { publish, send, clock, events, registry } = harness({ slateMs: 5000 });
    const main = publish('a');
    send(2000, main.input);
    main.lost();
    clock.advance(4000);
    const again = publish('b');
    send(8000, again.input);
    expect(registry.sourcesOf(id)?.sources.onAir).toBe('main');
    expect(events.slice(-2)).toEqual(['joined b', 'published b again']);
  });

  it('is ended by an operator, too', () => {
    const { publish, send, clock, events, registry } = harness({ slateMs: 30_000 });
    const main = publish('a');
    send(2000, main.input);
    main.lost();
    clock.advance(2000);
    expect(registry.dismiss(id, 'KICKED')).toBe(true);
    expect(events.at(-1)).toBe('ended');
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ['ends at once after a clean end', {}, 'ended'],
    ['shows it then, too, by the rule', { afterUnpublish: true }, 'unpublished a UNPUBLISHED waits'],
    [
      'shows it where the rule waits after a clean end',
      { waitAfterUnpublish: true },
      'unpublished a UNPUBLISHED waits',
    ],
    ['waits without it while it is not ready', { waitAfterUnpublish: true, hasSlate: false }, 'interrupted'],
  ])('%s', (_, changed, last) => {
    const { publish, send, events } = harness({ slateMs: 30_000, ...changed });
    const main = publish('a');
    send(2000, main.input);
    main.unpublish();
    expect(events.at(-1)).toBe(last);
  });
});

describe('a source that went to another node until that was gone', () => {
  const both = { ...tracks, audio: testAudioTrack() };
  const position: Position = {
    ...{ segment: 40, part: 0, startsSegment: false, startsPart: false },
    ...{ isDiscontinuity: false, discontinuities: 0, tracks: both },
  };

  it('goes on at once behind what was copied: its newest picture is of now, what is before it hurried through', () => {
    const { registry, clock, publish } = harness();
    const copy = registry.addCopy(id, { startedWallMs: 0, cache: setup.cache });
    copy?.setTracks(both);
    for (const packet of testPackets({ tracks: both, fromMs: 60_000, toMs: 63_000 })) {
      copy?.publish({ ...packet, position });
    }
    const packets: Packet[] = [];
    copy?.stream.read({ packet: (packet) => packets.push(packet) });
    const beforeMs = copy?.stream.lastDtsMs ?? 0;
    clock.advance(100);
    const { input } = publish('backup');
    const group = testPackets({ tracks: both, fromMs: 500_000, toMs: 501_600 });
    input.bring(() => {
      input.setTracks(both);
      for (const packet of group) input.publish(packet);
    });
    const pictures = packets.filter(({ kind }) => kind === 'video');
    expect(pictures[0]).toMatchObject({ isKeyFrame: true, dtsMs: beforeMs + 1 });
    expect(pictures).toHaveLength(40);
    const times = pictures.map(({ dtsMs }) => dtsMs);
    expect(times.every((dtsMs, index) => index === 0 || dtsMs > (times[index - 1] ?? 0))).toBe(true);
    expect(Math.abs(beforeMs + 100 - (times.at(-1) ?? 0))).toBeLessThanOrEqual(40);
    const sounds = packets.filter(({ kind }) => kind === 'audio').map(({ dtsMs }) => dtsMs);
    expect(Math.min(...sounds)).toBeGreaterThan(beforeMs);
    clock.advance(40);
    input.publish(testVideo(tracks.video, 501_600, false));
    expect((packets.at(-1)?.dtsMs ?? 0) - (times.at(-1) ?? 0)).toBe(40);
    expect(copy?.stream.isCopy).toBe(false);
  });

  it('that has sent nothing yet begins with its first key frame', () => {
    const { registry, send, publish } = harness();
    const { input } = publish('backup');
    input.bring(() => {});
    send(1000, input);
    expect(registry.find(id)?.packetCount).toBe(25);
  });
});
