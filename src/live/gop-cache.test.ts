import { describe, expect, it } from 'vitest';
import { isKeyFrame } from './packet.ts';
import {
  publishAll,
  TEST_PLAN,
  testAudioTrack,
  testPackets,
  testStream,
  testVideo,
  testVideoTrack,
} from './test-packets.ts';

const tracks = { video: testVideoTrack(), audio: testAudioTrack() };

describe('GopCache', () => {
  it('keeps the current segment and the two before it', () => {
    const { stream } = testStream();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 11_000 }));
    const { packets } = stream.cache;
    expect([...new Set(packets.map(({ position }) => position.segment))]).toEqual([103, 104, 105]);
    expect(packets[0]!.position.startsSegment).toBe(true);
    expect(stream.cache.sizeBytes).toBe(packets.reduce((sum, { data }) => sum + data.length, 0));
  });

  it('has the current group of pictures, from its key frame on', () => {
    const { stream } = testStream();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 5000, gopMs: 1000 }));
    const group = stream.cache.sinceKeyFrame();
    expect(isKeyFrame(group[0]!)).toBe(true);
    expect(group[0]!.dtsMs).toBe(4000);
    expect(group.at(-1)!.dtsMs).toBeGreaterThan(4900);
  });

  it('has the current segment where there is no video', () => {
    const { stream } = testStream();
    const sound = { audio: testAudioTrack() };
    publishAll(stream, sound, testPackets({ tracks: sound, toMs: 5000 }));
    expect(stream.cache.sinceKeyFrame()[0]!.position).toMatchObject({ startsSegment: true, segment: 102 });
  });

  it.each([
    ['seconds', { maxBytes: 1e9, maxMs: 5000 }],
    ['bytes', { maxBytes: 5000, maxMs: 1e9 }],
  ])('drops old segments past its bound in %s, the current group last', (_name, cache) => {
    const { stream } = testStream({ cache });
    stream.setTracks(tracks);
    for (const packet of testPackets({ tracks, toMs: 20_000 })) {
      stream.publish(packet);
      const kept = stream.cache.packets;
      expect(stream.cache.sizeBytes).toBeLessThanOrEqual(cache.maxBytes);
      expect(packet.dtsMs - kept[0]!.dtsMs).toBeLessThanOrEqual(cache.maxMs);
      expect(isKeyFrame(kept[0]!)).toBe(true);
      expect(stream.cache.sinceKeyFrame().length).toBeGreaterThan(0);
    }
    expect(stream.cache.isOverflowing).toBe(false);
  });

  it('gives up a group that alone passes the bounds, until the next key frame', () => {
    const { stream } = testStream({ cache: { maxBytes: 1e9, maxMs: 5000 } });
    stream.setTracks(tracks);
    const seen: boolean[] = [];
    for (const packet of testPackets({ tracks, toMs: 20_000, gopMs: 10_000 })) {
      stream.publish(packet);
      seen.push(stream.cache.isOverflowing);
      if (!stream.cache.isOverflowing) continue;
      expect(stream.cache.packets).toEqual([]);
      expect(stream.cache.sinceKeyFrame()).toEqual([]);
      expect(stream.cache.sizeBytes).toBe(0);
    }
    const changes = seen.filter((isOverflowing, index) => isOverflowing !== seen[index - 1]).length;
    expect(changes).toBe(4);
  });

  it('keeps a whole group that is longer than three segments', () => {
    const plan = { ...TEST_PLAN, longestSegmentMs: 3000 };
    const { stream } = testStream({ plan });
    publishAll(stream, tracks, testPackets({ tracks, toMs: 19_000, gopMs: 60_000 }));
    expect(stream.cache.sinceKeyFrame()[0]!.dtsMs).toBe(0);
    expect(stream.cache.isOverflowing).toBe(false);
  });

  it('keeps the current group where its key frame does not start the segment', () => {
    const { stream } = testStream({ cache: { maxBytes: 1e9, maxMs: 5000 } });
    const { video } = tracks;
    const times = [0, 2000, 2500, 4500, 6500, 7400];
    publishAll(
      stream,
      { video },
      times.map((dtsMs) => testVideo(video, dtsMs, dtsMs < 2600)),
    );
    expect(stream.cache.sinceKeyFrame().map(({ dtsMs }) => dtsMs)).toEqual([2500, 4500, 6500, 7400]);
  });
});
