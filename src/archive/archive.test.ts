import { mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamId } from '../live/index.ts';
import { createLogger } from '../log/index.ts';
import { Archive } from './archive.ts';
import { streamFolder } from './layout.ts';
import { LoadedDays } from './loaded-days.ts';
import { StreamArchive } from './stream-archive.ts';
import { keep, TEST_ID, TEST_TRACKS, write } from './test-media.ts';

const NOON_MS = Date.UTC(2026, 10, 29, 12);
const MIDNIGHT_MS = Date.UTC(2026, 10, 30);
const HOUR_MS = 3_600_000;
const log = createLogger({ level: 'silent' });

let folder: string;
let nowMs: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-archive-test-'));
  nowMs = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const openArchive = () => new Archive({ folder, log, nowMs: () => nowMs, reserveBytes: 0 });
const dayFolder = (day = '2026-11-29', id = TEST_ID) => join(streamFolder(folder, id), day);
const numbers = (segments: readonly { readonly number: number }[]) => segments.map(({ number }) => number);
const range = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

/** Everything there is, read and compared with what was written. */
async function readable(archive: Archive, written: ReadonlyMap<number, Buffer>, id = TEST_ID): Promise<number[]> {
  const found = await archive.between(id, 0, 1e14);
  for (const segment of found) {
    const bytes = Buffer.from(await archive.bytes(id, segment));
    const whole = written.get(segment.number)!;
    // Of one whose end was torn off there are whole parts.
    expect(whole.subarray(0, bytes.length).equals(bytes)).toBe(true);
  }
  return numbers(found);
}

describe('a day', () => {
  it('has a slice of which nothing had come into its index at a crash, whoever asks first', async () => {
    const archive = openArchive();
    await keep(archive, { first: 100, count: 5, wallMs: NOON_MS });
    const index = join(dayFolder(), 'index');
    const before = await readFile(index);
    await keep(archive, { first: 200, count: 2, wallMs: NOON_MS + 60_000 });
    const asks: readonly ((of: Archive) => Promise<number | undefined>)[] = [
      async (of) => (await of.since(TEST_ID, 105))[0]?.number,
      async (of) => (await of.find(TEST_ID, 200))?.number,
      async (of) => (await of.from(TEST_ID, 200, 5))[0]?.number,
      async (of) => (await of.between(TEST_ID, NOON_MS + 50_000, 1e14))[0]?.number,
    ];
    for (const ask of asks) {
      await writeFile(index, before);
      expect(await ask(openArchive())).toBe(200);
    }
  });

  it('is told apart from the next at midnight, and read as one with it', async () => {
    const archive = openArchive();
    const written = await keep(archive, { first: 10, count: 60, wallMs: MIDNIGHT_MS - 60_000 });
    expect(await readdir(streamFolder(folder, TEST_ID))).toEqual(['2026-11-29', '2026-11-30']);
    for (const each of [archive, openArchive()]) {
      expect(await readable(each, written)).toEqual(range(10, 60));
      expect(numbers(await each.from(TEST_ID, 30, 100))).toEqual(range(30, 40));
      expect(numbers(await each.before(TEST_ID, 45, 20_000))).toEqual(range(35, 10));
      expect(await each.timeline(TEST_ID, 0, 1e14)).toEqual([
        { startMs: MIDNIGHT_MS - 60_000, endMs: MIDNIGHT_MS + 60_000 },
      ]);
    }
  });

  it.each([
    ['back, over midnight', MIDNIGHT_MS + 60_000, -HOUR_MS],
    ['forth, over midnight', MIDNIGHT_MS - 120_000, HOUR_MS],
    ['back, within the day', NOON_MS, -HOUR_MS],
    ['back into the middle of what is there', NOON_MS, -60_000],
  ])('is found by number and by time when the clock is set %s', async (_, startMs, stepMs) => {
    const archive = openArchive();
    const before = await keep(archive, { first: 100, count: 60, wallMs: startMs });
    const after = await keep(archive, { first: 200, count: 60, wallMs: startMs + 120_000 + stepMs });
    const written = new Map([...before, ...after]);
    for (const each of [archive, openArchive()]) {
      expect(await readable(each, written)).toEqual([...range(100, 60), ...range(200, 60)]);
      expect(numbers(await each.from(TEST_ID, 200, 99))).toEqual(range(200, 60));
      for (const number of [100, 159, 200, 259]) expect((await each.find(TEST_ID, number))?.number).toBe(number);
      for (const [at, number] of [
        [startMs + 30_000, 115],
        [startMs + 120_000 + stepMs + 30_000, 215],
      ] as const) {
        expect(numbers(await each.between(TEST_ID, at, at + 2000))).toContain(number);
      }
      for (const { startMs: from, endMs: to } of await each.timeline(TEST_ID, 0, 1e14))
        expect(to).toBeGreaterThan(from);
    }
  });

  it('is one object, however many use it at once and however little memory there is', async () => {
    await keep(openArchive(), { first: 10, count: 30, wallMs: NOON_MS });
    await keep(openArchive(), { first: 50, count: 30, wallMs: MIDNIGHT_MS });
    const stream = new StreamArchive(TEST_ID, streamFolder(folder, TEST_ID), new LoadedDays(1));
    const place = { storage: 'cloud', object: 'x', atMs: 1 };
    await Promise.all([
      stream.use('2026-11-29', (day) => day.queued(10)),
      stream.use('2026-11-30', (day) => day.queued(50)),
      stream.find(12),
      stream.use('2026-11-29', (day) => day.uploaded(10, place)),
      stream.find(52),
      stream.use('2026-11-30', (day) => day.uploaded(50, place)),
      stream.use('2026-11-29', (day) => day.trim(10)),
    ]);
    for (const name of ['2026-11-29', '2026-11-30']) {
      const again = await new StreamArchive(TEST_ID, stream.folder, new LoadedDays()).slicesOf(name);
      expect(again[0]).toMatchObject({ isQueued: true, remote: place, isHere: name === '2026-11-30' });
    }
    // The other day comes into memory while this one is changed.
    await stream.use('2026-11-29', async (day) => {
      await stream.use('2026-11-30', (other) => other.queued(50));
      await stream.use('2026-11-29', (same) => expect(same).toBe(day));
    });
  });
});

