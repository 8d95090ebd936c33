import { describe, expect, it } from 'vitest';
import type { TrackSet } from '../live/index.ts';
import {
  publishAll,
  testAudioTrack,
  testPackets,
  testStream,
  testVideo,
  testVideoTrack,
} from '../live/test-packets.ts';
import { concat } from '../protocol/bytes/index.ts';
import { type MediaPlaylist, parseMediaPlaylist } from '../protocol/m3u8/index.ts';
import { HlsPackager, type HlsPackagerOptions } from './hls-packager.ts';

const tracks: TrackSet = { video: testVideoTrack(), audio: testAudioTrack() };

function harness(changed: Partial<HlsPackagerOptions> = {}) {
  const { stream, clock } = testStream();
  const open = () =>
    new HlsPackager({
      stream,
      windowSegments: 6,
      segmentMs: 2000,
      partMs: 300,
      lowLatency: true,
      maxBytes: 1e9,
      ...changed,
    });
  return { stream, clock, open };
}

function read(packager: HlsPackager, container: 'fmp4' | 'ts' = 'fmp4', isDelta = false): MediaPlaylist {
  return parseMediaPlaylist(new TextDecoder().decode(packager.playlist(container, isDelta)?.text));
}

/** What a playlist names exists, and its durations keep what it declares. */
function expectSound(packager: HlsPackager, container: 'fmp4' | 'ts' = 'fmp4'): MediaPlaylist {
  const playlist = read(packager, container);
  for (const segment of playlist.segments) {
    expect(packager.segment(Number.parseInt(segment.uri, 10), container)?.length).toBeGreaterThan(0);
    if (segment.map) expect(packager.init(segment.map.uri)?.length).toBeGreaterThan(0);
    expect(Math.round(segment.durationSeconds)).toBeLessThanOrEqual(playlist.targetDurationSeconds);
    const parts = segment.parts ?? [];
    const sum = parts.reduce((total, part) => total + part.durationSeconds, 0);
    if (parts.length > 0) expect(sum).toBeCloseTo(segment.durationSeconds, 5);
  }
  for (const { parts } of [...playlist.segments, playlist.openSegment ?? {}]) {
    for (const { uri, durationSeconds } of parts ?? []) {
      const [segment, part] = uri.split('.').map(Number);
      expect(packager.part(segment!, part!)?.length).toBeGreaterThan(0);
      expect(durationSeconds).toBeLessThanOrEqual(playlist.partTargetSeconds!);
    }
  }
  return playlist;
}

