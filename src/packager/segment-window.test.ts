import { describe, expect, it, vi } from 'vitest';
import { SegmentMarks, type TrackSet } from '../live/index.ts';
import { publishAll, testAudioTrack, testPackets, testStream, testVideoTrack } from '../live/test-packets.ts';
import { parseMediaPlaylist } from '../protocol/m3u8/index.ts';
import { HlsPackager } from './hls-packager.ts';
import { SegmentWindow } from './segment-window.ts';

const tracks: TrackSet = { video: testVideoTrack(), audio: testAudioTrack() };
const SEGMENT_MS = 2000;
const MEGABYTE = 1_000_000;

function harness(maxBytes: number) {
  const { stream } = testStream({ cache: { maxBytes: 1, maxMs: 20_000 } });
  const packager = new HlsPackager({
    stream,
    windowSegments: 6,
    segmentMs: SEGMENT_MS,
    partMs: 300,
    lowLatency: true,
    maxBytes,
  });
  let nextMs = 0;
  /** Publishes whole segments of about so many bytes each. */
  const publish = (count: number, segmentBytes: number) => {
    const times = { fromMs: nextMs, toMs: nextMs + count * SEGMENT_MS };
    nextMs = times.toMs;
    publishAll(stream, tracks, testPackets({ tracks, ...times, frameBytes: Math.round(segmentBytes / 50) }));
  };
  publish.skip = (ms: number) => {
    nextMs += ms;
  };
  return { packager, window: packager.window, publish };
}

/** Counted anew. */
const heldBytes = ({ segments }: SegmentWindow) =>
  segments.reduce((sum, { sizeBytes, madeBytes }) => sum + sizeBytes + madeBytes, 0);

const playlistOf = (packager: HlsPackager) =>
  parseMediaPlaylist(new TextDecoder().decode(packager.playlist('fmp4', false)?.text));

/** What viewers of everything ask for. */
function makeAll(packager: HlsPackager): void {
  for (const { number, parts } of packager.window.segments) {
    for (const { index } of parts) packager.part(number, index);
    packager.segment(number, 'fmp4');
    packager.segment(number, 'ts');
  }
}

describe('SegmentWindow.keptBytes', () => {
  it('counts packets, and what was made of them once', () => {
    const { packager, window, publish } = harness(1e9);
    publish(5, MEGABYTE);
    const packets = window.keptBytes;
    expect(packets).toBe(heldBytes(window));
    expect(packets).toBeGreaterThan(4 * MEGABYTE);
    makeAll(packager);
    const all = window.keptBytes;
    expect(all / packets).toBeCloseTo(3, 0);
    makeAll(packager);
    expect(window.keptBytes).toBe(all);
  });

  it('falls as segments leave, and does not grow with time', () => {
    const { packager, window, publish } = harness(1e9);
    const seen: number[] = [];
    for (let index = 0; index < 60; index++) {
      publish(1, MEGABYTE / 10);
      makeAll(packager);
      expect(window.keptBytes).toBe(heldBytes(window));
      seen.push(window.keptBytes);
    }
    expect(window.segments.length).toBe(14);
    expect(Math.max(...seen.slice(30))).toBeLessThanOrEqual(Math.max(...seen.slice(0, 30)) * 1.01);
    expect(window.droppedSegments).toBe(0);
  });
});

describe('SegmentWindow past its bound', () => {
  it('drops the oldest segments first, listed ones too, and says how many', () => {
    const { packager, window, publish } = harness(5.5 * MEGABYTE);
    publish(20, MEGABYTE);
    expect(window.keptBytes).toBeLessThanOrEqual(5.5 * MEGABYTE);
    expect(window.listed().map(({ number }) => number)).toEqual([115, 116, 117, 118]);
    expect(window.droppedSegments).toBeGreaterThan(10);
    expect(window.has(114)).toBe(true);
    expect(packager.segment(114, 'fmp4')).toBeUndefined();
    const playlist = playlistOf(packager);
    expect(playlist).toMatchObject({ mediaSequence: 115, targetDurationSeconds: 2 });
    for (const { uri } of playlist.segments) {
      expect(packager.segment(Number.parseInt(uri, 10), 'fmp4')?.length).toBeGreaterThan(0);
    }
  });

  it('keeps the last two whole segments and the open one, however heavy', () => {
    const { window, publish } = harness(MEGABYTE);
    publish(8, 3 * MEGABYTE);
    expect(window.segments.map(({ number, isWhole }) => [number, isWhole])).toEqual([
      [105, true],
      [106, true],
      [107, false],
    ]);
    expect(window.listed().length).toBe(2);
  });

  it('lists as many as ever again once they are light', () => {
    const { packager, window, publish } = harness(5 * MEGABYTE);
    publish(8, 3 * MEGABYTE);
    const before = playlistOf(packager).mediaSequence;
    publish(20, MEGABYTE / 10);
    expect(window.listed().length).toBe(6);
    expect(playlistOf(packager).mediaSequence).toBeGreaterThan(before);
    expect(window.keptBytes).toBe(heldBytes(window));
  });

  it('counts what is made of segments against the bound', () => {
    const light = harness(7 * MEGABYTE);
    const heavy = harness(7 * MEGABYTE);
    for (const { publish, packager } of [light, heavy]) {
      for (let index = 0; index < 12; index++) {
        publish(1, MEGABYTE / 2);
        if (packager === heavy.packager) makeAll(packager);
      }
    }
    expect(light.window.droppedSegments).toBe(0);
    expect(heavy.window.droppedSegments).toBeGreaterThan(0);
    expect(heavy.window.segments.length).toBeLessThan(light.window.segments.length);
  });
});

