import * as HLS from 'hls-parser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ARCHIVED, archiveWith, openTestArchive, TEST_TRACKS } from '../../test/support/archived-stream.ts';
import { until } from '../../test/support/until.ts';
import { TestClock } from '../live/test-clock.ts';
import { publishAll, testPackets, testStream } from '../live/test-packets.ts';
import { HlsPackager } from '../packager/index.ts';
import { parseMediaPlaylist } from '../protocol/m3u8/index.ts';
import { NearWindow } from './near-window.ts';

HLS.setOptions({ silent: true, strictMode: false });

let archived: Awaited<ReturnType<typeof openTestArchive>>;
beforeEach(async () => {
  archived = await openTestArchive();
});
afterEach(() => archived.close());

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** A live stream with its archive, and a near window before what is in memory. */
function live(nearMs = 40_000, lowLatency = true) {
  const { stream, clock } = testStream();
  const failures: unknown[] = [];
  const inits = new Set<string>();
  const near = new NearWindow({
    archive: archived.archive,
    id: stream.id,
    nearMs,
    clock,
    onError: (error) => failures.push(error),
    onListed: (segments) => {
      for (const { slice } of segments) inits.add(slice.initName);
    },
  });
  const packager = new HlsPackager({
    ...{ stream, windowSegments: 6, segmentMs: 2000, partMs: 300, lowLatency, maxBytes: 1e9, earlier: near },
  });
  const writer = archived.archive.writer(stream.id, {
    onTrouble: (error) => failures.push(error),
    onLost: (count) => failures.push(count),
  });
  let [atMs, handedIn] = [0, 0];
  const publish = (toMs: number) => {
    publishAll(stream, TEST_TRACKS, testPackets({ tracks: TEST_TRACKS, fromMs: atMs, toMs, fps: 10 }));
    atMs = toMs;
  };
  const handIn = (isKept: boolean) => {
    for (const segment of packager.window.segments) {
      if (!segment.isWhole || segment.number <= handedIn) continue;
      handedIn = segment.number;
      const kept = { ...segment, init: packager.initOf(segment.tracks) };
      if (isKept) for (const part of segment.parts) writer.part(kept, packager.clearPart(segment, part));
      if (isKept) writer.whole(segment.number, segment.durationMs);
    }
  };
  return {
    ...{ packager, near, failures, inits, publish },
    /** Time passes; the archive gets what is whole, unless it is away. */
    async pass(seconds: number, isKept = true): Promise<void> {
      for (const endMs = atMs + seconds * 1000; atMs < endMs; ) {
        publish(atMs + 2000);
        handIn(isKept);
      }
      if (isKept) await until('it is archived', async () => archived.archive.find(stream.id, handedIn));
    },
    /** As a viewer reads it once the archive has answered. */
    async read(isDelta = false) {
      await near.read(packager.window.listed()[0]?.number ?? 0);
      const text = new TextDecoder().decode(packager.playlist('fmp4', isDelta)?.text);
      const playlist = parseMediaPlaylist(text);
      const theirs = HLS.parse(text) as HLS.types.MediaPlaylist;
      const uris = theirs.segments.map(({ uri }) => uri).filter((uri) => uri !== '');
      expect(uris).toEqual(playlist.segments.map(({ uri }) => uri));
      return { ...playlist, numbers: playlist.segments.map(({ uri }) => Number.parseInt(uri, 10)) };
    },
    close: () => archived.archive.release(writer),
  };
}

