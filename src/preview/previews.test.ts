import { execFileSync } from 'node:child_process';
import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { ArchivedInterval } from '../archive/index.ts';
import { createLogger } from '../log/index.ts';
import { PreviewKeeping } from './preview-keeping.ts';
import { PreviewTrack } from './preview-track.ts';
import { Previews } from './previews.ts';

const ID = { domain: 'default', app: 'live', name: 'demo' };
const NOON = Date.UTC(2026, 10, 29, 12);
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const log = createLogger({ level: 'silent' });
const ENCODER = ['-pix_fmt', 'yuvj420p', '-c:v', 'mjpeg', '-huffman', 'default', '-q:v', '5', '-f', 'image2pipe', '-'];

function jpeg(colour: string, size = '32x16'): Uint8Array {
  const source = ['-f', 'lavfi', '-i', `color=${colour}:size=${size}`, '-frames:v', '1'];
  return execFileSync('ffmpeg', ['-v', 'error', ...source, ...ENCODER]);
}

/** The mean luma of each place of a sheet. */
function lumasOf(sheet: Uint8Array, pitch = 16): number[] {
  const args = ['-v', 'error', '-xerror', '-f', 'mjpeg', '-i', '-', '-vf', 'extractplanes=y', '-f', 'rawvideo', '-'];
  const luma = execFileSync('ffmpeg', args, { input: sheet });
  return Array.from({ length: luma.length / (32 * pitch) }, (_, place) => luma[place * 32 * pitch] ?? 0);
}

const [BLACK, WHITE, TALL] = [jpeg('black'), jpeg('white'), jpeg('white', '16x32')];

let dir: Awaited<ReturnType<typeof tempDir>>;
let folder = '';
let isFull = false;
beforeEach(async () => {
  dir = await tempDir('previews');
  folder = join(dir.path, 'demo/previews');
  isFull = false;
});
afterEach(() => dir.remove());

function open(): Previews {
  const folderOf = ({ name }: { name: string }) => join(dir.path, name);
  const checkRoom = async () => {
    if (isFull) throw new Error('there is no room');
  };
  return new Previews({ folderOf, checkRoom, nowMs: () => 0, log });
}

/** Closed, so that all of it is on the disk. */
async function keep(...pictures: readonly (readonly [atWallMs: number, jpeg: Uint8Array])[]): Promise<void> {
  const previews = open();
  for (const [atWallMs, bytes] of pictures) previews.keep(ID, bytes, atWallMs);
  await previews.close();
}

const times = async (previews: Previews, fromMs = NOON - DAY, toMs = NOON + DAY) =>
  (await previews.between(ID, fromMs, toMs)).map(({ atWallMs }) => atWallMs - NOON);

describe('Previews', () => {
  it('keeps pictures over a restart, and over hours and days', async () => {
    await keep([NOON - 13 * HOUR, BLACK], [NOON - 5000, WHITE], [NOON, BLACK]);
    await keep([NOON + 5000, TALL]);
    const previews = open();
    const found = await previews.between(ID, NOON - 5000, NOON + 5001);
    expect(found.map(({ atWallMs, width, height }) => [atWallMs - NOON, width, height])).toEqual([
      [-5000, 32, 16],
      [0, 32, 16],
      [5000, 16, 32],
    ]);
    const bytes = await previews.jpegs(ID, found);
    expect(bytes.map((each) => each && Buffer.from(each))).toEqual(
      [WHITE, BLACK, TALL].map((each) => Buffer.from(each)),
    );
    expect(await times(previews)).toEqual([-13 * HOUR, -5000, 0, 5000]);
    expect((await readdir(folder)).sort()).toEqual([
      ...['2026-11-28.index', '2026-11-28T23.jpgs', '2026-11-29.index', '2026-11-29T11.jpgs', '2026-11-29T12.jpgs'],
    ]);
  });

  it('finds what comes while it reads, and again what was made anew', async () => {
    const reader = open();
    expect(await times(reader)).toEqual([]);
    await keep([NOON, BLACK]);
    expect(await times(reader)).toEqual([0]);
    await keep([NOON + 5000, WHITE], [NOON + 2000, BLACK]);
    expect(await times(reader)).toEqual([0, 2000, 5000]);
    const index = join(folder, '2026-11-29.index');
    const line = (await readFile(index, 'utf8')).split('\n')[0]!;
    await appendFile(index, line.slice(0, 20));
    expect(await times(reader)).toEqual([0, 2000, 5000]);
    await appendFile(index, `${line.slice(20)}\n`);
    expect(await times(reader)).toEqual([0, 0, 2000, 5000]);
    await rm(folder, { recursive: true });
    expect(await times(reader)).toEqual([]);
    await keep([NOON + 9000, WHITE]);
    expect(await times(reader)).toEqual([9000]);
  });

  it('loses of a torn end only what was torn, and of a damaged line only that', async () => {
    await keep([NOON, BLACK], [NOON + 5000, WHITE], [NOON + 10_000, BLACK]);
    const index = join(folder, '2026-11-29.index');
    const text = await readFile(index, 'utf8');
    await truncate(index, text.length - 7);
    await appendFile(join(folder, '2026-11-29T12.jpgs'), 'half a pic');
    const reader = open();
    expect(await times(reader)).toEqual([0, 5000]);
    await keep([NOON + 15_000, WHITE]);
    expect(await times(reader)).toEqual([0, 5000, 15_000]);
    const [last] = await reader.between(ID, NOON + 15_000, NOON + DAY);
    expect(Buffer.from((await reader.jpegs(ID, [last!]))[0]!)).toEqual(Buffer.from(WHITE));
    await writeFile(index, text.replace(/"p",(\d+)/, '"p",4$1'));
    expect(await times(open())).toEqual([5000, 10_000]);
  });

  it('gives up pictures for which there is no room, or no folder, and goes on when there is', async () => {
    isFull = true;
    await keep([NOON, BLACK]);
    isFull = false;
    await keep([NOON + 5000, BLACK], [NOON + 7000, new Uint8Array(10)]);
    await writeFile(join(dir.path, 'other'), '');
    const previews = open();
    previews.keep({ ...ID, name: 'other' }, BLACK, NOON);
    previews.keep(ID, BLACK, NOON + 10_000);
    await previews.close();
    expect(await times(open())).toEqual([5000, 10_000]);
    expect(await open().between({ ...ID, name: 'other' }, 0, NOON + DAY)).toEqual([]);
  });
});