describe('an index', () => {
  it('whose lines are damaged, one after the other, loses nothing', async () => {
    const archive = openArchive();
    const written = await keep(archive, { first: 10, count: 65, wallMs: NOON_MS });
    await archive.stream(TEST_ID).use('2026-11-29', (day) => day.uploaded(40, { storage: 's', object: 'o', atMs: 5 }));
    const index = join(dayFolder(), 'index');
    const text = await readFile(index, 'utf8');
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBe(1 + 3 + 65 + 3 + 1);
    for (const [at, line] of lines.entries()) {
      if (line.includes('["g"') && at % 9 > 0) continue;
      // What becomes of a slice that its index has no longer is not known: it is uploaded again.
      const isOfUpload = /\["(u|i|s",40)/.test(line);
      await writeFile(index, lines.map((each, other) => (other === at ? `X${each.slice(1)}\n` : `${each}\n`)).join(''));
      for (const each of [openArchive(), openArchive()]) {
        expect(await readable(each, written)).toEqual(range(10, 65));
        const slice = (await each.stream(TEST_ID).slicesOf('2026-11-29'))[1];
        expect(slice?.remote?.object).toBe(isOfUpload ? undefined : 'o');
      }
    }
  });

  it.each([
    ['vanished', (text: string) => text.slice(0, 0)],
    ['was cut', (text: string) => text.slice(0, 3000)],
    ['ends in zeros', (text: string) => `${text.slice(0, 3000)}${'\0'.repeat(500)}`],
    ['is not text', (text: string) => `\u0000\n\n${text.slice(2000)}`],
  ])('that %s is made again from the slices', async (_, damaged) => {
    const archive = openArchive();
    const written = await keep(archive, { first: 10, count: 65, wallMs: NOON_MS });
    const before = await archive.between(TEST_ID, 0, 1e14);
    const index = join(dayFolder(), 'index');
    await writeFile(index, damaged(await readFile(index, 'utf8')));
    for (const each of [openArchive(), openArchive()]) {
      expect(await each.between(TEST_ID, 0, 1e14)).toEqual(before);
      expect(await readable(each, written)).toEqual(range(10, 65));
    }
    // It goes on from there.
    const more = await keep(openArchive(), { first: 100, count: 2, wallMs: NOON_MS + HOUR_MS });
    expect(await readable(openArchive(), new Map([...written, ...more]))).toEqual([...range(10, 65), 100, 101]);
  });

  it('is not taken for absent where it cannot be read', async () => {
    await keep(openArchive(), { first: 10, count: 3, wallMs: NOON_MS });
    const index = join(dayFolder(), 'index');
    await rm(index);
    await symlink('index', index);
    await expect(openArchive().find(TEST_ID, 11)).rejects.toMatchObject({ code: 'ELOOP' });
  });
});