describe('a live playlist with a near window', () => {
  it('lists what the archive has before it, with names and numbers as they were', async () => {
    const { pass, read, packager, inits, failures, close } = live();
    await pass(20);
    const early = await read();
    expect(early.numbers).toEqual(range(100, 108));
    await pass(100);
    const later = await read();
    expect(later).toMatchObject({ mediaSequence: 133, discontinuitySequence: 0, targetDurationSeconds: 2 });
    expect(later.numbers).toEqual(range(133, 158));
    expect(later.segments[0]).toMatchObject({ uri: '133.m4s', durationSeconds: 2, programDateTimeMs: 66_000 });
    expect(inits).toEqual(new Set([later.segments[0]?.map?.uri]));
    expect(packager.init(later.segments[0]?.map?.uri ?? '')).toBeDefined();
    expect(later.segments.filter(({ parts }) => parts).length).toBe(3);
    expect(failures).toEqual([]);
    await close();
  });

  it('skips them in a delta', async () => {
    const { pass, read, close } = live();
    await pass(120);
    const [whole, delta] = [await read(), await read(true)];
    expect(delta.mediaSequence).toBe(whole.mediaSequence);
    expect(delta.skippedSegments).toBe(whole.numbers.length - delta.numbers.length);
    expect(delta.numbers.length).toBe(6);
    expect(delta.segments.filter(({ parts }) => parts).length).toBe(3);
    expect(delta.segments[0]?.map).toEqual(whole.segments[0]?.map);
    await close();
  });

  it('is printed once until something becomes whole', async () => {
    const { pass, read, packager, near, close, publish } = live();
    await pass(60);
    await read();
    const before = packager.playlist('fmp4', false);
    await near.read(200);
    expect(packager.playlist('fmp4', false)).toBe(before);
    publish(60_500);
    const next = packager.playlist('fmp4', false);
    expect(next).not.toBe(before);
    publish(61_000);
    const after = packager.playlist('fmp4', false);
    expect(after).not.toBe(next);
    expect(after?.settled).toBe(next?.settled);
    expect(new TextDecoder().decode(after?.settled)).toContain('#EXTINF');
    expect(after?.text.subarray(0, after.settled.length)).toEqual(after?.settled);
    await close();
  });

  it('joins over what the window still keeps where the archive is a little behind', async () => {
    const { pass, read, close } = live();
    await pass(60);
    await read();
    await pass(8, false);
    const { numbers } = await read();
    expect(numbers).toEqual(range(numbers[0]!, 132));
    expect(numbers.length).toBeGreaterThan(20);
    await close();
  });

  it('begins anew behind a hole of the archive, and never goes back', async () => {
    const { pass, read, close } = live(1_000_000);
    await pass(60);
    expect((await read()).mediaSequence).toBe(100);
    await pass(40, false);
    const away = await read();
    expect(away.numbers.length).toBeLessThan(8);
    await pass(60);
    const back = await read();
    expect(back.mediaSequence).toBeGreaterThanOrEqual(away.mediaSequence);
    expect(back.numbers).toEqual(range(back.mediaSequence, 178));
    expect(back.numbers.length).toBeGreaterThan(20);
    await close();
  });

  it('never goes back to what the archive had later than it should', async () => {
    const { pass, read, packager, close } = live();
    await pass(60);
    const first = parseMediaPlaylist(new TextDecoder().decode(packager.playlist('fmp4', false)?.text));
    expect(first.mediaSequence).toBeGreaterThan(120);
    await pass(20);
    expect((await read()).mediaSequence).toBe(first.mediaSequence);
    await close();
  });

  it('is plain where the disk hangs', async () => {
    const clock = new TestClock();
    const near = new NearWindow({
      archive: archiveWith(archived.archive, { before: () => new Promise(() => {}) }),
      ...{ clock, id: ARCHIVED, nearMs: 1000, onError: () => {}, onListed: () => {} },
    });
    const reading = near.read(100);
    expect(near.isLoaded).toBe(false);
    clock.advance(1000);
    await reading;
    expect([near.isLoaded, near.before(100)]).toEqual([true, []]);
  });

  it('is plain where the rule says nothing near', async () => {
    const { pass, read, close } = live(0);
    await pass(60);
    expect((await read()).numbers).toEqual(range(123, 128));
    await close();
  });
});
