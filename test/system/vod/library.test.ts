import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssetTables, openStore, type Store } from '../../../src/store/index.ts';
import { Library } from '../../../src/vod/index.ts';
import { dataFolder, memoryLog } from '../store/helpers.ts';

const folder = dataFolder();
let store: Store;
let library: Library;

beforeAll(async () => {
  store = await openStore({ dataDir: folder.path, log: memoryLog(), waitMs: 60_000 });
  library = new Library({ tables: new AssetTables(store) });
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

const video = { kind: 'video', storage: 'local', uploadedBy: 'ann' } as const;

describe('assets', () => {
  it('are made, found by both ids, changed, and never twice under one reference id', async () => {
    const made = await library.create({ ...video, title: 'Opening', tags: ['news'], referenceId: 'r-1' });
    expect(made).toMatchObject({ status: 'Uploading', publication: 'published', tags: ['news'], sizeBytes: 0 });
    expect(made.id).toMatch(/^[0-9a-f]{32}$/);
    expect(await library.find(made.id)).toEqual(made);
    expect(await library.find({ referenceId: 'r-1' })).toEqual(made);
    await expect(library.create({ ...video, title: 'x', referenceId: 'r-1' })).rejects.toMatchObject({
      code: 'REFERENCE_TAKEN',
    });
    const other = await library.create({ ...video, title: 'Other' });
    await expect(library.update(other.id, { referenceId: 'r-1' })).rejects.toMatchObject({ code: 'REFERENCE_TAKEN' });
    const changed = await library.update(made.id, {
      ...{ title: 'Closing', coverUrl: 'https://x/y.jpg', chapters: [{ title: 'one', atSeconds: 1.5 }] },
    });
    expect(changed).toMatchObject({ title: 'Closing', tags: ['news'], chapters: [{ title: 'one', atSeconds: 1.5 }] });
    expect(await library.update(made.id, { coverUrl: null, chapters: null })).not.toHaveProperty('chapters');
    expect(await library.find(made.id)).not.toHaveProperty('coverUrl');
    await expect(library.update('0'.repeat(32), { title: '' })).rejects.toMatchObject({ code: 'ASSET_NOT_FOUND' });
  });

  it('are ready once uploaded, with their original as a file, also when it is said twice', async () => {
    const { id } = await library.create({ ...video, title: 'up' });
    const original = { storage: 'local', object: 'vod/a.mp4', sizeBytes: 5, sha256: 'ab' };
    await library.uploaded(id, original);
    await library.uploaded(id, original);
    expect(await library.find(id)).toMatchObject({ status: 'Normal', sizeBytes: 5 });
    expect(await library.files(id)).toMatchObject([
      { role: 'original', object: 'vod/a.mp4', format: 'mp4', definition: 'OD', sha256: 'ab', sizeBytes: 5 },
    ]);
    expect(await library.findByObject('local', 'vod/a.mp4')).toMatchObject({ asset: id });
    expect(await library.setStatus(id, 'Blocked', ['Uploading'])).toBeUndefined();
    await expect(library.uploaded('f'.repeat(32), original)).rejects.toMatchObject({ code: 'ASSET_NOT_FOUND' });
  });

  it('go into the trash and come back', async () => {
    const { id } = await library.create({ ...video, title: 'old' });
    expect(await library.trash([id, id, 'none'])).toEqual([id]);
    expect(await library.trash([id])).toEqual([]);
    expect(await library.find(id)).toHaveProperty('trashedAtMs');
    expect(await library.restore([id])).toEqual([id]);
    expect(await library.find(id)).not.toHaveProperty('trashedAtMs');
  });
});

describe('lists', () => {
  it('go on from the place of the last, in any order', async () => {
    for (let index = 0; index < 5; index++) {
      await library.create({ ...video, title: `page ${index}`, durationSeconds: index % 2, createdAtMs: 1_000 });
    }
    for (const field of ['createdAt', 'durationSeconds', 'sizeBytes', 'modifiedAt'] as const) {
      for (const isDescending of [true, false]) {
        const order = { field, isDescending };
        const whole = (await library.list({ order, limit: 100 })).map(({ asset }) => asset.id);
        const seen: string[] = [];
        for (let page = await library.list({ order, limit: 2 }); page.length > 0; ) {
          seen.push(...page.map(({ asset }) => asset.id));
          page = await library.list({ order, limit: 2, after: page.at(-1)!.place });
        }
        expect(seen).toEqual(whole);
        expect(new Set(seen).size).toBe(await library.count());
      }
    }
  });
});