describe('a slice', () => {
  it('that vanished takes only its own segments with it', async () => {
    const written = await keep(openArchive(), { first: 10, count: 90, wallMs: NOON_MS });
    await rm(join(dayFolder(), '40.mp4'));
    for (const each of [openArchive(), openArchive()]) {
      expect(await readable(each, written)).toEqual([...range(10, 30), ...range(70, 30)]);
      expect(await each.timeline(TEST_ID, 0, 1e14)).toHaveLength(2);
      expect(numbers(await each.from(TEST_ID, 35, 20))).toEqual(range(35, 5));
    }
  });

  it('that was cut at any byte has what is whole before', async () => {
    const archive = openArchive();
    const written = await keep(archive, { first: 10, count: 40, wallMs: NOON_MS });
    const ends = (await archive.between(TEST_ID, 0, 1e14)).slice(0, 30);
    const file = join(dayFolder(), '10.mp4');
    const slice = await readFile(file);
    const index = await readFile(join(dayFolder(), 'index'));
    const lastPart = slice.lastIndexOf('moof') - 4;
    const end = ends.at(-1)!.offset + ends.at(-1)!.sizeBytes;
    const cuts = [
      ...Array.from({ length: Math.floor(slice.length / 1009) }, (_, index) => slice.length - 1 - index * 1009),
      ...Array.from({ length: end - lastPart + 1 }, (_, index) => lastPart + index),
    ];
    for (const bytes of cuts) {
      await writeFile(file, slice.subarray(0, bytes));
      await writeFile(join(dayFolder(), 'index'), index);
      const found = await readable(openArchive(), written);
      const whole = ends.filter(({ offset, sizeBytes }) => offset + sizeBytes <= bytes).length;
      const rest = found.filter((number) => number < 40);
      // The last may be there in part.
      expect([whole, whole + 1]).toContain(rest.length);
      expect(rest).toEqual(range(10, rest.length));
      expect(found.filter((number) => number >= 40)).toEqual(range(40, 10));
    }
  });

  it('that ends in zeros after a power loss ends before them', async () => {
    const archive = openArchive();
    const run = { first: 10, count: 5, wallMs: NOON_MS, frameBytes: 3000 };
    const written = await keep(archive, run);
    const last = (await archive.find(TEST_ID, 14))!;
    const file = join(dayFolder(), '10.mp4');
    const slice = await readFile(file);
    const index = join(dayFolder(), 'index');
    const lines = (await readFile(index, 'utf8')).split('\n');
    for (let from = last.offset - 4000; from < last.offset + last.sizeBytes - 100; from += 1009) {
      await writeFile(file, Buffer.concat([slice.subarray(0, from), Buffer.alloc(slice.length - from)]));
      // Its end is not in the index, as it was not on the disk.
      await writeFile(index, `${lines.slice(0, -2).join('\n')}\n`);
      const again = openArchive();
      for (const segment of await again.between(TEST_ID, 0, 1e14)) {
        expect(segment.offset + segment.sizeBytes).toBeLessThanOrEqual(from);
      }
      expect((await readable(again, written)).length).toBeGreaterThanOrEqual(3);
    }
  });

  it('whose list of what is in it is damaged anywhere is looked through', async () => {
    const archive = openArchive();
    const written = await keep(archive, { first: 10, count: 5, wallMs: NOON_MS });
    const before = await archive.between(TEST_ID, 0, 1e14);
    const { offset, sizeBytes } = before.at(-1)!;
    const file = join(dayFolder(), '10.mp4');
    const slice = await readFile(file);
    for (let at = offset + sizeBytes; at < slice.length; at += 13) {
      const damaged = Buffer.from(slice);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      await writeFile(file, damaged);
      await rm(join(dayFolder(), 'index'));
      const again = openArchive();
      expect(await again.between(TEST_ID, 0, 1e14)).toEqual(before);
      expect(await readable(again, written)).toEqual(range(10, 5));
    }
  });

  it('that is damaged within is said to be, and never given', async () => {
    const archive = openArchive();
    await keep(archive, { first: 10, count: 5, wallMs: NOON_MS });
    const segment = (await archive.find(TEST_ID, 13))!;
    await truncate(join(dayFolder(), '10.mp4'), segment.offset + 10);
    await expect(archive.bytes(TEST_ID, segment)).rejects.toMatchObject({ code: 'SEGMENT_DAMAGED' });
    await rm(join(dayFolder(), '10.mp4'));
    await expect(archive.bytes(TEST_ID, segment)).rejects.toMatchObject({ code: 'SEGMENT_GONE' });
  });

  it('is read or gone while it is deleted, and nothing else', async () => {
    const archive = openArchive();
    const written = await keep(archive, { first: 10, count: 65, wallMs: NOON_MS });
    const found = await archive.between(TEST_ID, 0, 1e14);
    const reads = found.map(async (segment) => {
      const bytes = await archive.bytes(TEST_ID, segment).catch((error) => error.code);
      expect(bytes === 'SEGMENT_GONE' || written.get(segment.number)!.equals(bytes)).toBe(true);
    });
    const deletes = [10, 40].map((first) => archive.stream(TEST_ID).use('2026-11-29', (day) => day.delete(first)));
    await Promise.all([...reads, ...deletes]);
    expect(await readable(archive, written)).toEqual(range(70, 5));
    expect(await readdir(dayFolder())).toEqual(['70.mp4', 'index']);
    // A crash came between a line and its file.
    await writeFile(join(dayFolder(), '10.mp4'), 'left behind');
    expect(await readable(openArchive(), written)).toEqual(range(70, 5));
    expect(await readdir(dayFolder())).toEqual(['70.mp4', 'index']);
  });

  it('keeps what there is of a segment that never got whole, at once', async () => {
    const archive = openArchive();
    const written = await keep(archive, { first: 10, count: 3, wallMs: NOON_MS, isTorn: true });
    for (const each of [archive, openArchive()]) {
      expect(await readable(each, written)).toEqual([10, 11, 12]);
      expect(await each.find(TEST_ID, 12)).toMatchObject({ durationMs: 2000 });
    }
  });
});