describe('HlsPackager playlists', () => {
  it('list a window of segments, their latest parts, and the part that comes next', () => {
    const { stream, open } = harness();
    const packager = open();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 21_000 }));
    const playlist = expectSound(packager);
    expect(playlist).toMatchObject({
      targetDurationSeconds: 2,
      partTargetSeconds: 0.28,
      mediaSequence: 104,
      discontinuitySequence: 0,
      hasIndependentSegments: true,
      serverControl: { canBlockReload: true, partHoldBackSeconds: 0.84, holdBackSeconds: 6, canSkipUntilSeconds: 12 },
    });
    expect(playlist.segments.map(({ uri }) => uri)).toEqual([104, 105, 106, 107, 108, 109].map((n) => `${n}.m4s`));
    expect(playlist.segments.map(({ parts }) => parts?.length ?? 0)).toEqual([0, 0, 0, 8, 8, 8]);
    expect(playlist.segments[5]!.parts!.map(({ isIndependent }) => isIndependent ?? false)).toEqual([
      true,
      ...Array(7).fill(false),
    ]);
    expect(playlist.openSegment!.parts!.length).toBe(3);
    expect(playlist.preloadHints).toEqual([{ type: 'PART', uri: '110.3.m4s' }]);
    expect(playlist.segments[0]!.programDateTimeMs).toBe(8000);
  });

  it('are the same bytes until something becomes whole', () => {
    const { stream, open } = harness();
    const packager = open();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 5100 }));
    const before = packager.playlist('fmp4', false);
    stream.publish(testVideo(tracks.video!, 5101, false));
    expect(packager.playlist('fmp4', false)).toBe(before);
    publishAll(stream, tracks, testPackets({ tracks, fromMs: 6000, toMs: 6040 }));
    expect(packager.playlist('fmp4', false)).not.toBe(before);
  });

  it('have no parts where low latency is off, and none in TS', () => {
    const { stream, open } = harness({ lowLatency: false });
    const packager = open();
    const low = harness().open();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 9000 }));
    publishAll(low.window.stream, tracks, testPackets({ tracks, toMs: 9000 }));
    for (const playlist of [expectSound(packager), expectSound(packager, 'ts'), expectSound(low, 'ts')]) {
      expect(playlist.partTargetSeconds).toBeUndefined();
      expect(playlist.preloadHints).toBeUndefined();
      expect(playlist.openSegment).toBeUndefined();
      expect(playlist.segments.length).toBe(4);
    }
    expect(read(low, 'ts').segments[0]).toMatchObject({ uri: '100.ts' });
  });

  it('leave out what a client has seen when it asks for a delta', () => {
    const { stream, open } = harness({ windowSegments: 20 });
    const packager = open();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 41_000 }));
    const [whole, delta] = [read(packager), read(packager, 'fmp4', true)];
    expect(whole.segments.length).toBe(20);
    expect(delta.skippedSegments).toBe(14);
    expect(delta.mediaSequence).toBe(whole.mediaSequence);
    expect(delta.segments.map(({ uri }) => uri)).toEqual(whole.segments.slice(14).map(({ uri }) => uri));
  });

  it('are whole for a delta that is not on offer', () => {
    const { stream, open } = harness({ windowSegments: 20, lowLatency: false });
    const packager = open();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 41_000 }));
    expect(read(packager, 'fmp4', true).skippedSegments).toBeUndefined();
  });

  it('end with the stream', () => {
    const { stream, open } = harness();
    const packager = open();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 5000 }));
    stream.end();
    const playlist = expectSound(packager);
    expect(playlist.isEnded).toBe(true);
    expect(playlist.segments.map(({ durationSeconds }) => durationSeconds)).toEqual([2, 2, 1]);
    expect([playlist.openSegment, playlist.preloadHints, playlist.partTargetSeconds]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('go on over an interruption with a discontinuity, and count it when it leaves', () => {
    const { stream, clock, open } = harness();
    const packager = open();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 5000 }));
    stream.interrupt();
    const waiting = expectSound(packager);
    expect(waiting.segments.at(-1)).toMatchObject({ uri: '102.m4s', durationSeconds: 1 });
    expect([waiting.openSegment, waiting.preloadHints]).toEqual([undefined, [{ type: 'PART', uri: '103.0.m4s' }]]);
    clock.advance(4000);
    stream.resume();
    publishAll(stream, tracks, testPackets({ tracks, fromMs: stream.resumeDtsMs(), toMs: 14_000 }));
    const resumed = expectSound(packager);
    expect(resumed.segments.map(({ isDiscontinuity }) => isDiscontinuity ?? false)).toEqual([
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(resumed.segments[3]?.parts?.[0]?.uri ?? resumed.segments[3]?.uri).toMatch(/^103\./);
    expect(resumed.discontinuitySequence).toBe(0);
    expect(resumed.targetDurationSeconds).toBe(2);
    publishAll(stream, tracks, testPackets({ tracks, fromMs: 14_000, toMs: 31_000 }));
    expect(expectSound(packager).discontinuitySequence).toBe(1);
  });

  it('count discontinuities alike however late a packager starts', () => {
    const { stream, open } = harness();
    const early = open();
    for (let index = 0; index < 8; index++) {
      stream.break();
      publishAll(stream, tracks, testPackets({ tracks, fromMs: index * 2000, toMs: index * 2000 + 2000 }));
    }
    expect(read(early)).toMatchObject({
      mediaSequence: 101,
      discontinuitySequence: 0,
      segments: [{ isDiscontinuity: true }, {}, {}, {}, {}, {}],
    });
    const late = open();
    publishAll(stream, tracks, testPackets({ tracks, fromMs: 16_000, toMs: 31_000 }));
    expect(read(late)).toEqual(read(early));
    expect(read(late).discontinuitySequence).toBe(7);
  });

  it('do not call segments independent that begin without a key frame', () => {
    const { stream, open } = harness();
    const packager = open();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 50_000, gopMs: 300_000 }));
    const playlist = expectSound(packager);
    expect(playlist.hasIndependentSegments ?? false).toBe(false);
    expect(playlist.targetDurationSeconds).toBe(20);
    expect(playlist.segments[1]!.parts![0]!.isIndependent ?? false).toBe(false);
  });

  it('B33 let go of a segment, which can be had for as long as somebody may still ask for it', () => {
    const { stream, open } = harness();
    const packager = open();
    stream.setTracks(tracks);
    const lastListed = new Map<number, { readonly atMs: number; readonly forMs: number }>();
    const gone = new Map<number, number>();
    for (let atMs = 0; atMs < 60_000; atMs += 1000) {
      publishAll(stream, tracks, testPackets({ tracks, fromMs: atMs, toMs: atMs + 1000, gopMs: 1000 }));
      const { segments, mediaSequence } = expectSound(packager);
      const playlistMs = segments.reduce((sum, { durationSeconds }) => sum + durationSeconds * 1000, 0);
      for (const [index, { durationSeconds }] of segments.entries()) {
        // RFC 8216, 6.2.2: its own duration and that of the longest playlist that had it.
        lastListed.set(mediaSequence + index, { atMs, forMs: durationSeconds * 1000 + playlistMs });
      }
      for (const [number, listed] of lastListed) {
        if (atMs - listed.atMs > listed.forMs) continue;
        if (packager.segment(number, 'fmp4') === undefined) gone.set(number, atMs - listed.atMs);
      }
    }
    expect(lastListed.size).toBeGreaterThan(25);
    expect([...gone]).toEqual([]);
  });

  it('never let the target duration shrink or the media sequence go back', () => {
    const { stream, open } = harness();
    const packager = open();
    stream.setTracks(tracks);
    let last = { target: 0, part: 0, sequence: 0, newest: 0 };
    const lengths = [4000, 1000, 10_000, 500, 2000, 2000, 6000, 1500, 1500, 1500, 1000, 1000, 1000, 1000, 20_000];
    let fromMs = 0;
    for (const lengthMs of [...lengths, ...lengths]) {
      publishAll(
        stream,
        tracks,
        testPackets({ tracks, fromMs, toMs: fromMs + lengthMs, gopMs: 1e9, fps: fromMs > 20_000 ? 2 : 25 }),
      );
      fromMs += lengthMs;
      const playlist = expectSound(packager);
      const seconds = playlist.segments.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
      const now = {
        target: playlist.targetDurationSeconds,
        part: playlist.partTargetSeconds!,
        sequence: playlist.mediaSequence,
        newest: playlist.mediaSequence + playlist.segments.length,
      };
      for (const name of ['target', 'sequence', 'newest'] as const) {
        expect(now[name]).toBeGreaterThanOrEqual(last[name]);
      }
      if (now.sequence > last.sequence && last.sequence > 0) {
        expect(seconds).toBeGreaterThanOrEqual(3 * last.target);
        expect(playlist.segments.length).toBeGreaterThanOrEqual(3);
      }
      last = now;
    }
    expect(last).toMatchObject({ target: 20, part: 0.5 });
  });

  it.each([
    [2000, 6],
    [1500, 6],
    [4000, 3],
    [10_000, 3],
  ])('with segments of %d ms list %d of them, and keep as many for those behind', (gopMs, expected) => {
    const { stream, open } = harness();
    const packager = open();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 101_000, gopMs, fps: 50 }));
    expect(expectSound(packager).segments.length).toBe(expected);
    const whole = packager.window.segments.filter(({ isWhole }) => isWhole);
    expect(whole.length - expected).toBeGreaterThanOrEqual(expected - 1);
    expect(whole.length - expected).toBeLessThanOrEqual(expected + 1);
  });

  it('are undefined in TS where it can carry no track, and so are segments', () => {
    const { stream, open } = harness();
    const packager = open();
    const other = {
      audio: testAudioTrack({
        codec: 'opus',
        config: Buffer.from('OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0', 'latin1'),
      }),
    };
    publishAll(stream, other, testPackets({ tracks: other, toMs: 5000 }));
    expect(packager.playlist('ts', false)).toBeUndefined();
    expect(packager.segment(100, 'ts')).toBeUndefined();
    expect(packager.playlist('fmp4', false)).toBeDefined();
  });
});

