import * as HLS from 'hls-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARCHIVED, archiveWith, openTestArchive } from '../../test/support/archived-stream.ts';
import { testVideoTrack } from '../live/test-packets.ts';
import { type MediaPlaylist, parseMediaPlaylist } from '../protocol/m3u8/index.ts';
import type { ShiftedPlaylist } from './shifted-playlist.ts';
import { ShiftedPlaylists } from './shifted-playlists.ts';

/** 2026-01-01T00:00:00Z, when a run of 90 s begins with segment 1000. */
const T0 = Date.UTC(2026, 0, 1);
const stream = { id: ARCHIVED, windowSegments: 6, segmentMs: 2000, keyName: undefined };

let archived: Awaited<ReturnType<typeof openTestArchive>>;

beforeAll(async () => {
  archived = await openTestArchive();
  // 1000..1044; 20 s later the next publication, with other tracks, interrupted for 5 s after 30 s; then an hour nothing.
  await archived.add({ seconds: 90, wallMs: T0, firstSegment: 1000 });
  const tracks = { video: testVideoTrack({ width: 640, height: 480 }) };
  const interrupted = { afterSeconds: 30, pauseMs: 5000 };
  await archived.add({ seconds: 60, wallMs: T0 + 110_000, firstSegment: 1100, tracks, interrupted });
  await archived.add({ seconds: 40, wallMs: T0 + 3_600_000, firstSegment: 5000, gopMs: 5000 });
});
afterAll(() => archived?.close());

function playlistsAt(nowMs: number) {
  let atMs = nowMs;
  const listed: number[] = [];
  let reads = 0;
  const playlists = new ShiftedPlaylists({
    archive: archiveWith(archived.archive, {
      between: (...asked) => {
        reads++;
        return archived.archive.between(...asked);
      },
    }),
    wallMs: () => atMs,
    onListed: (_id, segments) => listed.push(...segments.map(({ number }) => number)),
  });
  return {
    playlists,
    listed,
    reads: () => reads,
    setNow: (ms: number) => {
      atMs = ms;
    },
  };
}

/** What another program reads of it has to be the same. */
function read(text: string): MediaPlaylist & { readonly numbers: number[] } {
  const playlist = parseMediaPlaylist(text);
  const theirs = HLS.parse(text) as HLS.types.MediaPlaylist;
  expect(theirs.segments.map(({ uri }) => uri)).toEqual(playlist.segments.map(({ uri }) => uri));
  expect(theirs.segments.map(({ map }) => map?.uri)).toEqual(playlist.segments.map(({ map }) => map?.uri));
  expect(theirs.endlist).toBe(playlist.isEnded ?? false);
  for (const { durationSeconds } of playlist.segments) {
    expect(Math.round(durationSeconds)).toBeLessThanOrEqual(playlist.targetDurationSeconds);
  }
  return { ...playlist, numbers: playlist.segments.map(({ uri }) => Number.parseInt(uri, 10)) };
}

