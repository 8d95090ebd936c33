import { describe, expect, it } from 'vitest';
import { type Packet, Registry } from '../live/index.ts';
import { TestClock } from '../live/test-clock.ts';
import { TEST_PLAN, testAudio, testAudioTrack, testPackets, testVideo, testVideoTrack } from '../live/test-packets.ts';
import { RungOutput } from './rung-output.ts';
import type { RungPlan } from './rung-plan.ts';

const source = { video: testVideoTrack(), audio: testAudioTrack() };
const track = testVideoTrack({ width: 160, height: 120 });
const video = { codec: 'h264', width: 160, height: 120, bitrateKbps: 100, preset: 'veryfast' } as const;

function setUp(changed: Partial<RungPlan> = {}) {
  const registry = new Registry({ clock: new TestClock(), maxHeldRequests: 0, onReaderError: () => {} });
  const published = registry.publish(
    { domain: 'd', app: 'a', name: 's' },
    { sessionId: '1', dismissed: () => {} },
    () => ({
      ...{ secondPublisher: 'refuse' as const, waitMs: 0, waitAfterUnpublish: false, ghostMs: 1000, idleMs: 60_000 },
      ...{ plan: TEST_PLAN, cache: { maxBytes: 1e8, maxMs: 60_000 } },
    }),
  );
  if (!published.ok) throw new Error(published.code);
  const { stream } = published.publication;
  const rendition = registry.addRendition(stream, { suffix: 'x', onWanted: () => true });
  if (!rendition) throw new Error('no rendition');
  const output = new RungOutput(rendition, { name: 'x', video, audio: 'copy', latency: 'low', ...changed });
  stream.read({ packet: (packet) => output.source(packet) });
  const out: Packet[] = [];
  registry.listen({ renditionLive: (child) => child.read({ packet: (packet) => out.push(packet) }) });
  stream.setTracks(source);
  const publish = (fromMs: number, toMs: number) => {
    for (const packet of testPackets({ tracks: source, fromMs, toMs, gopMs: 1000 })) stream.publish(packet);
  };
  const encode = (fromMs: number, toMs: number) => {
    for (const packet of testPackets({ tracks: { video: track }, fromMs, toMs, gopMs: 1000 })) output.encoded(packet);
  };
  const kinds = (kind: Packet['kind']) => out.filter((packet) => packet.kind === kind).map(({ dtsMs }) => dtsMs);
  return { rendition, output, out, publish, encode, kinds };
}

describe('RungOutput', () => {
  it('holds what is copied until the pictures beside it are encoded', () => {
    const { rendition, out, publish, encode, kinds } = setUp();
    publish(0, 2000);
    expect(rendition.stream).toBeUndefined();
    encode(0, 1000);
    expect(rendition.stream?.tracks).toEqual({ video: track, audio: source.audio });
    expect(kinds('video').length).toBe(25);
    expect(Math.max(...kinds('audio'))).toBeLessThanOrEqual(Math.max(...kinds('video')));
    encode(1000, 2000);
    expect(kinds('audio').length).toBeGreaterThan(90);
    const times = out.map(({ dtsMs }) => dtsMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('takes a new encoder from its first key frame after what there is', () => {
    const { output, publish, encode, kinds } = setUp();
    publish(0, 4000);
    encode(0, 1400);
    output.encoderStarts();
    encode(0, 4000);
    expect(kinds('video').filter((dtsMs) => dtsMs > 1360)[0]).toBe(2000);
    expect(kinds('video').length).toBe(35 + 50);
  });

  it('leaves out sound that belongs into a hole', () => {
    const { output, publish, encode, kinds } = setUp();
    publish(0, 8000);
    encode(0, 1000);
    output.encoderStarts();
    encode(6000, 8000);
    expect(kinds('audio').filter((dtsMs) => dtsMs > 1000 && dtsMs < 6000)).toEqual([]);
    expect(output.counters.copiesDropped).toBeGreaterThan(0);
  });

  it('counts what comes out of order, and does not mend it', () => {
    const { output, publish, encode, kinds } = setUp();
    publish(0, 1000);
    encode(0, 400);
    output.encoded(testVideo(track, 200, false));
    expect(output.counters.outOfOrder).toBe(1);
    expect(kinds('video').length).toBe(10);
  });

  it('keeps no more than 10 s of copies for an encoder that is away', () => {
    const { output, publish } = setUp();
    publish(0, 30_000);
    expect(output.counters.copiesDropped).toBeGreaterThan(900);
  });

  it('passes everything through where nothing is encoded', () => {
    const { publish, out } = setUp({ video: 'copy' });
    publish(0, 1000);
    expect(out.length).toBe(testPackets({ tracks: source, toMs: 1000 }).length);
  });

  it('makes a stream of sound alone', () => {
    const { output, publish, rendition, kinds } = setUp({ video: undefined, audio: { bitrateKbps: 32 } });
    publish(0, 1000);
    const own = testAudioTrack({ channels: 1 });
    output.encoded(testAudio(own, 0));
    output.encoded(testAudio(own, 21));
    expect(rendition.stream?.tracks).toEqual({ audio: own });
    expect([kinds('video').length, kinds('audio').length]).toEqual([0, 2]);
  });
});
