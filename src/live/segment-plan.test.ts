import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Packet, UnplacedPacket } from './packet.ts';
import { SegmentPlan } from './segment-plan.ts';
import { TEST_PLAN, testAudio, testAudioTrack, testPackets, testVideo, testVideoTrack } from './test-packets.ts';
import type { TrackSet } from './track.ts';

const av = (): TrackSet => ({ video: testVideoTrack(), audio: testAudioTrack() });

function placeAll(packets: readonly UnplacedPacket[], tracks: TrackSet, plan = new SegmentPlan(TEST_PLAN)): Packet[] {
  return packets.map((packet) => ({ ...packet, position: plan.place(packet, tracks) }));
}

function segmentLengths(packets: readonly Packet[]): number[] {
  const starts = packets.filter(({ position }) => position.startsSegment).map(({ dtsMs }) => dtsMs);
  return starts.slice(1).map((dtsMs, index) => dtsMs - starts[index]!);
}

/** Lengths of parts with whether each is the last one of its segment. */
function parts(packets: readonly Packet[]): { ms: number; isLast: boolean }[] {
  const starts = packets.filter(({ position }) => position.startsPart);
  return starts.slice(1).map((next, index) => ({
    ms: next.dtsMs - starts[index]!.dtsMs,
    isLast: next.position.startsSegment,
  }));
}