async function piecesOf(chunks: AsyncIterable<string>): Promise<string[]> {
  const pieces: string[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return pieces;
}

async function sliding(
  at: ReturnType<typeof playlistsAt>,
  playlist: Extract<ShiftedPlaylist, { kind: 'shift' | 'window' }>,
  keyName?: (segment: { readonly wallMs: number }) => string,
) {
  const text = await at.playlists.sliding({ ...stream, keyName }, playlist);
  return text && read(new TextDecoder().decode(text));
}

const shift = (lagMs: number, container: 'fmp4' | 'ts' = 'fmp4') => ({ container, kind: 'shift' as const, lagMs });
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a playlist that lags', () => {
  it('has the moment asked for third from its end, and slides with the time', async () => {
    const at = playlistsAt(T0 + 600_000);
    const first = await sliding(at, shift(600_000 - 41_000));
    expect(first).toMatchObject({ mediaSequence: 1017, targetDurationSeconds: 2, discontinuitySequence: 0 });
    expect(first?.numbers).toEqual(range(1017, 1022));
    expect(first?.segments[0]).toMatchObject({ programDateTimeMs: T0 + 34_000, durationSeconds: 2 });
    expect(first?.segments[0]?.map?.uri).toMatch(/^init-[0-9a-f]{12}\.mp4$/);
    expect(first?.isEnded).toBeUndefined();
    at.setNow(T0 + 601_900);
    expect((await sliding(at, shift(600_000 - 41_000)))?.numbers).toEqual(range(1018, 1023));
    expect(at.listed).toEqual(expect.arrayContaining(range(1017, 1023)));
    expect(at.reads()).toBe(1);
  });

  it('is the same object until it changes', async () => {
    const at = playlistsAt(T0 + 600_000);
    const before = await at.playlists.sliding(stream, shift(560_000));
    at.setNow(T0 + 600_900);
    expect(await at.playlists.sliding(stream, shift(560_000))).toBe(before);
    at.setNow(T0 + 602_000);
    expect(await at.playlists.sliding(stream, shift(560_000))).not.toBe(before);
  });

  it('lists the beginning as far as it goes', async () => {
    expect((await sliding(playlistsAt(T0 + 600_000), shift(600_000)))?.numbers).toEqual(range(1000, 1002));
  });

  it('goes over to the next publication when its time comes, one discontinuity on, and never back', async () => {
    const at = playlistsAt(T0 + 600_000);
    const seen: string[] = [];
    let last = { mediaSequence: 0, discontinuitySequence: 0, numbers: [0] };
    for (let pivotMs = 70_000; pivotMs < 172_000; pivotMs += 1000) {
      at.setNow(T0 + 600_000 + pivotMs);
      const now = await sliding(at, shift(600_000));
      expect(now).toBeDefined();
      const { mediaSequence, discontinuitySequence = 0, numbers } = now!;
      expect(mediaSequence).toBeGreaterThanOrEqual(last.mediaSequence);
      expect(numbers).toEqual(range(mediaSequence, mediaSequence + numbers.length - 1));
      expect(discontinuitySequence).toBeGreaterThanOrEqual(last.discontinuitySequence);
      if (mediaSequence >= 1100 && last.mediaSequence < 1100) {
        expect(pivotMs).toBe(110_000);
        expect(discontinuitySequence).toBe(last.discontinuitySequence + 1);
      }
      if (numbers.at(-1) !== last.numbers.at(-1)) seen.push(`${numbers[0]}-${numbers.at(-1)}`);
      last = { mediaSequence, discontinuitySequence, numbers };
    }
    expect(seen.slice(0, 8)).toEqual([
      ...range(1037, 1044)
        .map((number) => `${number - 5}-${number}`)
        .slice(0, 8),
    ]);
    expect(seen).toContain('1100-1102');
    expect(seen.at(-1)).toBe('1124-1129');
  });

  it('counts no discontinuity for a player that paused', async () => {
    const at = playlistsAt(T0 + 600_000);
    expect(await sliding(at, shift(590_000))).toMatchObject({ discontinuitySequence: 0 });
    at.setNow(T0 + 660_000);
    expect(await sliding(at, shift(590_000))).toMatchObject({ discontinuitySequence: 0, mediaSequence: 1032 });
  });

  it('counts a discontinuity that left, and shows one that is inside', async () => {
    const at = playlistsAt(T0 + 1_000_000);
    const inside = await sliding(at, shift(1_000_000 - 146_000));
    expect(inside?.numbers).toContain(1115);
    const marks = inside!.segments.map(({ isDiscontinuity }) => isDiscontinuity === true);
    expect(marks.filter(Boolean).length).toBe(1);
    expect(marks[inside!.numbers.indexOf(1115)]).toBe(true);
    at.setNow(T0 + 1_020_000);
    const after = await sliding(at, shift(1_000_000 - 146_000));
    expect(after?.numbers[0]).toBeGreaterThan(1115);
    expect(after?.discontinuitySequence).toBe(inside!.discontinuitySequence! + 1);
  });

  it('ends where nothing follows for a minute, and not before', async () => {
    const at = playlistsAt(T0 + 3_500_000);
    const lagMs = 3_500_000 - 174_000;
    expect(await sliding(at, shift(lagMs))).toMatchObject({ isEnded: true });
    expect((await sliding(at, shift(lagMs)))?.numbers.at(-1)).toBe(1129);
    const early = playlistsAt(T0 + 180_000);
    expect(await sliding(early, shift(10_000))).not.toHaveProperty('isEnded');
    early.setNow(T0 + 240_000);
    expect(await sliding(early, shift(10_000))).toMatchObject({ isEnded: true });
  });

  it('is not there where nothing was archived', async () => {
    const at = playlistsAt(T0 + 10_000_000);
    expect(await sliding(at, shift(10_000_000 - 1_000_000))).toBeUndefined();
    expect(
      await at.playlists.sliding({ ...stream, id: { ...ARCHIVED, name: 'other' } }, shift(10_000_000)),
    ).toBeUndefined();
  });

  it('has names of transport streams without a map, and keys as live has them', async () => {
    const ts = await sliding(playlistsAt(T0 + 600_000), shift(560_000, 'ts'), ({ wallMs }) => `${wallMs - T0}.key`);
    expect(ts?.segments[0]).toMatchObject({ uri: '1017.ts', key: { method: 'AES-128', uri: '34000.key' } });
    expect(ts?.segments[0]?.key?.iv).toBeUndefined();
    expect(ts?.segments[0]?.map).toBeUndefined();
  });
});

