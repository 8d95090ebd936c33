import { describe, expect, it } from 'vitest';
import { HlsPackager } from '../../src/packager/index.ts';
import { type MediaPlaylist, parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import { awaitPart } from '../../src/server/playback/playlist-wait.ts';
import { SAMPLE_RATE, VirtualEncoder } from '../support/virtual-encoder.ts';

const HOUR_MS = 3_600_000;
const WRAP = 2 ** 32;

function packagerOf({ stream }: VirtualEncoder): HlsPackager {
  return new HlsPackager({
    stream,
    windowSegments: 6,
    segmentMs: 2000,
    partMs: 300,
    lowLatency: true,
    maxBytes: 256 * 1024 * 1024,
  });
}

const playlistOf = (packager: HlsPackager, isDelta = false): MediaPlaylist =>
  parseMediaPlaylist(new TextDecoder().decode(packager.playlist('fmp4', isDelta)?.text));

/** The times of the first samples of a fragment's tracks, in seconds: video, audio. */
function decodeTimes(fragment: Uint8Array): number[] {
  const bytes = Buffer.from(fragment);
  const times: number[] = [];
  for (let at = bytes.indexOf('tfdt'); at >= 0; at = bytes.indexOf('tfdt', at + 4)) {
    const isLong = bytes[at + 4] === 1;
    times.push(isLong ? Number(bytes.readBigUInt64BE(at + 8)) : bytes.readUInt32BE(at + 8));
  }
  const [video = Number.NaN, audio = Number.NaN] = times;
  return [video / 90_000, audio / SAMPLE_RATE];
}

/** What RFC 8216 asks of a playlist by itself, and of one after another. */
function expectLegal(playlist: MediaPlaylist, before: MediaPlaylist | undefined): void {
  const { segments, mediaSequence, targetDurationSeconds, partTargetSeconds = 0 } = playlist;
  const all = [...segments, playlist.openSegment ?? {}];
  const isTooLong = segments.some(({ durationSeconds }) => Math.round(durationSeconds) > targetDurationSeconds);
  const parts = all.flatMap((each) => each.parts ?? []);
  const isPartTooLong = parts.some(({ durationSeconds }) => durationSeconds > partTargetSeconds);
  const numbers = segments.map(({ uri }) => Number.parseInt(uri, 10));
  const isInOrder = numbers.every((number, index) => number === mediaSequence + index);
  const isBroken = all.some(({ isDiscontinuity }) => isDiscontinuity);
  const last = before?.mediaSequence ?? 0;
  const isBack = mediaSequence < last || targetDurationSeconds < (before?.targetDurationSeconds ?? 0);
  expect({ isTooLong, isPartTooLong, isInOrder, isBroken, isBack }).toEqual({
    isTooLong: false,
    isPartTooLong: false,
    isInOrder: true,
    isBroken: false,
    isBack: false,
  });
}

describe('B11 a day of timestamps, over the wrap at 32 bits', () => {
  it.each([
    ['one clock that runs 50 ppm fast', { clockPpm: 50, jitterMs: 80 }, 3],
    ['a sound card that runs 100 ppm fast', { soundPpm: 100 }, 40],
  ])('from an encoder with %s leave sound and picture together', (_, habits, mostApartMs) => {
    const encoder = new VirtualEncoder({ fps: 15, gopFrames: 30, startTimestamp: WRAP - 12 * HOUR_MS, ...habits });
    const packager = packagerOf(encoder);
    const offsets = { video: 0, audio: 0 };
    let apartMs = 0;
    let furthestFromWallMs = 0;
    let isDatedBack = false;
    let lastWallMs = 0;
    encoder.onPacket((packet) => {
      if (packet.kind === 'data') return;
      offsets[packet.kind] = (packet.mediaTime * 1000) / packet.track.timescale - encoder.takenMs;
      if (encoder.takenMs < 1000) return;
      apartMs = Math.max(apartMs, Math.abs(offsets.video - offsets.audio));
      furthestFromWallMs = Math.max(furthestFromWallMs, Math.abs(packet.wallMs - encoder.clock.wallMs()));
      if (packet.wallMs < lastWallMs) isDatedBack = true;
      lastWallMs = packet.wallMs;
    });

    let before: MediaPlaylist | undefined;
    let checkAtMs = 10_000;
    for (let atMs = 0; atMs < 24 * HOUR_MS; atMs = encoder.sendNext()) {
      if (atMs < checkAtMs) continue;
      const isNearWrap = Math.abs(atMs - 12 * HOUR_MS) < 60_000;
      checkAtMs = atMs + (isNearWrap ? 300 : 20_000);
      const playlist = playlistOf(packager);
      expectLegal(playlist, before);
      expect(playlist.targetDurationSeconds).toBe(2);
      before = playlist;
      const newest = playlist.segments.at(-1)!;
      expect(newest.durationSeconds).toBe(2);
      const [videoSeconds = 0, audioSeconds = 0] = decodeTimes(packager.part(Number.parseInt(newest.uri, 10), 0)!);
      expect(Math.abs(audioSeconds - videoSeconds) * 1000).toBeLessThan(25 + mostApartMs);
      // The first frame of the segment came a segment and what is of the next one ago.
      const agoMs = atMs - videoSeconds * 1000;
      const wallMs = encoder.clock.wallMs() - agoMs;
      expect(Math.abs(newest.programDateTimeMs! - wallMs)).toBeLessThan(100);
    }
    expect(apartMs).toBeLessThan(mostApartMs);
    expect(Math.abs(offsets.video - offsets.audio)).toBeLessThan(mostApartMs);
    expect(furthestFromWallMs).toBeLessThanOrEqual(1);
    expect(isDatedBack).toBe(false);
    expect(encoder.counters).toMatchObject({ clockJumps: 0, malformedTags: 0, framesBeforeKeyFrame: 0 });
    expect(before!.segments.at(-1)!.programDateTimeMs! - Date.UTC(2026, 0, 1)).toBeGreaterThan(23.99 * HOUR_MS);
  });
});

/** The next part by a playlist, as a client asks for it. */
function nextOf({ mediaSequence, segments, openSegment }: MediaPlaylist): { segment: number; part: number } {
  return { segment: mediaSequence + segments.length, part: openSegment?.parts?.length ?? 0 };
}

/** A delta update put together with what the client had (RFC 8216bis, 6.3.7). */
function patched(delta: MediaPlaylist, before: MediaPlaylist): MediaPlaylist {
  const { skippedSegments = 0, ...rest } = delta;
  const from = delta.mediaSequence - before.mediaSequence;
  const kept = before.segments.slice(from, from + skippedSegments);
  expect(kept.length).toBe(skippedSegments);
  return { ...rest, segments: [...kept, ...delta.segments] };
}

describe('B27 two hours of LL-HLS', () => {
  it('are followed part by part without falling behind, in bounded memory', async () => {
    const encoder = new VirtualEncoder({ fps: 25, gopFrames: 50, jitterMs: 60 });
    const packager = packagerOf(encoder);
    const { window } = packager;
    const { signal } = new AbortController();
    let sentMs = 0;
    const sendUntil = (isSo: () => boolean) => {
      while (!isSo() && sentMs < 2 * HOUR_MS) sentMs = encoder.sendNext();
    };
    sendUntil(() => window.listed().length === 2);

    let playlist = playlistOf(packager);
    let requests = 0;
    let deltas = 0;
    let longestWaitMs = 0;
    const heaviest = { atFirst: 0, later: 0 };
    while (sentMs < 2 * HOUR_MS) {
      const { segment, part } = nextOf(playlist);
      const askedAtMs = encoder.clock.nowMs();
      const answer = awaitPart(window, segment, part, encoder.clock, signal);
      expect(playlist.preloadHints).toEqual([{ type: 'PART', uri: `${segment}.${part}.m4s` }]);
      sendUntil(() => window.has(segment, part));
      if (sentMs >= 2 * HOUR_MS) break;
      expect(await answer).toBe(true);
      longestWaitMs = Math.max(longestWaitMs, encoder.clock.nowMs() - askedAtMs);
      requests++;

      const delta = playlistOf(packager, true);
      if (delta.skippedSegments) deltas++;
      const next = patched(delta, playlist);
      const whole = playlistOf(packager);
      if (requests % 100 === 0) expect(next).toEqual(whole);
      expectLegal(next, playlist);
      const listed = [...next.segments, next.openSegment ?? {}].flatMap((each) => each.parts ?? []);
      expect(listed.at(-1)?.uri).toBe(`${segment}.${part}.m4s`);
      expect(packager.part(segment, part)?.length).toBeGreaterThan(0);
      // A part begins this long before the last frame of it comes: nobody falls behind.
      const partStartMs = window.find(segment)!.parts[part]!.startDtsMs;
      expect(sentMs - partStartMs).toBeLessThan(300 + 60 + 80);
      const oldest = window.segments[0]!.number;
      packager.segment(oldest, 'fmp4');
      packager.segment(oldest, 'ts');
      const when = sentMs < HOUR_MS / 6 ? 'atFirst' : 'later';
      heaviest[when] = Math.max(heaviest[when], window.keptBytes);
      playlist = next;
    }
    expect(requests).toBeGreaterThan((2 * HOUR_MS) / 301 - 100);
    expect(deltas).toBe(0);
    expect(longestWaitMs).toBeLessThan(300 + 60 + 40);
    expect(heaviest.later).toBeLessThan(heaviest.atFirst * 1.02);
    expect(window.segments.length).toBeLessThanOrEqual(14);
    expect(window.droppedSegments).toBe(0);
    expect(encoder.clock.pendingTimers).toBeLessThanOrEqual(1);
  });
});