describe('PreviewTrack', () => {
  const STREAM = { pictured: ID, played: ID, sinceMs: 0 };
  const track = (intervals: readonly ArchivedInterval[] = [{ startMs: 0, endMs: NOON + DAY }], wallMs = NOON + DAY) =>
    new PreviewTrack({ previews: open(), archive: { timeline: async () => intervals }, wallMs: () => wallMs });
  const urlOf = (name: string, query: string) => (query === '' ? name : `${name}?${query}`);
  const cuesOf = async (lengthMs: number, from: PreviewTrack = track(), stream = STREAM) =>
    (await from.cues(stream, { startMs: NOON, endMs: NOON + lengthMs }, urlOf)).map((cue) => ({
      from: cue.fromWallMs - NOON,
      until: cue.untilWallMs - NOON,
      url: cue.url,
      y: cue.y,
    }));
  const sheetAt = (url: string) => {
    const [, start, step, kind = ''] = /^sprite-(\d+)-(\d+)-([0-9a-f]{8})\.jpg/.exec(url) ?? [];
    return { startSeconds: Number(start), stepSeconds: Number(step), kind };
  };

  it('has each picture of a short time, in sheets that are the same for all who look', async () => {
    await keep([NOON + 1000, WHITE], [NOON + 6000, BLACK], [NOON + 16_000, WHITE], [NOON + 200_000, BLACK]);
    const cues = await cuesOf(10 * MINUTE);
    const [first, second] = [cues[0]!.url, cues[3]!.url];
    expect(first).toMatch(new RegExp(`^sprite-${NOON / 1000}-5-[0-9a-f]{8}.jpg$`));
    expect(second).toBe(first.replace(String(NOON / 1000), String(NOON / 1000 + 180)));
    expect(cues).toEqual([
      { from: 1000, until: 6000, url: first, y: 0 },
      { from: 6000, until: 16_000, url: first, y: 16 },
      { from: 16_000, until: 200_000, url: first, y: 48 },
      { from: 200_000, until: 600_000, url: second, y: 64 },
    ]);
    expect(lumasOf((await track().sheet(STREAM, sheetAt(first)))!)).toEqual([255, 0, 128, 255]);
    expect(await track().sheet(STREAM, { ...sheetAt(first), kind: '00000000' })).toBeUndefined();
    expect(await track().sheet(STREAM, { ...sheetAt(first), startSeconds: 1800 })).toBeUndefined();
  });

  it('has few pictures of a long time, and those only in its sheets', async () => {
    await keep(...Array.from({ length: 60 }, (_, i) => [NOON + i * 10_000, i % 30 === 0 ? WHITE : BLACK] as const));
    const cues = await cuesOf(DAY);
    expect(cues.map(({ from }) => from)).toEqual([0, 300_000]);
    expect(lumasOf((await track().sheet(STREAM, sheetAt(cues[0]!.url)))!)).toEqual([255, 255]);
  });

  it('has pictures of other sizes in sheets of their own', async () => {
    await keep([NOON, WHITE], [NOON + 5000, TALL], [NOON + 10_000, BLACK]);
    const cues = await cuesOf(MINUTE);
    expect(cues.map(({ y }) => y)).toEqual([0, 32, 32]);
    const [wide, tall] = [cues[0]!.url, cues[1]!.url];
    expect([cues[2]!.url, tall === wide]).toEqual([wide, false]);
    expect(lumasOf((await track().sheet(STREAM, sheetAt(wide)))!)).toEqual([255, 128, 0]);
  });

  it('says of a sheet that grows how far it has grown', async () => {
    await keep([NOON, WHITE], [NOON + 10_000, BLACK]);
    const growing = track(undefined, NOON + 5 * MINUTE);
    expect((await cuesOf(MINUTE, growing)).map(({ url }) => url.split('?')[1])).toEqual(['tiles=3', 'tiles=3']);
  });

  it('shows nothing of what cannot be played: not archived, deleted, or further back than anybody may go', async () => {
    const seconds = [0, 5, 10, 15, 20, 25];
    await keep(...seconds.map((second) => [NOON + second * 1000, WHITE] as const));
    const gap = [
      { startMs: NOON + 5000, endMs: NOON + 10_000 },
      { startMs: NOON + 20_000, endMs: NOON + 23_000 },
    ];
    const cues = await cuesOf(MINUTE, track(gap));
    expect(cues.map(({ from, until }) => [from, until])).toEqual([
      [5000, 10_000],
      [20_000, 23_000],
    ]);
    expect(lumasOf((await track(gap).sheet(STREAM, sheetAt(cues[0]!.url)))!)).toEqual([128, 255, 128, 128, 255]);
    const since = { ...STREAM, sinceMs: NOON + 22_000 };
    expect((await cuesOf(MINUTE, track(), since)).map(({ from }) => from)).toEqual([25_000]);
  });

  it('is gray where a picture was lost', async () => {
    await keep([NOON, BLACK], [NOON + 5000, WHITE], [NOON + 10_000, BLACK]);
    const file = join(folder, '2026-11-29T12.jpgs');
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0, BLACK.length, BLACK.length + WHITE.length));
    const [cue] = await cuesOf(MINUTE);
    expect(lumasOf((await track().sheet(STREAM, sheetAt(cue!.url)))!)).toEqual([0, 128, 0]);
    await rm(file);
    expect(await track().sheet(STREAM, sheetAt(cue!.url))).toBeUndefined();
  });
});