describe('HlsPackager media', () => {
  it('cuts parts and segments from the same bytes', () => {
    const { stream, open } = harness();
    const [partsFirst, segmentFirst] = [open(), open()];
    publishAll(stream, tracks, testPackets({ tracks, toMs: 5000 }));
    const { parts } = partsFirst.window.find(101)!;
    const before = parts.map((_, index) => partsFirst.part(101, index)!.slice());
    const segment = partsFirst.segment(101, 'fmp4')!;
    expect(segment).toEqual(concat(before));
    expect(segmentFirst.segment(101, 'fmp4')).toEqual(segment);
    expect(parts.map((_, index) => partsFirst.part(101, index))).toEqual(before);
    expect(partsFirst.segment(101, 'fmp4')).toBe(segment);
  });

  it('gives the same bytes and names for the same numbers, whenever it started', () => {
    const { stream, open } = harness({ windowSegments: 20 });
    const early = open();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 5000 }));
    const changed = { video: testVideoTrack({ width: 640 }), audio: tracks.audio! };
    publishAll(stream, changed, testPackets({ tracks: changed, fromMs: 5000, toMs: 8500 }));
    const late = open();
    publishAll(stream, changed, testPackets({ tracks: changed, fromMs: 8500, toMs: 12_300 }));
    const latest = open();
    publishAll(stream, changed, testPackets({ tracks: changed, fromMs: 12_300, toMs: 15_000 }));
    stream.end();
    for (const other of [late, latest]) {
      const numbers = other.window.segments.map(({ number }) => number);
      expect(numbers.length).toBeGreaterThan(2);
      for (const number of numbers) {
        for (const container of ['fmp4', 'ts'] as const) {
          expect(Buffer.compare(other.segment(number, container)!, early.segment(number, container)!)).toBe(0);
        }
        expect(other.window.find(number)!.parts.length).toBe(early.window.find(number)!.parts.length);
        expect(other.part(number, 1)).toEqual(early.part(number, 1));
      }
    }
    const inits = (packager: HlsPackager) => read(packager).segments.map(({ uri, map }) => `${uri} ${map?.uri}`);
    expect(inits(early).slice(-inits(late).length)).toEqual(inits(late));
    expect(new Set(read(early).segments.map(({ map }) => map!.uri)).size).toBe(2);
    for (const { map } of read(late).segments) expect(late.init(map!.uri)).toEqual(early.init(map!.uri));
  });

  it('has nothing that is not whole, not there yet, or gone', () => {
    const { stream, open } = harness();
    const packager = open();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 60_000 }));
    const newest = packager.window.open()!.number;
    expect(packager.segment(newest, 'fmp4')).toBeUndefined();
    expect(packager.segment(newest + 1, 'fmp4')).toBeUndefined();
    expect(packager.segment(100, 'fmp4')).toBeUndefined();
    expect(packager.part(newest, 99)).toBeUndefined();
    expect(packager.init('init-000000000000.mp4')).toBeUndefined();
  });
});

