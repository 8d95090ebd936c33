import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamId } from '../live/index.ts';
import { createLogger } from '../log/index.ts';
import { Storages, Uploads } from '../storage/index.ts';
import { openStore } from '../store/index.ts';
import { Archive, type Pin } from './archive.ts';
import { objectOfSlice, streamFolder } from './layout.ts';
import { RemoteReader } from './remote-slices.ts';
import { SliceUploads } from './slice-uploads.ts';
import { type KeepRule, Sweeper } from './sweeper.ts';
import { keep, TEST_ID } from './test-media.ts';

const NOON_MS = Date.UTC(2026, 10, 29, 12);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SLICES = 4;
const log = createLogger({ level: 'silent' });
const FOREVER: KeepRule = { keepMs: 1e12, keepBytes: 0, storage: '', localMs: 0 };

let home: string;
let archive: Archive;
let openArchive: () => Archive;
let sweeper: Sweeper;
let rule: KeepRule;
let wallMs: number;
let onDiskBytes: number;
let requests: string[];
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headwater-sweeper-test-'));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
  const store = await openStore({ dataDir: home, databaseUrl: 'postgres://nobody@127.0.0.1:1/none', log });
  const storages = await Storages.open([{ kind: 'folder', name: 'cloud', folder: join(home, 'cloud') }], log);
  const uploads = await Uploads.open({ store, nodeId: 'node', log, storages, folder: join(home, 'uploads') });
  requests = [];
  const counted = (name: string) => {
    requests.push(name);
    return storages.get(name);
  };
  openArchive = () => {
    const { read: remote } = new RemoteReader({ storages: { get: counted } });
    return new Archive({ folder: join(home, 'archive'), log, nowMs: () => 0, reserveBytes: 0, remote });
  };
  archive = openArchive();
  [wallMs, rule, onDiskBytes] = [NOON_MS + 10 * MINUTE_MS, FOREVER, -1];
  sweeper = new Sweeper({
    archive,
    uploads: new SliceUploads({ archive, uploads, storages, nodeId: 'one', wallMs: () => wallMs, log }),
    ruleOf: () => rule,
    wallMs: () => wallMs,
    log,
    onDiskBytes: (bytes) => {
      onDiskBytes = bytes;
    },
  });
  cleanups.push(
    () => uploads.close(),
    () => store.close(),
  );
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Four slices of a minute, 30 segments each; their bytes. */
const fourMinutes = (first = 100, wall = NOON_MS, id?: StreamId) =>
  keep(archive, { first, count: 30 * SLICES, wallMs: wall }, id);

async function firstsLeft(): Promise<number[]> {
  const stream = archive.stream(TEST_ID);
  const slices = await Promise.all((await stream.days()).map(({ name }) => stream.slicesOf(name)));
  return slices.flat().map(({ first }) => first);
}

const filesIn = (folder: string) =>
  readdir(join(home, folder), { recursive: true }).then(
    (names) => names.filter((name) => name.endsWith('.mp4')),
    () => [],
  );

describe('what is kept', () => {
  it('is as old as the rule lets it be, and folders go with the last of it', async () => {
    await fourMinutes();
    await sweeper.sweep();
    expect(await firstsLeft()).toEqual([100, 130, 160, 190]);
    expect(onDiskBytes).toBeGreaterThan(1000);
    rule = { ...FOREVER, keepMs: 8 * MINUTE_MS };
    await sweeper.sweep();
    expect(await firstsLeft()).toEqual([160, 190]);
    expect(await filesIn('archive')).toHaveLength(2);
    wallMs += 20 * MINUTE_MS;
    await sweeper.sweep();
    expect(await readdir(join(home, 'archive'))).toEqual([]);
    await sweeper.sweep();
    expect(onDiskBytes).toBe(0);
    // The stream goes on later.
    await fourMinutes(1000, wallMs);
    expect(await firstsLeft()).toEqual([1000, 1030, 1060, 1090]);
  });

  it('is as much as the rule lets it be, over days', async () => {
    await fourMinutes(100, NOON_MS - DAY_MS);
    await fourMinutes(1000, NOON_MS);
    await sweeper.sweep();
    rule = { ...FOREVER, keepBytes: Math.round(onDiskBytes * 0.4) };
    await sweeper.sweep();
    expect(await firstsLeft()).toEqual([1030, 1060, 1090]);
    expect(await readdir(streamFolder(join(home, 'archive'), TEST_ID))).toEqual(['2026-11-29']);
    await sweeper.sweep();
    expect(onDiskBytes).toBeLessThanOrEqual(rule.keepBytes);
  });

  it('stays where somebody needs it, until he does no longer', async () => {
    await fourMinutes();
    const pins: Pin[] = [
      { id: TEST_ID, from: 135, to: 160 },
      { id: { ...TEST_ID, name: 'other' }, from: 0, to: 1e9 },
    ];
    const unpin = archive.addPins(() => pins);
    rule = { ...FOREVER, keepMs: 0, keepBytes: 1 };
    await sweeper.sweep();
    expect(await firstsLeft()).toEqual([130, 160]);
    unpin();
    await sweeper.sweep();
    expect(await firstsLeft()).toEqual([]);
  });

  it('counts what came since it was looked at last', async () => {
    const id = { ...TEST_ID, name: 'other' };
    await fourMinutes(100, NOON_MS, id);
    await sweeper.sweep();
    const before = onDiskBytes;
    await fourMinutes(1000, NOON_MS + 4 * MINUTE_MS, id);
    await sweeper.sweep();
    expect(onDiskBytes).toBeGreaterThan(before * 1.9);
    rule = { ...FOREVER, keepMs: 3 * MINUTE_MS };
    await sweeper.sweep();
    expect(await filesIn('archive')).toEqual([expect.stringMatching('1090.mp4')]);
  });
});