describe('PreviewKeeping', () => {
  const RENDITION = { ...ID, name: 'demo_lsd' };
  let slices: Record<string, Record<string, number[]>>;
  let reads: string[];
  let onDiskBytes = 0;

  function keeping(wallMs: () => number): PreviewKeeping {
    const ids = [ID, RENDITION];
    return new PreviewKeeping({
      archive: {
        async *streams() {
          yield* ids;
        },
        stream: ({ name }: typeof ID) => ({
          days: async () =>
            Object.entries(slices[name] ?? {}).map(([day, ends]) => ({ name: day, changes: ends.length })),
          slicesOf: async (day: string) => {
            reads.push(`${name} ${day}`);
            return (slices[name]?.[day] ?? []).map((endMs) => ({ endMs }));
          },
        }),
      } as never,
      previews: open(),
      ownerOf: () => ID,
      wallMs,
      log,
      onDiskBytes: (bytes) => {
        onDiskBytes = bytes;
      },
    });
  }

  const hours = async () =>
    (await readdir(folder).catch(() => undefined))?.map((name) => name.replace('.jpgs', '').slice(5)).sort();

  it('deletes pictures with the hour that they show, and looks only at what changed', async () => {
    await keep(...[-26, -3, -2, -1, 0].map((hour) => [NOON + hour * HOUR + 1000, WHITE] as const));
    slices = {
      demo: { '2026-11-28': [NOON - 26 * HOUR + MINUTE], '2026-11-29': [-3, -2].map((h) => NOON + h * HOUR + MINUTE) },
    };
    reads = [];
    let nowMs = NOON + MINUTE;
    const kept = keeping(() => nowMs);
    await kept.tidy();
    // That of 11 may be shown still, though the archive has nothing of it yet.
    const all = ['11-28.index', '11-28T10', '11-29.index', '11-29T09', '11-29T10', '11-29T11', '11-29T12'];
    expect(await hours()).toEqual(all);
    expect(onDiskBytes).toBeGreaterThan(5 * WHITE.length);
    slices = {
      demo: { '2026-11-29': [NOON - 2 * HOUR + MINUTE] },
      demo_lsd: { '2026-11-29': [NOON - 3 * HOUR + MINUTE] },
    };
    reads = [];
    await kept.tidy();
    expect(await hours()).toEqual(all.slice(2));
    reads = [];
    await kept.tidy();
    expect(reads).toEqual([]);
    nowMs += DAY;
    slices = {};
    await kept.tidy();
    await kept.tidy();
    expect(await hours()).toBeUndefined();
    expect(onDiskBytes).toBe(0);
  });

  it('leaves what a slice of the day before reaches into', async () => {
    await keep([Date.UTC(2026, 10, 29) + 5000, WHITE], [Date.UTC(2026, 10, 29, 2), WHITE]);
    slices = { demo: { '2026-11-28': [Date.UTC(2026, 10, 29) + MINUTE] } };
    await keeping(() => NOON).tidy();
    expect(await hours()).toEqual(['11-29.index', '11-29T00']);
  });
});
