import { describe, expect, it } from 'vitest';
import type { TrackSet } from '../live/index.ts';
import {
  publishAll,
  testAudio,
  testAudioTrack,
  testPackets,
  testStream,
  testVideo,
  testVideoTrack,
} from '../live/test-packets.ts';
import { concat } from '../protocol/bytes/index.ts';
import { decodeVideoTag, FlvReader } from '../protocol/flv/index.ts';
import { Feed, type FeedOptions } from './feed.ts';
import type { ViewerSink } from './feed-viewer.ts';
import { Feeds } from './feeds.ts';
import { flvFraming } from './flv-framing.ts';
import { webSocketFlvFraming } from './web-socket-flv-framing.ts';

const tracks: TrackSet = { video: testVideoTrack(), audio: testAudioTrack() };

/** A socket that leaves as much in its queue as a test says. */
class TestSink implements ViewerSink {
  readonly writes: Uint8Array[] = [];
  readonly ends: string[] = [];
  readonly outlet = this;
  isStalled = false;
  writableLength = 0;

  write(bytes: Uint8Array): void {
    expect(this.ends).toEqual([]);
    this.writes.push(bytes);
    if (this.isStalled) this.writableLength += bytes.length;
  }

  end(reason: string): void {
    this.ends.push(reason);
  }

  resume(): void {
    this.isStalled = false;
    this.writableLength = 0;
  }

  /** What was written, tag by tag: its type and time, `key` for a key frame, `header` for parameters. */
  tags(): string[] {
    return new FlvReader().push(concat(this.writes)).map(({ type, timestampMs, payload }) => {
      const video = type === 'video' ? decodeVideoTag(payload) : undefined;
      if (video?.kind === 'sequence-header') return 'header';
      return `${video?.kind === 'frame' && video.isKeyFrame ? 'key' : type} ${timestampMs}`;
    });
  }
}

function harness(changed: Partial<FeedOptions> = {}) {
  const { stream, clock, errors } = testStream();
  let unused = 0;
  const tally = { deliveredBytes: 0, skips: 0, closedViewers: 0 };
  const open = () =>
    new Feed({
      stream,
      framing: flvFraming,
      clock,
      mergeWindowMs: 0,
      queueBytes: 1e6,
      queueSeconds: 10,
      stallMs: 10_000,
      onUnused: () => unused++,
      tally,
      ...changed,
    });
  const send = (
    fromMs: number,
    toMs: number,
    more: { gopMs?: number; frameBytes?: number; tracks?: TrackSet } = {},
  ) => {
    const sent = more.tracks ?? tracks;
    stream.setTracks(sent);
    for (const packet of testPackets({ tracks: sent, fromMs, toMs, ...more })) {
      clock.advance(Math.max(0, packet.dtsMs - (clock.nowMs() - 5000)));
      stream.publish(packet);
    }
  };
  return { stream, clock, errors, open, send, tally, unusedCount: () => unused };
}