describe('SegmentWindow', () => {
  it('begins with the segments kept in memory, and with the next one where none is whole', () => {
    const { stream, open } = harness();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 9000 }));
    expect(open().window.segments.map(({ number, isWhole }) => [number, isWhole])).toEqual([
      [102, true],
      [103, true],
      [104, false],
    ]);
    const empty = testStream({ cache: { maxBytes: 10, maxMs: 10 } }).stream;
    publishAll(empty, tracks, testPackets({ tracks, toMs: 1000 }));
    const { window } = new HlsPackager({
      stream: empty,
      maxBytes: 1e9,
      windowSegments: 6,
      segmentMs: 2000,
      partMs: 300,
      lowLatency: true,
    });
    publishAll(empty, tracks, testPackets({ tracks, fromMs: 1040, toMs: 2000, gopMs: 1e9 }).slice(1));
    expect(window.segments).toEqual([]);
    publishAll(empty, tracks, testPackets({ tracks, fromMs: 2000, toMs: 2040 }));
    expect(window.segments.map(({ number }) => number)).toEqual([101]);
  });

  it('tells what it has and what comes next', () => {
    const { stream, open } = harness();
    const { window } = open();
    expect([window.has(100), window.nextPart()]).toEqual([false, undefined]);
    publishAll(stream, tracks, testPackets({ tracks, toMs: 2700 }));
    expect(window.nextPart()).toEqual({ segment: 101, part: 2 });
    expect([window.has(100), window.has(100, 50), window.has(101), window.has(101, 1), window.has(101, 2)]).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    stream.end();
    expect([window.has(101), window.has(101, 2), window.has(102, 0), window.nextPart()]).toEqual([
      true,
      true,
      false,
      undefined,
    ]);
  });

  it('says each advance, to those who listen still', () => {
    const { stream, open } = harness();
    const { window } = open();
    let advances = 0;
    const stop = window.onAdvance(() => advances++);
    publishAll(stream, tracks, testPackets({ tracks, toMs: 1000 }));
    expect(advances).toBe(4);
    stop();
    stream.end();
    expect(advances).toBe(4);
  });

  it('reads no more once it is closed', () => {
    const { stream, open } = harness();
    const packager = open();
    packager.close();
    expect(stream.readerCount).toBe(0);
  });
});

