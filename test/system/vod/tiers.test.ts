import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../../../src/log/index.ts';
import { type Storage, Storages } from '../../../src/storage/index.ts';
import { AssetTables, openStore, type Store } from '../../../src/store/index.ts';
import { Library, type NewAsset, type NewAssetFile, Tiers, Trash } from '../../../src/vod/index.ts';
import { dataFolder } from '../store/helpers.ts';

const DAY_MS = 86_400_000;
const folder = dataFolder();
const objects = mkdtempSync(join(tmpdir(), 'headwater-tiers-'));
const log = createLogger({ level: 'silent' });
let store: Store;
let library: Library;
let storages: Storages;
let [warm, cold]: Storage[] = [];

beforeAll(async () => {
  store = await openStore({ dataDir: folder.path, log, waitMs: 60_000 });
  library = new Library({ tables: new AssetTables(store) });
  storages = await Storages.open(
    ['warm', 'cold'].map((name) => ({ kind: 'folder', name, folder: join(objects, name) }) as const),
    log,
  );
  [warm, cold] = [storages.get('warm'), storages.get('cold')];
});
afterAll(async () => {
  storages.close();
  await store.close();
  folder.remove();
  rmSync(objects, { recursive: true, force: true });
});

/** A month later, when all that was made here is old. */
const tiers = (get: (name: string) => Storage = (name) => storages.get(name)) =>
  new Tiers({
    ...{ library, storages: { get }, log, afterDays: 30, coldStorage: 'cold', folder: join(objects, 'way') },
    now: () => Date.now() + 31 * DAY_MS,
  });

async function namesIn(storage: Storage): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of storage.list('')) found.push(name);
  return found.sort();
}

async function original(object: string, file: Partial<NewAssetFile> = {}, about: Partial<NewAsset> = {}) {
  await warm!.put(object, { bytes: Buffer.from(`bytes of ${object}`) });
  const asset = await library.create({
    ...{ kind: 'video', title: object, storage: 'warm', uploadedBy: 'ann', status: 'Normal' },
    ...about,
  });
  await library.addFile({
    ...{ asset: asset.id, role: 'original', storage: 'warm', object, format: 'mp4' },
    ...{ sizeBytes: `bytes of ${object}`.length, ...file },
  });
  return asset;
}

it('moves old originals that nothing else needs where they are, and only those', async () => {
  const old = await original('in/old.mp4');
  await original('in/list.m3u8', { format: 'm3u8' });
  await original('in/composed.mp4', { parts: ['rec/1.ts'] });
  await original('in/busy.mp4', {}, { status: 'Transcoding' });
  await library.trash([(await original('in/trashed.mp4')).id]);
  for (const _ of [1, 2]) await original('in/shared.mp4');
  await original('in/shown.mp4', { role: 'rendition' });
  const before = await namesIn(warm!);
  expect(await new Tiers({ library, storages, log, afterDays: 30, coldStorage: 'cold', folder: objects }).sweep()).toBe(
    0,
  );
  expect(await tiers().sweep()).toBe(1);
  const object = `vod/${old.id}/original/old.mp4`;
  expect(await namesIn(warm!)).toEqual(before.filter((name) => name !== 'in/old.mp4'));
  expect(await namesIn(cold!)).toEqual([object]);
  const [file] = await library.files(old.id);
  expect(file).toMatchObject({ storage: 'cold', object, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect((await buffer((await cold!.get(object)).body)).toString()).toBe('bytes of in/old.mp4');
  expect(readdirSync(join(objects, 'way'))).toEqual([]);
  expect(await tiers().sweep()).toBe(0);
});

it('leaves an original where it is when the other storage fails, or when its bytes are not those it had', async () => {
  const asset = await original('in/again.mp4');
  const wrong = await original('in/wrong.mp4', { sha256: 'ab'.repeat(32) });
  const full = Object.create(cold!, {
    name: { value: 'cold' },
    put: { value: () => Promise.reject(new Error('no room')) },
  }) as Storage;
  expect(await tiers((name) => (name === 'cold' ? full : storages.get(name))).sweep()).toBe(0);
  expect(await namesIn(warm!)).toEqual(expect.arrayContaining(['in/again.mp4', 'in/wrong.mp4']));
  expect((await library.find(asset.id))?.trouble).toMatchObject({ code: 'MOVE_INCOMPLETE', message: 'no room' });
  expect(await tiers().sweep()).toBe(1);
  expect(await library.files(asset.id)).toMatchObject([{ storage: 'cold' }]);
  expect(await library.files(wrong.id)).toMatchObject([{ storage: 'warm', object: 'in/wrong.mp4' }]);
  expect(await namesIn(cold!)).not.toContain(`vod/${wrong.id}/original/wrong.mp4`);
  expect(readdirSync(join(objects, 'way'))).toEqual([]);
});

it('leaves nothing in either storage of an asset that is deleted while it moves', async () => {
  const asset = await original('in/deleted.mp4');
  const deleting = Object.create(cold!, {
    name: { value: 'cold' },
    put: {
      value: async (...given: Parameters<Storage['put']>) => {
        await new Trash({ library, storages, keepDays: 7, log }).purge(asset);
        return cold!.put(...given);
      },
    },
  }) as Storage;
  await tiers((name) => (name === 'cold' ? deleting : storages.get(name))).sweep();
  expect(await library.find(asset.id)).toBeUndefined();
  const left = [...(await namesIn(warm!)), ...(await namesIn(cold!))];
  expect(left.filter((name) => name.includes('deleted.mp4'))).toEqual([]);
});
