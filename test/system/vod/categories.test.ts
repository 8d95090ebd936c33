import { afterAll, beforeAll, expect, it } from 'vitest';
import { AssetTables, CategoryTable, openStore, type Store } from '../../../src/store/index.ts';
import { Categories, Library } from '../../../src/vod/index.ts';
import { dataFolder, memoryLog } from '../store/helpers.ts';

const folder = dataFolder();
let store: Store;
let categories: Categories;
let library: Library;

beforeAll(async () => {
  store = await openStore({ dataDir: folder.path, log: memoryLog(), waitMs: 60_000 });
  categories = new Categories(new CategoryTable(store));
  library = new Library({ tables: new AssetTables(store) });
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

const video = { kind: 'video', storage: 'local', uploadedBy: 'ann' } as const;

it('is a tree: without circles, not too deep, each name once in its place', async () => {
  const news = await categories.add('News');
  const sport = await categories.add('Sport', news.id);
  const tennis = await categories.add('Tennis', sport.id);
  expect(tennis).toEqual({ id: tennis.id, name: 'Tennis', level: 2, parent: sport.id });
  await expect(categories.add('Sport', news.id)).rejects.toMatchObject({ code: 'CATEGORY_EXISTS' });
  await expect(categories.add('x', 9_999)).rejects.toMatchObject({ code: 'CATEGORY_NOT_FOUND' });
  for (const parent of [news.id, sport.id, tennis.id]) {
    await expect(categories.change(news.id, { parent })).rejects.toMatchObject({ code: 'CATEGORY_CIRCLE' });
  }
  expect(await categories.change(sport.id, { parent: null, name: 'Sports' })).toMatchObject({ level: 0 });
  expect((await categories.path(tennis.id)).map(({ name }) => name)).toEqual(['Sports', 'Tennis']);
  let deep = tennis.id;
  for (let level = 2; level <= 7; level++) deep = (await categories.add(`level ${level}`, deep)).id;
  await expect(categories.add('too deep', deep)).rejects.toMatchObject({ code: 'CATEGORY_TOO_DEEP' });
  // With all that is below it, it would be too deep there.
  await expect(categories.change(sport.id, { parent: news.id })).rejects.toMatchObject({ code: 'CATEGORY_TOO_DEEP' });
});

it('stays without circles when two are moved into each other at once', async () => {
  const [a, b] = await Promise.all([categories.add('a'), categories.add('b')]);
  const both = await Promise.allSettled([
    categories.change(a.id, { parent: b.id }),
    categories.change(b.id, { parent: a.id }),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

it('is not deleted with what is in it, unless that goes elsewhere', async () => {
  const [from, to] = [await categories.add('from'), await categories.add('to')];
  const child = await categories.add('child', from.id);
  const asset = await library.create({ ...video, title: 'x', category: from.id });
  await expect(categories.remove(from.id)).rejects.toMatchObject({ code: 'CATEGORY_IN_USE' });
  await expect(categories.remove(from.id, { moveTo: child.id })).rejects.toMatchObject({ code: 'CATEGORY_CIRCLE' });
  const tree = await categories.tree(from.id);
  expect(tree).toMatchObject([{ name: 'from', assets: 1, children: [{ name: 'child', assets: 0 }] }]);
  expect(await categories.within(from.id)).toEqual([from.id, child.id]);
  await categories.remove(from.id, { moveTo: to.id });
  expect(await library.find(asset.id)).toMatchObject({ category: to.id });
  expect(await categories.find(child.id)).toMatchObject({ parent: to.id, level: 1 });
  await library.trash([asset.id]);
  await categories.remove(child.id);
  await expect(categories.remove(to.id)).rejects.toMatchObject({ code: 'CATEGORY_IN_USE' });
  await library.remove(asset.id);
  await categories.remove(to.id);
  await expect(categories.find(to.id)).rejects.toMatchObject({ code: 'CATEGORY_NOT_FOUND' });
});
