import { Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Packet } from '../live/index.ts';
import { testAudioTrack, testPackets, testStream, testVideoTrack } from '../live/test-packets.ts';
import { decodeVideoTag, FlvReader, type FlvTag } from '../protocol/flv/index.ts';
import { FEED_START_MS, SourceFeed } from './source-feed.ts';
import { sourceFramingOf } from './source-framing.ts';

const tracks = { video: testVideoTrack(), audio: testAudioTrack() };

/** A process that reads only when told to. */
class Slow extends Writable {
  readonly tags: FlvTag[] = [];
  readonly reader = new FlvReader();
  isReading = false;
  #pending: (() => void) | undefined;

  override _write(bytes: Uint8Array, _encoding: string, done: () => void): void {
    this.tags.push(...this.reader.push(bytes));
    if (this.isReading) done();
    else this.#pending = done;
  }

  read(): void {
    this.isReading = true;
    this.#pending?.();
  }
}

function setUp() {
  const { stream, clock } = testStream();
  const sink = new Slow();
  const feed = new SourceFeed({
    sink,
    clock,
    framing: sourceFramingOf(tracks),
    wants: { video: true, audio: false },
    baseDtsMs: 4000,
  });
  const placed: Packet[] = [];
  stream.read({ packet: (packet) => placed.push(packet) });
  stream.setTracks(tracks);
  const packetsOf = (fromMs: number, toMs: number, frameBytes = 40): Packet[] => {
    placed.length = 0;
    for (const packet of testPackets({ tracks, fromMs, toMs, gopMs: 1000, frameBytes })) stream.publish(packet);
    return [...placed];
  };
  const frames = () => sink.tags.filter((tag) => decodeVideoTag(tag.payload).kind === 'frame');
  return { clock, sink, feed, packetsOf, frames };
}

describe('SourceFeed', () => {
  it('begins at a key frame, with times near 0 and only with the tracks that are wanted', () => {
    const { sink, feed, packetsOf, frames } = setUp();
    sink.isReading = true;
    for (const packet of packetsOf(4000, 5000).slice(2)) feed.packet(packet);
    expect(frames()).toEqual([]);
    for (const packet of packetsOf(5000, 6000)) feed.packet(packet);
    expect(frames()[0]?.timestampMs).toBe(FEED_START_MS + 1000);
    expect(frames().length).toBe(25);
    expect(sink.reader.header).toMatchObject({ hasVideo: true, hasAudio: false });
    expect(sink.tags.some(({ type }) => type === 'audio')).toBe(false);
  });

  it.each([
    ['bytes', 1_000_000, 0],
    ['seconds', 40, 60],
  ] as const)('skips to a key frame when what waits passes its bound in %s', async (_bound, frameBytes, stepMs) => {
    const { clock, sink, feed, packetsOf, frames } = setUp();
    for (const packet of packetsOf(4000, 12_000, frameBytes)) {
      clock.advance(packet.kind === 'video' ? stepMs : 0);
      feed.packet(packet);
    }
    expect(feed.skips).toBe(1);
    expect(sink.writableLength).toBeLessThan(18 * 1024 * 1024);
    sink.read();
    do await setImmediate();
    while (sink.writableLength > 0);
    await setImmediate();
    const before = frames().length;
    expect(before).toBeLessThan(200);
    for (const packet of packetsOf(12_000, 14_000)) feed.packet(packet);
    const after = frames().slice(before);
    expect(decodeVideoTag(after[0]?.payload ?? new Uint8Array(0))).toMatchObject({ kind: 'frame', isKeyFrame: true });
    expect(after.length).toBe(50);
    expect(feed.skips).toBe(1);
  });

  it('takes nothing after its end', () => {
    const { sink, feed, packetsOf } = setUp();
    feed.end();
    for (const packet of packetsOf(4000, 5000)) feed.packet(packet);
    expect(sink.tags).toEqual([]);
  });
});