describe('a window', () => {
  const window = (startMs: number, endMs: number, lagMs: number) =>
    ({ container: 'fmp4', kind: 'window', startMs: T0 + startMs, endMs: T0 + endMs, lagMs }) as const;

  it('lists nothing of before and after, and ends', async () => {
    const at = playlistsAt(T0 + 600_000);
    const playlist = window(40_000, 50_000, 560_000);
    expect(await sliding(at, playlist)).toMatchObject({ numbers: range(1020, 1022), mediaSequence: 1020 });
    at.setNow(T0 + 604_000);
    expect((await sliding(at, playlist))?.isEnded).toBe(true);
    at.setNow(T0 + 700_000);
    expect(await sliding(at, playlist)).toMatchObject({ numbers: range(1020, 1024), isEnded: true });
  });

  it('goes on to an end that is still to come', async () => {
    const at = playlistsAt(T0 + 50_000);
    expect(await sliding(at, window(40_000, 86_000, 10_000))).not.toHaveProperty('isEnded');
    at.setNow(T0 + 95_000);
    expect(await sliding(at, window(40_000, 86_000, 10_000))).toMatchObject({ isEnded: true });
  });
});

describe('a playlist of all at once', () => {
  const vod = (startMs: number, endMs: number, container: 'fmp4' | 'ts' = 'fmp4') =>
    ({ container, kind: 'vod', startMs: T0 + startMs, endMs: T0 + endMs }) as const;
  const readLong = async (
    at: ReturnType<typeof playlistsAt>,
    asked: ReturnType<typeof vod>,
    keyName?: () => string,
  ) => {
    const long = await at.playlists.long({ id: ARCHIVED, keyName }, asked);
    return long && { ...read((await piecesOf(long.chunks)).join('')), count: long.count };
  };

  it('has every segment of the time, each discontinuity and map, and an end', async () => {
    const playlist = await readLong(playlistsAt(T0 + 9_000_000), vod(60_500, 3_620_000));
    expect(playlist?.numbers).toEqual([...range(1030, 1044), ...range(1100, 1129), ...range(5000, 5003)]);
    expect(playlist).toMatchObject({
      playlistType: 'VOD',
      isEnded: true,
      targetDurationSeconds: 5,
      mediaSequence: 1030,
      start: { timeOffsetSeconds: 0.5, isPrecise: true },
    });
    const marked = playlist!.numbers.filter((_, index) => playlist!.segments[index]?.isDiscontinuity);
    expect(marked).toEqual([1100, 1115, 5000]);
    const maps = playlist!.segments.map(({ map }) => map?.uri);
    expect(new Set(maps).size).toBe(2);
    expect(maps[0]).toBe(maps.at(-1));
    expect(maps[20]).not.toBe(maps[0]);
  });

  it('writes initialization vectors where the numbers are not those that players count', async () => {
    const playlist = await readLong(playlistsAt(T0 + 9_000_000), vod(84_000, 120_000, 'ts'), () => '0.key');
    const ivs = playlist!.segments.map(
      ({ key }) => key?.iv && new DataView(key.iv.buffer, key.iv.byteOffset).getBigUint64(8),
    );
    expect(playlist!.numbers).toEqual([1042, 1043, 1044, 1100, 1101, 1102, 1103, 1104]);
    expect(ivs).toEqual([undefined, undefined, undefined, 1100n, 1101n, 1102n, 1103n, 1104n]);
  });

  it('comes in pieces as short as the pages of the archive, and is the same text as one of a single page', async () => {
    const asked = vod(0, 120_000);
    const { archive } = archived;
    const textOf = async (most: number) => {
      const paged = archiveWith(archive, {
        async *pages(...time) {
          const all = await archive.between(...time);
          for (let at = 0; at < all.length; at += most) yield all.slice(at, at + most);
        },
      });
      const playlists = new ShiftedPlaylists({ archive: paged, wallMs: () => T0 + 9_000_000, onListed: () => {} });
      const long = await playlists.long({ id: ARCHIVED, keyName: ({ wallMs }) => `${wallMs}.key` }, asked);
      return piecesOf(long!.chunks);
    };
    const whole = await textOf(1000);
    const pieces = await textOf(7);
    expect(pieces.length).toBeGreaterThan(7);
    expect(pieces.join('')).toBe(whole.join(''));
    for (const piece of pieces) expect(piece.match(/#EXTINF/g)?.length ?? 0).toBeLessThanOrEqual(7);
  });

  it('has nothing that came after it was begun', async () => {
    const at = playlistsAt(T0 + 9_000_000);
    const { archive } = archived;
    const playlists = new ShiftedPlaylists({
      archive: archiveWith(archive, { extent: (id, fromMs) => archive.extent(id, fromMs, T0 + 80_000) }),
      wallMs: () => T0 + 9_000_000,
      onListed: () => {},
    });
    const long = await playlists.long({ id: ARCHIVED, keyName: undefined }, vod(60_000, 120_000));
    expect(read((await piecesOf(long!.chunks)).join('')).numbers).toEqual(range(1030, 1039));
    expect((await readLong(at, vod(60_000, 120_000)))?.numbers.length).toBeGreaterThan(10);
  });

  it('is not there where nothing was archived', async () => {
    expect(await readLong(playlistsAt(T0 + 9_000_000), vod(1_000_000, 2_000_000))).toBeUndefined();
  });
});

describe('a viewer who begins', () => {
  const open = async (nowMs: number, asked: Parameters<ShiftedPlaylists['open']>[1]) =>
    playlistsAt(T0 + nowMs).playlists.open(ARCHIVED, asked);

  it('begins where he asked to', async () => {
    expect(await open(600_000, { kind: 'shift', lagMs: 560_500 })).toEqual({
      playlist: { kind: 'shift', lagMs: 560_500 },
      startMs: T0 + 39_500,
    });
    expect(await open(600_000, { kind: 'window', startMs: T0 + 40_000, endMs: T0 + 60_000 })).toMatchObject({
      playlist: { kind: 'window', startMs: T0 + 40_000, endMs: T0 + 60_000, lagMs: 560_000 },
    });
    expect(await open(600_000, { kind: 'vod', startMs: T0 + 40_000, endMs: T0 + 60_000 })).toEqual({
      playlist: { kind: 'vod', startMs: T0 + 40_000, endMs: T0 + 60_000 },
      startMs: T0 + 40_000,
    });
  });

  it('begins with what comes next where nothing was archived', async () => {
    expect(await open(9_000_000, { kind: 'shift', lagMs: 9_000_000 - 300_000 })).toEqual({
      playlist: { kind: 'shift', lagMs: 5_400_000 },
      startMs: T0 + 3_600_000,
    });
    expect(await open(9_000_000, { kind: 'window', startMs: T0 - 5000, endMs: T0 + 5000 })).toMatchObject({
      startMs: T0,
    });
  });

  it('plays the newest while that is being made', async () => {
    expect(await open(90_500, { kind: 'shift', lagMs: 200 })).toMatchObject({
      playlist: { kind: 'shift', lagMs: 200 },
    });
  });

  it('is told where there is nothing', async () => {
    expect(await open(9_000_000, { kind: 'shift', lagMs: 1_000_000 })).toBeUndefined();
    expect(await open(9_000_000, { kind: 'vod', startMs: T0 + 300_000, endMs: T0 + 400_000 })).toBeUndefined();
  });

  it('reads near times first', async () => {
    const asked: [from: number, to: number][] = [];
    const reader = archiveWith(archived.archive, {
      timeline: (id, from, to) => {
        asked.push([from, to]);
        return archived.archive.timeline(id, from, to);
      },
    });
    const playlists = new ShiftedPlaylists({ archive: reader, wallMs: () => T0 + 9_000_000, onListed: () => {} });
    await playlists.open(ARCHIVED, { kind: 'shift', lagMs: 9_000_000 });
    expect(asked).toEqual([[T0, T0 + 300_000]]);
  });
});