describe('writers', () => {
  it('of one stream write one after the other', async () => {
    const archive = openArchive();
    const hearers = { onTrouble: () => undefined, onLost: () => undefined };
    const [first, second] = [archive.writer(TEST_ID, hearers), archive.writer(TEST_ID, hearers)];
    const later = write(second, { first: 50, count: 40, wallMs: NOON_MS + 100_000 });
    const earlier = write(first, { first: 10, count: 40, wallMs: NOON_MS });
    await Promise.all([archive.release(second), archive.release(first)]);
    const written = new Map([...earlier, ...later]);
    for (const each of [archive, openArchive()]) expect(await readable(each, written)).toEqual(range(10, 80));
  });

  it('refuse numbers that are taken, and say what to do', async () => {
    const archive = openArchive();
    const written = await keep(archive, { first: 10, count: 5, wallMs: NOON_MS });
    const told: unknown[] = [];
    const writer = archive.writer(TEST_ID, {
      onTrouble: (error) => told.push(error),
      onLost: (count) => told.push(count),
    });
    write(writer, { first: 14, count: 1, wallMs: NOON_MS + 60_000 });
    await archive.release(writer);
    expect(told).toEqual([expect.objectContaining({ code: 'NUMBER_TAKEN' }), 1]);
    expect(await readable(archive, written)).toEqual(range(10, 5));
  });

  it('go on where the disk lets them, and count what was lost', async () => {
    const archive = openArchive();
    const told: unknown[] = [];
    let lost = 0;
    const writer = archive.writer(TEST_ID, {
      onTrouble: (error) => told.push((error as { code?: string } | undefined)?.code),
      onLost: (count) => {
        lost += count;
      },
      onKept: () => told.push('kept'),
    });
    // A file stands where the folder should be.
    await writeFile(join(folder, 'default'), '');
    const run = { count: 2, wallMs: NOON_MS };
    write(writer, { ...run, first: 10 });
    await expect.poll(() => lost).toBe(2);
    await rm(join(folder, 'default'));
    nowMs = 500;
    write(writer, { ...run, first: 20 });
    await expect.poll(() => lost).toBe(4);
    nowMs = 1000;
    const written = write(writer, { ...run, first: 30 });
    await archive.release(writer);
    expect(told).toEqual(['ENOTDIR', undefined, 'kept', 'kept']);
    expect(await readable(archive, written)).toEqual([30, 31]);
  });

  it('give up whole segments when the disk is slow, and are well afterwards', async () => {
    const archive = openArchive();
    const told: (string | undefined)[] = [];
    const hearers = { onTrouble: (error: unknown) => told.push((error as { code?: string } | undefined)?.code) };
    const [slow, writer] = [
      archive.writer(TEST_ID, { ...hearers, onLost: () => undefined }),
      archive.writer(TEST_ID, { ...hearers, onLost: () => told.push('lost'), maxWaitingBytes: 100_000 }),
    ];
    const written = write(writer, { first: 10, count: 5, wallMs: NOON_MS, frameBytes: 9000 });
    expect(told).toEqual(['DISK_SLOW', 'DISK_SLOW', 'DISK_SLOW']);
    await archive.release(slow);
    await expect.poll(() => told.filter((each) => each === 'lost').length).toBe(3);
    const more = write(writer, { first: 20, count: 1, wallMs: NOON_MS + 60_000 });
    await archive.release(writer);
    expect(told.slice(3)).toEqual(['lost', 'lost', 'lost', undefined]);
    expect(await readable(archive, new Map([...written, ...more]))).toEqual([10, 11, 20]);
  });
});