describe('a storage', () => {
  it('gets every slice, and gives it to all who watch it in one request after its file here is gone', async () => {
    const written = await fourMinutes();
    rule = { ...FOREVER, storage: 'cloud', localMs: 6 * MINUTE_MS };
    await sweeper.sweep();
    expect((await filesIn('cloud')).sort()).toEqual(
      [100, 130, 160, 190].map((first) => objectOfSlice(TEST_ID, '2026-11-29', first, 'one')),
    );
    expect(await filesIn('archive')).toHaveLength(4);
    wallMs += 3 * MINUTE_MS;
    const more = await fourMinutes(1000, NOON_MS + 4 * MINUTE_MS);
    await sweeper.sweep();
    expect(await filesIn('archive')).toHaveLength(8);
    wallMs += 3 * MINUTE_MS;
    await sweeper.sweep();
    expect((await filesIn('archive')).map((file) => Number(/(\d+)\.mp4$/.exec(file)?.[1])).sort()).toEqual([
      1000, 1030, 1060, 1090,
    ]);
    wallMs += 3 * MINUTE_MS;
    await sweeper.sweep();
    expect(await filesIn('archive')).toEqual([]);
    expect(onDiskBytes).toBe(0);
    for (const [number, bytes] of more) written.set(number, bytes);
    requests.length = 0;
    for (const each of [archive, openArchive()]) {
      const segments = await each.between(TEST_ID, 0, 1e14);
      expect(segments).toHaveLength(240);
      for (const segment of segments.filter((_, index) => index % 31 === 0)) {
        const readers = await Promise.all([1, 2, 3].map(() => each.bytes(TEST_ID, segment)));
        for (const bytes of readers) expect(written.get(segment.number)!.equals(bytes)).toBe(true);
      }
    }
    expect(requests).toHaveLength(16);
  });

  it('is freed of what is too old', async () => {
    await fourMinutes();
    rule = { ...FOREVER, storage: 'cloud', localMs: 1e9 };
    await sweeper.sweep();
    rule = { ...rule, keepMs: 8 * MINUTE_MS };
    await sweeper.sweep();
    expect((await filesIn('cloud')).sort()).toEqual([
      objectOfSlice(TEST_ID, '2026-11-29', 160, 'one'),
      objectOfSlice(TEST_ID, '2026-11-29', 190, 'one'),
    ]);
    expect(await firstsLeft()).toEqual([160, 190]);
    rule = { ...rule, keepMs: 0 };
    await sweeper.sweep();
    expect(await filesIn('cloud')).toEqual([]);
  });

  it('says of what is no longer there that it is gone', async () => {
    await fourMinutes();
    rule = { ...FOREVER, storage: 'cloud', localMs: 0 };
    await sweeper.sweep();
    await sweeper.sweep();
    const segment = (await archive.find(TEST_ID, 110))!;
    await rm(join(home, 'cloud/archive'), { recursive: true });
    await expect(archive.bytes(TEST_ID, segment)).rejects.toMatchObject({ code: 'SEGMENT_GONE' });
  });
});