describe('HlsPackager bitrates', () => {
  const lengthOf = (packager: HlsPackager, number: number, container: 'fmp4' | 'ts') =>
    packager.segment(number, container)?.length ?? 0;

  it.each([
    ['fmp4', 40, 1.05],
    ['fmp4', 4000, 1.002],
    ['ts', 40, 3],
    ['ts', 4000, 1.02],
  ] as const)('of %s with frames of %i bytes are those of its segments', (container, frameBytes, least) => {
    const { stream, open } = harness();
    const packager = open();
    const changing = [frameBytes, 2 * frameBytes, frameBytes, 3 * frameBytes, frameBytes, frameBytes];
    for (const [index, bytes] of changing.entries()) {
      const times = { fromMs: index * 2000, toMs: index * 2000 + 2000 };
      publishAll(stream, tracks, testPackets({ tracks, ...times, frameBytes: bytes }));
    }
    const guessed = packager.bitrate(container);
    const listed = packager.window.listed();
    const sizes = listed.map(({ number }) => lengthOf(packager, number, container));
    const exact = packager.bitrate(container);
    const rates = sizes.map((bytes, index) => (bytes * 8000) / listed[index]!.durationMs);
    expect(exact.peak).toBe(Math.ceil(Math.max(...rates)));
    expect(exact.average).toBe(
      Math.ceil((sizes.reduce((sum, bytes) => sum + bytes, 0) * 8000) / (listed.length * 2000)),
    );
    expect(guessed.peak).toBeGreaterThanOrEqual(exact.peak);
    expect(guessed.peak).toBeLessThan(exact.peak * 2.5);
    const payload = listed.map(({ sizeBytes, durationMs }) => (sizeBytes * 8000) / durationMs);
    expect(exact.peak / Math.max(...payload)).toBeGreaterThan(least);
  });

  it('of a container that leaves a track out are those of what is left', () => {
    const { stream, open } = harness();
    const packager = open();
    const withOpus: TrackSet = { ...tracks, audio: testAudioTrack({ codec: 'opus', codecString: 'opus' }) };
    publishAll(stream, withOpus, testPackets({ tracks: withOpus, toMs: 9000, frameBytes: 2000 }));
    expect(packager.bitrate('ts').peak).toBeLessThan(packager.bitrate('fmp4').peak * 1.2);
    expect(packager.bitrate('ts').peak).toBeGreaterThan(2000 * 25 * 8);
  });

  it('are 0 before there is a segment', () => {
    const { open } = harness();
    expect(open().bitrate('fmp4')).toEqual({ peak: 0, average: 0 });
  });
});
