import { afterAll, beforeAll, expect, it } from 'vitest';
import { AssetTables, CategoryTable, openStore, type Store } from '../../../src/store/index.ts';
import { Categories, Library, matchCondition, tagCondition, textCondition } from '../../../src/vod/index.ts';
import { dataFolder, memoryLog } from '../store/helpers.ts';

const folder = dataFolder();
let store: Store;
let library: Library;
let news: number;

beforeAll(async () => {
  store = await openStore({ dataDir: folder.path, log: memoryLog(), waitMs: 60_000 });
  library = new Library({ tables: new AssetTables(store) });
  news = (await new Categories(new CategoryTable(store)).add('News')).id;
  const base = { kind: 'video', storage: 'local', uploadedBy: 'ann' } as const;
  const at = (day: number) => Date.UTC(2026, 0, day);
  await library.create({
    ...base,
    title: 'Opening night',
    tags: ['Live Show', 'news'],
    createdAtMs: at(1),
    sizeBytes: 10,
  });
  await library.create({
    ...{ ...base, title: 'Final', description: "it's the last night", category: news, createdAtMs: at(2) },
    ...{ sizeBytes: 20, durationSeconds: 90.5, status: 'Normal' },
  });
  await library.create({
    ...base,
    kind: 'audio',
    title: '春节晚会',
    createdAtMs: at(3),
    sizeBytes: 30,
    storage: 'cold',
  });
  await library.create({ ...base, title: "'); drop table x; -- \\", createdAtMs: at(4), sizeBytes: 40 });
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

async function titles(condition: Parameters<Library['count']>[0]): Promise<string[]> {
  const found = await library.list({ condition, limit: 10 });
  expect(await library.count(condition)).toBe(found.length);
  return found.map(({ asset }) => asset.title);
}

it.each([
  ["Title = 'night'", ['Opening night']],
  ["Title = 'NIGHT open'", ['Opening night']],
  ["Description = 'night'", ['Final']],
  ["Text = 'night'", ['Final', 'Opening night']],
  ["Text = 'ight'", []],
  ["Title = '晚会'", ['春节晚会']],
  ["Title = '!!'", []],
  ["Title in ('final', 'drop table')", ["'); drop table x; -- \\", 'Final']],
  [String.raw`Title = "x'; --\\'"`, ["'); drop table x; -- \\"]],
  ["Tags = 'show'", ['Opening night']],
  ["Tag = 'live show'", ['Opening night']],
  ["Tag = 'show'", []],
  ["Status = 'Normal'", ['Final']],
  ["StorageLocation = 'cold'", ['春节晚会']],
  ["MediaType in ('audio','image')", ['春节晚会']],
  ['Size = [10,30)', ['Final', 'Opening night']],
  ['Size = (10,30]', ['春节晚会', 'Final']],
  ['Size = 20', ['Final']],
  ['Duration = [90.5,)', ['Final']],
  ['Duration = [,1]', ["'); drop table x; -- \\", '春节晚会', 'Opening night']],
  ["CreationTime = ['2026-01-02T00:00:00Z','2026-01-03T00:00:00Z')", ['Final']],
  ["CreationTime = ('2026-01-02T00:00:00Z',)", ["'); drop table x; -- \\", '春节晚会']],
  ["Title = 'night' and (Size = 10 or Size = 20)", ['Opening night']],
  ["Status = 'Normal' or StorageLocation = 'cold' and Size = 30", ['春节晚会', 'Final']],
])('%s', async (match, expected) => expect(await titles(matchCondition(match))).toEqual(expected));

it('finds by category, whole tags and text from outside of expressions', async () => {
  expect(await titles(matchCondition(`CateId = ${news}`))).toEqual(['Final']);
  expect(await titles({ kind: 'category', values: [undefined] })).toHaveLength(3);
  expect(await titles(tagCondition('LIVE SHOW'))).toEqual(['Opening night']);
  expect(await titles(textCondition("l'ast night \\ ' :* & |"))).toEqual([]);
  expect(await titles(textCondition('last:* night'))).toEqual(['Final']);
});

it('follows what is changed', async () => {
  const { id } = await library.create({ kind: 'video', storage: 'local', uploadedBy: 'ann', title: 'before' });
  await library.update(id, { title: 'after', tags: ['fresh'] });
  expect(await titles(textCondition('before'))).toEqual([]);
  expect(await titles(textCondition('after fresh'))).toEqual(['after']);
  await library.trash([id]);
  expect(await titles({ kind: 'and', of: [textCondition('after'), { kind: 'trashed', is: false }] })).toEqual([]);
  await library.remove(id);
});
