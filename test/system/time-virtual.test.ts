import { describe, expect, it } from 'vitest';
import type { MediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import { awaitPart } from '../../src/server/playback/playlist-wait.ts';
import { VirtualEncoder } from '../support/virtual-encoder.ts';
import { expectLegal, packagerOf, playlistOf } from '../support/virtual-playlists.ts';

const HOUR_MS = 3_600_000;

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
