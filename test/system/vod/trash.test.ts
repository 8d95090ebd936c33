import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger } from '../../../src/log/index.ts';
import { type Storage, Storages } from '../../../src/storage/index.ts';
import { AssetTables, openStore, ReviewLinkTable, type Store } from '../../../src/store/index.ts';
import { Library, ReviewLinks, Trash, type TrashOptions } from '../../../src/vod/index.ts';
import { dataFolder } from '../store/helpers.ts';

const folder = dataFolder();
const objects = mkdtempSync(join(tmpdir(), 'headwater-objects-'));
const log = createLogger({ level: 'silent' });
const DAY_MS = 86_400_000;
let nowMs = Date.UTC(2026, 0, 1);
let store: Store;
let library: Library;
let storages: Storages;
let local: Storage;

beforeAll(async () => {
  store = await openStore({ dataDir: folder.path, log, waitMs: 60_000 });
  library = new Library({ tables: new AssetTables(store), now: () => nowMs });
  storages = await Storages.open([{ kind: 'folder', name: 'local', folder: objects }], log);
  local = storages.get('local');
});
afterAll(async () => {
  storages.close();
  await store.close();
  folder.remove();
  rmSync(objects, { recursive: true, force: true });
});

const trashWith = (more: Partial<TrashOptions> = {}) =>
  new Trash({ library, storages, keepDays: 7, log, now: () => nowMs, ...more });

async function names(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of local.list('')) found.push(name);
  return found;
}

async function put(...all: string[]): Promise<void> {
  for (const name of all) await local.put(name, { bytes: Buffer.from('x') });
}

/** Of every kind: an original, a playlist of playlists, slices beside and below, and what broken off work left. */
async function filledAsset() {
  const asset = await library.create({ kind: 'video', title: 'x', storage: 'local', uploadedBy: 'ann' });
  const { id } = asset;
  const at = `vod/${id}`;
  await put('in/a.mp4', `${at}/hd-00001.ts`, `${at}/hd/00002.ts`, `${at}/left-over.tmp`, 'rec/slice_1.ts');
  await local.put(`${at}/hd.m3u8`, {
    bytes: Buffer.from('#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:2,\nhd-00001.ts\n#EXTINF:2,\n../../other.mp4\n'),
  });
  await local.put(`${at}/auto.m3u8`, { bytes: Buffer.from('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhd.m3u8\n') });
  await put(`${at}/init.mp4`);
  const file = { asset: id, storage: 'local', sizeBytes: 1 } as const;
  await library.addFile({ ...file, role: 'original', object: 'in/a.mp4', format: 'mp4', parts: ['rec/slice_1.ts'] });
  await library.addFile({ ...file, role: 'rendition', object: `${at}/auto.m3u8`, format: 'm3u8', definition: 'AUTO' });
  return asset;
}

it('deletes every object of an asset after its days, and nothing else', async () => {
  await put('other.mp4', 'in/b.mp4', 'rec/slice_2.ts');
  const asset = await filledAsset();
  const kept = await library.create({ kind: 'video', title: 'y', storage: 'local', uploadedBy: 'ann' });
  await library.addFile({
    asset: kept.id,
    role: 'original',
    storage: 'local',
    object: 'in/b.mp4',
    format: 'mp4',
    sizeBytes: 1,
  });
  await library.trash([asset.id]);
  nowMs += 7 * DAY_MS - 1;
  expect(await trashWith().sweep()).toEqual({ purged: 0, failed: 0 });
  expect(await names()).toHaveLength(11);
  nowMs += 1;
  expect(await trashWith().sweep()).toEqual({ purged: 1, failed: 0 });
  expect(await names()).toEqual(['in/b.mp4', 'other.mp4', 'rec/slice_2.ts']);
  expect(await library.find(asset.id)).toBeUndefined();
  expect(await library.files(asset.id)).toEqual([]);
});

it('leaves an object that another asset has, too', async () => {
  const [one, two] = [await filledAsset(), await filledAsset()];
  await trashWith().purge(one);
  expect(await names()).toContain('in/a.mp4');
  await trashWith().purge(two);
  expect(await names()).not.toContain('in/a.mp4');
});

it('keeps the asset, and says so, where an object is still there', async () => {
  const asset = await filledAsset();
  await library.trash([asset.id]);
  nowMs += 8 * DAY_MS;
  const stuck = `vod/${asset.id}/hd/00002.ts`;
  const lying = new Proxy(local, {
    get: (target, name) => {
      if (name === 'delete') return (object: string) => (object === stuck ? Promise.resolve() : target.delete(object));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const broken = trashWith({ storages: { get: () => lying } });
  await expect(broken.purge(asset)).rejects.toMatchObject({ code: 'PURGE_INCOMPLETE' });
  expect(await broken.sweep()).toEqual({ purged: 0, failed: 1 });
  const left = await library.find(asset.id);
  expect(left?.trouble).toMatchObject({ code: 'PURGE_INCOMPLETE', message: expect.stringContaining(stuck) as string });
  expect(left).toHaveProperty('trashedAtMs');
  expect(await trashWith().sweep()).toEqual({ purged: 1, failed: 0 });
});

it('opens a link to what is not published until it expires or is revoked', async () => {
  const { id } = await library.create({
    ...{ kind: 'video', title: 'draft', storage: 'local', uploadedBy: 'ann', publication: 'draft' },
  });
  const links = new ReviewLinks({ table: new ReviewLinkTable(store), now: () => nowMs });
  const { link, token } = await links.create({ asset: id, note: 'for Bob', by: 'ann', forSeconds: 60 });
  expect(await links.open(token)).toMatchObject({ id: link.id, asset: id, opened: 1 });
  expect(await links.open(token)).toMatchObject({ opened: 2 });
  await expect(links.open(`${token}x`)).rejects.toMatchObject({ code: 'REVIEW_LINK_NOT_FOUND' });
  nowMs += 60_000;
  await expect(links.open(token)).rejects.toMatchObject({ code: 'REVIEW_LINK_ENDED' });
  const second = await links.create({ asset: id, note: '', by: 'ann', forSeconds: 60 });
  await links.revoke(id, second.link.id);
  await expect(links.open(second.token)).rejects.toMatchObject({ code: 'REVIEW_LINK_ENDED' });
  await expect(links.revoke(id, second.link.id)).rejects.toMatchObject({ code: 'REVIEW_LINK_NOT_FOUND' });
  expect(JSON.stringify(await store.query('select * from headwater.review_links'))).not.toContain(token);
  expect((await links.list(id)).map(({ note }) => note)).toEqual(['', 'for Bob']);
});