describe('names', () => {
  const names: StreamId[] = [
    { domain: 'default', app: 'live/a/b', name: 'demo' },
    { domain: 'default', app: 'live', name: '..' },
    { domain: 'default', app: '.', name: '100%' },
    { domain: 'default', app: '直播'.repeat(60), name: 'é'.repeat(200) },
    { domain: 'default', app: '直播'.repeat(60), name: `${'é'.repeat(199)}e` },
    { domain: 'default', app: '2026-11-29', name: '2026-11-29' },
  ];

  it('of any kind have folders of their own, and are told from them', async () => {
    const archive = openArchive();
    for (const [index, id] of names.entries()) await keep(archive, { first: index, count: 1, wallMs: NOON_MS }, id);
    const again = openArchive();
    const found: StreamId[] = [];
    for await (const id of again.streams()) found.push(id);
    expect(found).toHaveLength(names.length);
    expect(found).toEqual(expect.arrayContaining(names));
    for (const [index, id] of names.entries()) expect(numbers(await again.between(id, 0, 1e14))).toEqual([index]);
  });

  it('that nobody archived leave nothing behind', async () => {
    const archive = openArchive();
    const id = { ...TEST_ID, name: 'never' };
    expect(await archive.find(id, 1)).toBeUndefined();
    expect(await archive.timeline(id, 0, 1e14)).toEqual([]);
    await expect(stat(streamFolder(folder, id))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(TEST_TRACKS.audio).toBeUndefined();
  });
});