describe('a rendition that stops', () => {
  function rendition() {
    const parent = testStream().stream;
    const marks = new SegmentMarks();
    parent.read(marks);
    publishAll(parent, tracks, testPackets({ tracks, toMs: 5000 }));
    const { stream } = testStream({ parent: { stream: parent, marks } });
    const window = new SegmentWindow({ stream, windowSegments: 6, partMs: 300, segmentMs: 2000, maxBytes: 1e9 });
    publishAll(stream, tracks, testPackets({ tracks, toMs: 5000 }));
    return { parent, stream, window };
  }

  it('has no end while its parent goes on, and tells those who wait', () => {
    const { stream, window } = rendition();
    stream.end();
    expect(window.isEnded).toBe(false);
    const told = vi.fn();
    window.onAdvance(told);
    window.close();
    expect([told.mock.calls.length, window.isClosed]).toEqual([1, true]);
  });

  it('has an end where its parent has', () => {
    const { parent, stream, window } = rendition();
    parent.end();
    stream.end();
    expect(window.isEnded).toBe(true);
    expect(window.lastPart()).toEqual({ segment: 102, part: expect.any(Number) });
  });

  it('takes what its encoder still held when the publisher was lost into the segment that is filled', () => {
    const { parent, stream, window } = rendition();
    for (const each of [parent, stream]) each.interrupt();
    const listed = window.listed().map(({ number, durationMs }) => [number, durationMs]);
    publishAll(stream, tracks, testPackets({ tracks, fromMs: 5000, toMs: 5500, gopMs: 10_000 }).slice(2));
    expect(window.listed().map(({ number, durationMs }) => [number, durationMs])).toEqual(listed);
    for (const each of [parent, stream]) each.end();
    expect(window.listed().at(-1)).toMatchObject({ number: 102, isWhole: true });
    expect(window.listed().at(-1)?.durationMs).toBeCloseTo(1500, -2);
  });
});

describe('a hole in the stream', () => {
  it('of seconds is a discontinuity that leaves segments and parts as long as they were', () => {
    const { window, packager, publish } = harness(1e9);
    publish(5, 1000);
    publish.skip(30_000);
    publish(2, 1000);
    expect(playlistOf(packager).segments.filter(({ isDiscontinuity }) => isDiscontinuity)).toHaveLength(1);
    expect([window.targetDurationSeconds, window.partTargetMs]).toEqual([2, 280]);
  });

  it('within a group of pictures is a long part until that left the playlist', () => {
    const { stream } = testStream();
    const options = { windowSegments: 3, segmentMs: SEGMENT_MS, partMs: 300, maxBytes: 1e9 };
    const window = new SegmentWindow({ ...options, stream });
    const all = testPackets({ tracks, toMs: 20_000, gopMs: SEGMENT_MS });
    const isLost = (dtsMs: number) => dtsMs > 2500 && dtsMs < 3700;
    const kept = all.filter(({ dtsMs }) => !isLost(dtsMs));
    publishAll(
      stream,
      tracks,
      kept.filter(({ dtsMs }) => dtsMs < 6100),
    );
    expect(window.partTargetMs).toBeGreaterThan(1200);
    publishAll(
      stream,
      tracks,
      kept.filter(({ dtsMs }) => dtsMs >= 6100),
    );
    expect(window.partTargetMs).toBe(280);
  });
});

describe('a window that others have too', () => {
  const options = { windowSegments: 6, segmentMs: SEGMENT_MS, partMs: 300, lowLatency: true, maxBytes: 1e9 };

  it('lists the same as one that began earlier, once it has slid', () => {
    const { stream } = testStream({ cache: { maxBytes: 1e9, maxMs: 20_000 } });
    const early = new HlsPackager({ ...options, stream });
    let nextMs = 0;
    const publish = (count: number) => {
      const times = { fromMs: nextMs, toMs: nextMs + count * SEGMENT_MS };
      nextMs = times.toMs;
      publishAll(stream, tracks, testPackets({ tracks, ...times }));
    };
    publish(9);
    const late = new HlsPackager({ ...options, stream });
    const textOf = (packager: HlsPackager) => new TextDecoder().decode(packager.playlist('fmp4', false)?.text);
    expect([early.window.hasSlid, late.window.hasSlid]).toEqual([true, false]);
    expect(textOf(late)).not.toBe(textOf(early));
    for (let i = 0; i < 8 && !late.window.hasSlid; i++) publish(1);
    expect(late.window.hasSlid).toBe(true);
    for (let i = 0; i < 3; i++) {
      expect(textOf(late)).toBe(textOf(early));
      publish(1);
    }
  });

  it('promises what was promised before it began', () => {
    const { stream } = testStream();
    const longest = { segmentMs: 7400, partMs: 480 };
    const { window } = new HlsPackager({ ...options, stream, longest });
    expect([window.targetDurationSeconds, window.partTargetMs]).toEqual([7, 480]);
    expect(window.longest).toEqual(longest);
  });
});