describe('Feed', () => {
  it('gives who joins the head, the group of pictures so far, and then what comes', () => {
    const { open, send } = harness();
    send(0, 4100, { gopMs: 1000 });
    const feed = open();
    const sink = new TestSink();
    feed.add(sink);
    expect(sink.writes.length).toBe(1);
    send(4120, 4200, { gopMs: 1e9 });
    const tags = sink.tags();
    expect(tags.slice(0, 4)).toEqual(['script 0', 'header', 'audio 0', 'key 4000']);
    expect(tags).toContain('video 4080');
    expect(tags.at(-1)).toBe('video 4160');
  });

  it('flushes with each picture, and audio before it goes along', () => {
    const { open, send, stream } = harness();
    send(0, 40);
    const sink = new TestSink();
    open().add(sink);
    const before = sink.writes.length;
    stream.publish(testAudio(tracks.audio!, 42));
    stream.publish(testAudio(tracks.audio!, 64));
    expect(sink.writes.length).toBe(before);
    stream.publish(testVideo(tracks.video!, 80, false));
    expect(sink.writes.length).toBe(before + 1);
  });

  it('lets audio alone wait no longer than 100 ms', () => {
    const sound = { audio: testAudioTrack() };
    const { open, send } = harness();
    const sink = new TestSink();
    send(0, 20, { tracks: sound });
    open().add(sink);
    const before = sink.writes.length;
    send(21, 1000, { tracks: sound });
    expect(sink.writes.length - before).toBeGreaterThanOrEqual(7);
    expect(sink.writes.length - before).toBeLessThanOrEqual(10);
  });

  it('flushes once in a merge window, key frames or not', () => {
    const { open, send, clock } = harness({ mergeWindowMs: 300 });
    send(0, 40);
    const sink = new TestSink();
    open().add(sink);
    const flushedMs: number[] = [];
    const write = sink.write.bind(sink);
    sink.write = (bytes) => {
      write(bytes);
      flushedMs.push(clock.nowMs() - 5000);
    };
    send(40, 3100, { gopMs: 480 });
    expect(flushedMs.length).toBe(10);
    for (const [index, ms] of flushedMs.slice(1).entries()) expect(ms - flushedMs[index]!).toBe(300);
  });

  it('begins at the key frame within a merge window, for who joins and for who was too slow', () => {
    const { open, send, clock, tally } = harness({ mergeWindowMs: 300, queueBytes: 5000 });
    send(0, 40, { frameBytes: 1000 });
    const feed = open();
    const [slow, late] = [new TestSink(), new TestSink()];
    feed.add(slow);
    slow.isStalled = true;
    send(40, 1000, { frameBytes: 1000, gopMs: 1e9 });
    clock.advance(300);
    const slowHad = slow.tags().length;
    slow.resume();
    const changed = { video: testVideoTrack({ width: 640 }), audio: tracks.audio! };
    send(1000, 1100, { frameBytes: 1000, gopMs: 1e9, tracks });
    send(1120, 1200, { frameBytes: 1000, gopMs: 1e9, tracks: changed });
    clock.advance(300);
    feed.add(late);
    expect(tally.skips).toBe(1);
    expect(slow.tags().slice(slowHad, slowHad + 4)).toEqual(['script 1120', 'header', 'audio 1120', 'key 1120']);
    expect(late.tags().filter((tag) => tag.startsWith('key'))).toEqual(['key 1120']);
  });

  it('makes a viewer that is too slow skip to a key frame when it has room again', () => {
    const { open, send, tally } = harness({ queueBytes: 20_000 });
    send(0, 1000, { gopMs: 1000, frameBytes: 1000 });
    const feed = open();
    const [slow, quick] = [new TestSink(), new TestSink()];
    slow.isStalled = true;
    feed.add(slow);
    feed.add(quick);
    send(1000, 4000, { gopMs: 1000, frameBytes: 1000 });
    slow.resume();
    send(4000, 6000, { gopMs: 2000, frameBytes: 1000 });
    const tags = slow.tags();
    const gap = tags.findIndex((tag, index) => tag === 'key 4000' && index > 0);
    expect(Number(tags[gap - 1]!.split(' ')[1])).toBeLessThan(3000);
    expect(tags.at(-1)).toBe(quick.tags().at(-1));
    expect(tally.skips).toBe(1);
    expect(quick.tags().length).toBeGreaterThan(tags.length);
    expect(tally.closedViewers).toBe(0);
    expect(tally.deliveredBytes).toBe(concat([...slow.writes, ...quick.writes]).length);
  });

  it.each([
    ['bytes', { queueBytes: 20_000 }, 20_000],
    ['seconds', { queueSeconds: 2 }, 2 * 800_000],
  ])('lets a stalled viewer cost no more than its bound in %s, and closes it', (_name, options, bound) => {
    const { tally, open, send, unusedCount, stream } = harness({ queueBytes: 1e9, ...options });
    const frameBytes = 32_000;
    send(0, 2000, { frameBytes });
    const feed = open();
    const sink = new TestSink();
    sink.isStalled = true;
    feed.add(sink);
    const joinBytes = sink.writableLength;
    send(2000, 16_000, { frameBytes });
    expect(sink.writableLength).toBeLessThanOrEqual(bound * 1.1 + joinBytes + 2 * frameBytes);
    expect(sink.writableLength).toBeGreaterThan(joinBytes);
    expect(sink.ends).toEqual(['TOO_SLOW']);
    expect(tally.closedViewers).toBe(1);
    expect(unusedCount()).toBe(1);
    expect(stream.readerCount).toBe(0);
  });

  it('has a viewer wait for the next key frame where the group is too large to keep', () => {
    const { stream, clock } = testStream({ cache: { maxBytes: 10, maxMs: 10 } });
    publishAll(stream, tracks, testPackets({ tracks, toMs: 1000 }));
    const sink = new TestSink();
    const tally = { deliveredBytes: 0, skips: 0, closedViewers: 0 };
    const feed = new Feed({
      stream,
      framing: flvFraming,
      clock,
      mergeWindowMs: 0,
      queueBytes: 1e6,
      queueSeconds: 10,
      stallMs: 1000,
      onUnused: () => {},
      tally,
    });
    feed.add(sink);
    publishAll(stream, tracks, testPackets({ tracks, fromMs: 1000, toMs: 2000, gopMs: 1e9 }).slice(1));
    clock.advance(60_000);
    publishAll(stream, tracks, [testVideo(tracks.video!, 1990, false)]);
    expect(sink.ends).toEqual([]);
    expect(sink.tags()).toEqual(['script 0', 'header', 'audio 0']);
    publishAll(stream, tracks, testPackets({ tracks, fromMs: 2000, toMs: 2100 }));
    expect(sink.tags()[3]).toBe('key 2000');
    expect(tally.skips).toBe(0);
  });

  it('sends new parameters before the key frame they are for', () => {
    const { open, send } = harness();
    send(0, 1000);
    const feed = open();
    const [early, late] = [new TestSink(), new TestSink()];
    feed.add(early);
    const changed = { video: testVideoTrack({ width: 640 }), audio: tracks.audio! };
    send(1000, 1100, { tracks: changed });
    const tags = early.tags();
    const key = tags.indexOf('key 1000');
    expect(tags.slice(key - 3, key)).toEqual(['script 1000', 'header', 'audio 1000']);
    feed.add(late);
    expect(late.tags()[3]).toMatch(/^(key|script) 1000$/);
  });

  it('sends them again to a viewer that was left out when they changed', () => {
    const { open, send } = harness({ queueBytes: 5000 });
    send(0, 1000, { frameBytes: 1000 });
    const feed = open();
    const sink = new TestSink();
    feed.add(sink);
    sink.isStalled = true;
    send(1000, 1800, { frameBytes: 1000, gopMs: 1e9 });
    const changed = { video: testVideoTrack({ width: 640 }), audio: tracks.audio! };
    send(1800, 2600, { tracks: changed, frameBytes: 1000, gopMs: 1e9 });
    sink.resume();
    send(2600, 2700, { tracks: changed, frameBytes: 1000 });
    const tags = sink.tags();
    expect(tags).not.toContain('key 1800');
    const key = tags.indexOf('key 2600');
    expect(tags.slice(key - 2, key).map((tag) => tag.split(' ')[0])).toEqual(['header', 'audio']);
  });

  it('has no head for who joins before there are tracks, and gives it with the first of them', () => {
    const { open, send } = harness();
    const feed = open();
    const sink = new TestSink();
    feed.add(sink);
    expect(sink.writes).toEqual([]);
    send(0, 100);
    expect([...sink.writes[0]!.subarray(0, 5)]).toEqual([0x46, 0x4c, 0x56, 1, 5]);
    expect(sink.tags()).toContain('key 0');
  });

  it('shares its bytes among all viewers', () => {
    const { open, send } = harness();
    send(0, 1000);
    const feed = open();
    const sinks = [new TestSink(), new TestSink()];
    for (const sink of sinks) feed.add(sink);
    send(1000, 1200, { gopMs: 1e9 });
    expect(sinks[0]!.writes.length).toBe(sinks[1]!.writes.length);
    for (const [index, bytes] of sinks[0]!.writes.entries()) expect(sinks[1]!.writes[index]).toBe(bytes);
    expect(feed.viewerCount).toBe(2);
  });

  it('keeps its viewers while the publisher is away, and ends them with the stream', () => {
    const { open, send, stream, unusedCount } = harness({ mergeWindowMs: 300 });
    send(0, 1000);
    const feed = open();
    const sink = new TestSink();
    feed.add(sink);
    stream.publish(testVideo(tracks.video!, 1000, false));
    stream.interrupt();
    expect(sink.tags().at(-1)).toBe('video 1000');
    expect(sink.ends).toEqual([]);
    stream.resume();
    stream.end();
    expect(sink.ends).toEqual(['STREAM_ENDED']);
    expect(unusedCount()).toBe(1);
  });

  it('reads no more when its last viewer has left', () => {
    const { open, stream, unusedCount, clock } = harness({ mergeWindowMs: 300 });
    const feed = open();
    const seats = [feed.add(new TestSink()), feed.add(new TestSink())];
    publishAll(stream, tracks, testPackets({ tracks, toMs: 100 }));
    seats[0]!.leave();
    seats[0]!.leave();
    expect(unusedCount()).toBe(0);
    seats[1]!.leave();
    expect([unusedCount(), stream.readerCount, clock.pendingTimers]).toEqual([1, 0, 0]);
  });

  it('counts what each viewer is given, and each party of them, whoever falls behind, leaves or is closed', () => {
    const all = { bytes: 0 };
    const { open, send, tally } = harness({ queueBytes: 20_000, stallMs: 3000, sent: () => all });
    send(0, 1000, { gopMs: 1000, frameBytes: 1000 });
    const feed = open();
    const [plain, secure] = [{ bytes: 0 }, { bytes: 0 }];
    const sinks = [plain, plain, secure, secure].map((sent) => Object.assign(new TestSink(), { sent }));
    const seats = sinks.map((sink) => feed.add(sink));
    const given = (...of: number[]) => of.reduce((sum, index) => sum + concat(sinks[index]!.writes).length, 0);
    const check = () => {
      for (const [index, seat] of seats.entries()) expect(seat.bytes).toBe(given(index));
      expect([plain.bytes, secure.bytes]).toEqual([given(0, 1), given(2, 3)]);
      expect([all.bytes, tally.deliveredBytes]).toEqual([given(0, 1, 2, 3), given(0, 1, 2, 3)]);
    };
    check();
    for (let atMs = 1000; atMs < 12_000; atMs += 500) {
      sinks[1]!.isStalled = atMs === 2000 || atMs === 2500;
      if (atMs === 4000) sinks[1]!.resume();
      if (atMs === 5000) seats[2]!.leave();
      if (atMs === 6000) sinks[3]!.isStalled = true;
      send(atMs, atMs + 500, { gopMs: 1000, frameBytes: 1000 });
      check();
    }
    expect(sinks.map(({ ends }) => ends)).toEqual([[], [], [], ['TOO_SLOW']]);
    expect(tally.skips).toBe(2);
  });

  it('puts each flush in one WebSocket message', () => {
    const { open, send } = harness({ framing: webSocketFlvFraming });
    send(0, 1000, { frameBytes: 70_000 });
    const sink = new TestSink();
    open().add(sink);
    send(1000, 1100, { gopMs: 1e9 });
    const frameBytes = (bytes: Uint8Array): number => {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      expect(bytes[0]).toBe(0x82);
      if (bytes[1]! < 126) return 2 + bytes[1]!;
      return bytes[1] === 126 ? 4 + view.getUint16(2) : 10 + Number(view.getBigUint64(2));
    };
    const [start, ...flushes] = sink.writes;
    const sizes: number[] = [];
    for (let at = 0; at < start!.length; at += sizes.at(-1)!) sizes.push(frameBytes(start!.subarray(at)));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(start!.length);
    expect(sizes).toHaveLength(2);
    for (const bytes of flushes) expect(frameBytes(bytes)).toBe(bytes.length);
    expect(flushes.length).toBeGreaterThan(1);
  });
});

describe('Feeds', () => {
  const settings = { mergeWindowMs: 0, viewerQueueBytes: 1e6, viewerQueueSeconds: 10, viewerStallSeconds: 10 };

  it('has one feed per stream and kind, as long as somebody watches', () => {
    const { stream, clock } = testStream();
    const feeds = new Feeds({ clock, settingsOf: () => settings, rtmpChunkSize: 65_536, rtmpMessageStreamId: 1 });
    const seats = (['flv', 'flv', 'ws-flv', 'rtmp'] as const).map((kind) => feeds.add(kind, stream, new TestSink()));
    expect(stream.readerCount).toBe(3);
    for (const seat of seats) seat.leave();
    expect(stream.readerCount).toBe(0);
  });

  it('ends a viewer that comes when the stream has ended', () => {
    const { stream, clock } = testStream();
    const feeds = new Feeds({ clock, settingsOf: () => settings, rtmpChunkSize: 65_536, rtmpMessageStreamId: 1 });
    stream.end();
    const sink = new TestSink();
    feeds.add('flv', stream, sink);
    clock.advance(0);
    expect(sink.ends).toEqual(['STREAM_ENDED']);
    expect(stream.readerCount).toBe(0);
  });
});
