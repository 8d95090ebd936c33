import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StreamId } from '../live/index.ts';
import { createLogger } from '../log/index.ts';
import { openStorage, type Storage } from '../storage/index.ts';
import { Archive } from './archive.ts';
import { objectOfSlice, streamFolder } from './layout.ts';
import { rebuildArchive } from './rebuild.ts';
import { RemoteReader } from './remote-slices.ts';
import { keep, TEST_ID } from './test-media.ts';

const MIDNIGHT_MS = Date.UTC(2026, 10, 30);
const DAYS = ['2026-11-29', '2026-11-30'];
const LONG_ID: StreamId = { domain: 'default', app: 'live/直播', name: 'é'.repeat(200) };
const NODE = 'the node that wrote them';
const log = createLogger({ level: 'silent' });

let home: string;
let folder: string;
let cloud: Storage;
let written: Map<number, Buffer>;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headwater-rebuild-test-'));
  folder = join(home, 'archive');
  await mkdir(join(home, 'cloud'));
  cloud = await openStorage({ kind: 'folder', name: 'cloud', folder: join(home, 'cloud') });
  for (const id of [TEST_ID, LONG_ID]) {
    written = await keep(openArchive(), { first: 100, count: 90, wallMs: MIDNIGHT_MS - 60_000 }, id);
  }
});
afterEach(() => rm(home, { recursive: true, force: true }));

function openArchive() {
  const { read: remote } = new RemoteReader({ storages: { get: () => cloud } });
  return new Archive({ folder, log, nowMs: () => 0, reserveBytes: 0, remote });
}

const indexOf = (id: StreamId, day: string) => join(streamFolder(folder, id), day, 'index');
const all = (id: StreamId) => openArchive().between(id, 0, 1e14);

async function expectAll(id: StreamId, before: Awaited<ReturnType<typeof all>>): Promise<void> {
  const archive = openArchive();
  const found = await archive.between(id, 0, 1e14);
  expect(found).toEqual(before);
  for (const segment of found.filter((_, index) => index % 7 === 0)) {
    expect(written.get(segment.number)!.equals(await archive.bytes(id, segment))).toBe(true);
  }
}

describe('indexes made anew', () => {
  it('are what they were, whatever became of them', async () => {
    const before = [await all(TEST_ID), await all(LONG_ID)] as const;
    await rm(indexOf(TEST_ID, '2026-11-29'));
    await writeFile(indexOf(TEST_ID, '2026-11-30'), 'nothing of ours\n');
    const text = await readFile(indexOf(LONG_ID, '2026-11-30'), 'utf8');
    // Whole lines, but of another day's slices.
    await appendFile(indexOf(LONG_ID, '2026-11-29'), text);
    await writeFile(join(streamFolder(folder, TEST_ID), '2026-11-29/5.mp4'), 'no slice');
    const report = await rebuildArchive({ folder, storages: [] });
    expect(report).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: TEST_ID, days: 2, slices: 3, remoteSlices: 0, segments: 90 }),
        expect.objectContaining({ id: LONG_ID, days: 2, slices: 3, remoteSlices: 0, segments: 90, unreadable: [] }),
      ]),
    );
    const [unreadable] = report.flatMap((each) => each.unreadable);
    expect(unreadable).toContain('5.mp4');
    await expectAll(TEST_ID, before[0]);
    await expectAll(LONG_ID, before[1]);
  });

  it('have what is in a storage only, though nothing of the archive is left here', async () => {
    for (const id of [TEST_ID, LONG_ID]) {
      for (const [day, first] of [
        [DAYS[0]!, 100],
        [DAYS[1]!, 130],
        [DAYS[1]!, 160],
      ] as const) {
        const file = join(streamFolder(folder, id), day, `${first}.mp4`);
        await cloud.put(objectOfSlice(id, day, first, NODE), { file });
      }
    }
    await cloud.put('archive/default/live/demo/2026-11-30/notes.txt', { bytes: Buffer.from('of somebody else') });
    const before = [await all(TEST_ID), await all(LONG_ID)] as const;
    await cp(folder, join(home, 'copy'), { recursive: true });
    await rm(folder, { recursive: true });
    const report = await rebuildArchive({ folder, storages: [cloud] });
    expect(report.map(({ slices, remoteSlices, segments }) => [slices, remoteSlices, segments])).toEqual([
      [3, 3, 90],
      [3, 3, 90],
    ]);
    await expectAll(TEST_ID, before[0]);
    await expectAll(LONG_ID, before[1]);
    // Some are here and there, as before they were trimmed.
    await rm(folder, { recursive: true });
    await cp(join(home, 'copy'), folder, { recursive: true });
    await rm(join(streamFolder(folder, TEST_ID), '2026-11-30/130.mp4'));
    await rebuildArchive({ folder, storages: [cloud] });
    await expectAll(TEST_ID, before[0]);
    const slices = await openArchive().stream(TEST_ID).slicesOf('2026-11-30');
    expect(slices.map(({ isHere, remote }) => [isHere, remote?.storage])).toEqual([
      [false, 'cloud'],
      [true, 'cloud'],
    ]);
    // A storage that is not asked is believed to have what it had.
    await rebuildArchive({ folder, storages: [] });
    await expectAll(TEST_ID, before[0]);
  });

  it('leave to other nodes what these brought into the storage, unless all is wanted', async () => {
    const file = join(streamFolder(folder, TEST_ID), DAYS[0]!, '100.mp4');
    await cloud.put(objectOfSlice(TEST_ID, DAYS[0]!, 100, NODE), { file });
    const others = [
      [objectOfSlice(TEST_ID, DAYS[0]!, 100, 'another'), { bytes: Buffer.from('what another had at the time') }],
      [objectOfSlice(TEST_ID, DAYS[0]!, 900, 'another'), { file }],
    ] as const;
    for (const [object, content] of others) await cloud.put(object, content);
    // As releases before named it.
    await cloud.put('archive/default/live/demo/2026-11-29/800.mp4', { file });
    await rm(folder, { recursive: true });
    const left: string[] = [];
    const options = { folder, storages: [cloud], onOthers: (object: string) => left.push(object) };
    const [own] = await rebuildArchive({ ...options, nodeId: NODE });
    expect([own?.slices, left.sort()]).toEqual([2, others.map(([object]) => object).sort()]);
    const segments = await all(TEST_ID);
    const archive = openArchive();
    expect(written.get(100)!.equals(await archive.bytes(TEST_ID, segments[0]!))).toBe(true);
    const [every] = await rebuildArchive(options);
    expect(every?.slices).toBe(3);
  });
});