describe('SegmentPlan', () => {
  it.each([
    [500, 2000],
    [1000, 2000],
    [1500, 1500],
    [2000, 2000],
    [4000, 4000],
    [10_000, 10_000],
    [300_000, 20_000],
  ])('with a key frame every %d ms cuts segments of %d ms', (gopMs, expected) => {
    const tracks = av();
    const lengths = segmentLengths(placeAll(testPackets({ tracks, toMs: 61_000, gopMs, fps: 50 }), tracks));
    expect(lengths.length).toBeGreaterThan(2);
    expect(new Set(lengths)).toEqual(new Set([expected]));
  });

  it('cuts at a key frame where one comes before the longest length, and goes on with the next one', () => {
    const tracks = { video: testVideoTrack() };
    const packets = placeAll(testPackets({ tracks, toMs: 61_000, gopMs: 25_000 }), tracks);
    expect(segmentLengths(packets)).toEqual([20_000, 5000, 20_000, 5000]);
  });

  it('cuts audio alone by time', () => {
    const tracks = { audio: testAudioTrack() };
    const packets = placeAll(testPackets({ tracks, toMs: 20_000 }), tracks);
    for (const length of segmentLengths(packets)) expect(Math.abs(length - 2000)).toBeLessThan(25);
  });

  /** RFC 8216bis, 4.4.4.9: all but the last of a segment have 85 % of the longest. */
  const expectNearTarget = (all: ReturnType<typeof parts>) => {
    expect(all.length).toBeGreaterThan(100);
    const longestMs = Math.max(...all.map(({ ms }) => ms));
    expect(longestMs).toBeLessThanOrEqual(301);
    for (const { ms, isLast } of all) if (!isLast) expect(ms).toBeGreaterThanOrEqual(longestMs * 0.85);
  };

  it.each([10, 15, 24, 23.976, 25, 29.97, 30, 50, 59.94, 60])('at %d fps has parts near the target', (fps) => {
    const tracks = { video: testVideoTrack() };
    expectNearTarget(parts(placeAll(testPackets({ tracks, toMs: 60_000, fps }), tracks)));
  });

  it.each([24, 23.976, 25, 29.97, 30, 50, 59.94, 60])(
    'at %d fps has no short last part, but in the first segment',
    (fps) => {
      const tracks = { video: testVideoTrack() };
      const all = parts(placeAll(testPackets({ tracks, toMs: 60_000, fps }), tracks));
      const first = all.findIndex(({ isLast }) => isLast);
      for (const { ms } of all.slice(first + 1)) expect(ms).toBeGreaterThan(230);
    },
  );

  it.each([
    [25, 400],
    [30, 334],
  ])('at %d fps has no shorter last part where parts are %d ms', (fps, partMs) => {
    const tracks = { video: testVideoTrack() };
    const plan = new SegmentPlan({ ...TEST_PLAN, partMs });
    const all = parts(placeAll(testPackets({ tracks, toMs: 60_000, fps }), tracks, plan));
    expect(all.length).toBeGreaterThan(100);
    for (const { ms } of all) expect(Math.abs(ms - partMs)).toBeLessThan(2);
  });

  it.each([44_100, 48_000])('with audio alone at %d Hz has parts near the target', (sampleRate) => {
    const tracks = { audio: testAudioTrack({ sampleRate, timescale: sampleRate }) };
    expectNearTarget(parts(placeAll(testPackets({ tracks, toMs: 60_000 }), tracks)));
  });

  it('gives each frame a part where frames are further apart than the target', () => {
    const tracks = { video: testVideoTrack() };
    const packets = placeAll(testPackets({ tracks, toMs: 8000, fps: 2 }), tracks);
    expect(packets.every(({ position }) => position.startsPart)).toBe(true);
  });

  const breaks = (packets: readonly Packet[]) =>
    packets.filter(({ position }) => position.isDiscontinuity).map(({ dtsMs }) => dtsMs);

  it.each([
    ['pictures', { video: testVideoTrack() }],
    ['sound', { audio: testAudioTrack() }],
    ['both', av()],
  ])('has a discontinuity where all of a stream of %s was away', (_, tracks) => {
    const packets = [...testPackets({ tracks, toMs: 4000 }), ...testPackets({ tracks, fromMs: 7000, toMs: 12_000 })];
    const placed = placeAll(packets, tracks);
    expect(breaks(placed)).toHaveLength(1);
    expect(breaks(placed)[0]).toBeGreaterThanOrEqual(7000);
    expect(breaks(placed)[0]).toBeLessThan(7100);
  });

  it('counts on from what ended under the name before, and begins without one', () => {
    const tracks = { video: testVideoTrack() };
    const packets = [...testPackets({ tracks, toMs: 4000 }), ...testPackets({ tracks, fromMs: 7000, toMs: 9000 })];
    const placed = placeAll(packets, tracks, new SegmentPlan({ ...TEST_PLAN, discontinuities: 5 }));
    expect(breaks(placed)).toEqual([7000]);
    expect([placed[0], placed.at(-1)].map((packet) => packet?.position.discontinuities)).toEqual([5, 6]);
  });

  it('has one where sound comes first behind the hole', () => {
    const tracks = { video: testVideoTrack(), audio: testAudioTrack() };
    const behind = [testAudio(tracks.audio, 6990), testVideo(tracks.video, 7000, true)];
    expect(breaks(placeAll([...testPackets({ tracks, toMs: 4000 }), ...behind], tracks))).toEqual([7000]);
  });

  it('has none where sound goes on, nor where pictures go on that need those before', () => {
    const tracks = av();
    const all = testPackets({ tracks, toMs: 12_000, gopMs: 2000 });
    const isAway = ({ dtsMs }: UnplacedPacket) => dtsMs > 4100 && dtsMs < 5900;
    expect(
      breaks(
        placeAll(
          all.filter((packet) => packet.kind === 'audio' || !isAway(packet)),
          tracks,
        ),
      ),
    ).toEqual([]);
    const isLost = ({ dtsMs }: UnplacedPacket) => dtsMs > 4100 && dtsMs < 5500;
    expect(
      breaks(
        placeAll(
          all.filter((packet) => !isLost(packet)),
          tracks,
        ),
      ),
    ).toEqual([]);
  });

  it('has none in pictures that are seconds apart', () => {
    const tracks = { video: testVideoTrack() };
    expect(breaks(placeAll(testPackets({ tracks, toMs: 30_000, fps: 0.5, gopMs: 2000 }), tracks))).toEqual([]);
  });

  it('waits for a key frame with a discontinuity', () => {
    const tracks = { video: testVideoTrack(), audio: testAudioTrack() };
    const plan = new SegmentPlan(TEST_PLAN);
    plan.place(testVideo(tracks.video, 0, true), tracks);
    plan.break();
    expect(plan.place(testVideo(tracks.video, 40, false), tracks).isDiscontinuity).toBe(false);
    expect(plan.place(testAudio(tracks.audio, 50), tracks).isDiscontinuity).toBe(false);
    const position = plan.place(testVideo(tracks.video, 80, true), tracks);
    expect(position).toMatchObject({ segment: 101, part: 0, isDiscontinuity: true, discontinuities: 1 });
    expect(plan.place(testVideo(tracks.video, 120, true), tracks)).toMatchObject({
      segment: 101,
      isDiscontinuity: false,
      discontinuities: 1,
    });
  });

  it('makes new tracks a discontinuity, and keeps the old ones until then', () => {
    const before = { video: testVideoTrack(), audio: testAudioTrack() };
    const after = { video: testVideoTrack(), audio: before.audio };
    const plan = new SegmentPlan(TEST_PLAN);
    plan.place(testVideo(before.video, 0, true), before);
    expect(plan.place(testAudio(before.audio, 10), after).tracks).toBe(before);
    const position = plan.place(testVideo(after.video, 40, true), after);
    expect(position).toMatchObject({ segment: 101, isDiscontinuity: true });
    expect(position.tracks).toBe(after);
  });

  it('does not call the first segment a discontinuity', () => {
    const tracks = av();
    const plan = new SegmentPlan(TEST_PLAN);
    plan.break();
    expect(plan.place(testVideo(tracks.video!, 0, true), tracks)).toMatchObject({
      segment: 100,
      isDiscontinuity: false,
    });
  });

  it('measures the time between key frames, but not across a discontinuity', () => {
    const tracks = { video: testVideoTrack() };
    const plan = new SegmentPlan(TEST_PLAN);
    placeAll(testPackets({ tracks, toMs: 4000, gopMs: 1500, fps: 50 }), tracks, plan);
    expect(plan.keyIntervalMs).toBe(1500);
    plan.break();
    plan.place(testVideo(tracks.video, 90_000, true), tracks);
    expect(plan.keyIntervalMs).toBe(1500);
  });

  it('never lets numbers go back, whatever comes', () => {
    const sets: TrackSet[] = [av(), { video: testVideoTrack() }, { audio: testAudioTrack() }];
    const step = fc.record({
      ms: fc.nat(6000),
      isAudio: fc.boolean(),
      isKey: fc.boolean(),
      set: fc.nat(2),
      breaks: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const plan = new SegmentPlan(TEST_PLAN);
        let dtsMs = 0;
        let last = { segment: 0, part: 0, discontinuities: 0 };
        for (const { ms, isAudio, isKey, set, breaks } of steps) {
          dtsMs += ms;
          if (breaks === 0) plan.break();
          const tracks = sets[set]!;
          const packet = isAudio ? testAudio(testAudioTrack(), dtsMs) : testVideo(testVideoTrack(), dtsMs, isKey);
          const position = plan.place(packet, tracks);
          expect(position.segment - last.segment).toBeGreaterThanOrEqual(0);
          if (position.segment === last.segment) expect(position.part - last.part).toBeGreaterThanOrEqual(0);
          else expect(position.part).toBe(0);
          expect(position.discontinuities - last.discontinuities).toBe(position.isDiscontinuity ? 1 : 0);
          last = position;
        }
      }),
    );
  });
});
