import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { openStorage, type Storage } from '../storage/index.ts';
import { StoredSnapshots } from './stored-snapshots.ts';

const ID = { domain: 'd.test', app: 'live', name: 'a' };
const START = 1_764_441_999;

let folder: Awaited<ReturnType<typeof tempDir>>;
let storage: Storage;

async function put(object: string, modifiedAt?: number): Promise<void> {
  const file = join(folder.path, object);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, 'jpeg');
  if (modifiedAt !== undefined) await utimes(file, modifiedAt, modifiedAt);
}

beforeAll(async () => {
  folder = await tempDir('stored-snapshots');
  storage = await openStorage({ kind: 'folder', name: 'kept', folder: folder.path });
  for (let index = 0; index < 5; index++) await put(`s/live/a/${START + index}_${index}.jpg`);
  await put(`s/live/ab/${START}_0.jpg`);
  await put(`s/live/a/notes.txt`);
  for (let index = 0; index < 3; index++) await put(`n/live/a/${index}.jpg`, START + index);
  await put('one/live/a.jpg', START + 1);
});
afterAll(() => folder?.remove());

function stored({ sequence = '', overwrite = '' }) {
  const settings = { storage: 'kept', sequence, overwrite };
  return new StoredSnapshots({ storages: { get: () => storage }, settingsOf: () => settings as never });
}

const within = (from: number, to: number) => ({ fromMs: from * 1000, toMs: to * 1000 });
const TIMED = 's/{AppName}/{StreamName}/{UnixTimestamp}_{Sequence}.jpg';

describe('StoredSnapshots', () => {
  it('finds those of the stream within the time, across a digit that changes', async () => {
    const found = await stored({ sequence: TIMED }).list(ID, within(START, START + 3));
    expect(found.map(({ takenAtMs }) => takenAtMs / 1000 - START).sort()).toEqual([0, 1, 2]);
    expect(found[0]).toMatchObject({
      storage: 'kept',
      object: `s/live/a/${START}_0.jpg`,
      sizeBytes: 4,
      overwrites: false,
    });
  });

  it('goes by when a picture was stored where its name has no time', async () => {
    const found = await stored({ sequence: 'n/{AppName}/{StreamName}/{Sequence}.jpg' }).list(
      ID,
      within(START, START + 2),
    );
    expect(found.map(({ object }) => object)).toEqual(['n/live/a/0.jpg', 'n/live/a/1.jpg']);
  });

  it('has the one that is always the last, in its time', async () => {
    const snapshots = stored({ overwrite: 'one/{AppName}/{StreamName}.jpg' });
    const list = (from: number, to: number) => snapshots.list(ID, within(from, to));
    expect(await list(START, START + 5)).toMatchObject([{ object: 'one/live/a.jpg', overwrites: true }]);
    expect(await list(START + 2, START + 5)).toEqual([]);
  });

  it('deletes those of a second', async () => {
    const snapshots = stored({ sequence: TIMED });
    expect(await snapshots.delete(ID, START + 4)).toBe(1);
    expect(await snapshots.delete(ID, START + 4)).toBe(0);
    expect(await snapshots.list(ID, within(START, START + 9))).toHaveLength(4);
  });
});
