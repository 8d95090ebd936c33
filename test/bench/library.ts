import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../../src/log/index.ts';
import { type AssetCondition, AssetTables, CategoryTable, openStore, type Store } from '../../src/store/index.ts';
import { Categories, Library, matchCondition, tagCondition, textCondition } from '../../src/vod/index.ts';
import { wordsOf } from '../../src/vod/search/index.ts';

const ASSETS = 100_000;
const AT_ONCE = 2_000;
const TIMES = 60;
const WORDS = 20_000;
const CATEGORIES = 50;
const START_MS = Date.UTC(2024, 0, 1);
const EVERY_MS = 600_000;
const NOT_TRASHED: AssetCondition = { kind: 'trashed', is: false };

/** How long searches in a library of a hundred thousand assets take. */
export async function library(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'headwater-bench-'));
  const store = await openStore({ dataDir: home, log: createLogger({ level: 'silent' }), waitMs: 60_000 });
  try {
    await store.whenReady();
    const categories = await fill(store);
    const assets = new Library({ tables: new AssetTables(store) });
    console.log('| search in 100 000 assets | found | p50 | p95, bar 30 ms |');
    console.log('|---|--:|--:|--:|');
    const random = chance(7);
    for (const [what, conditionOf] of questions(categories)) {
      const times: number[] = [];
      for (let time = 0; time < TIMES; time++) {
        const condition = and(NOT_TRASHED, conditionOf(random));
        times.push(await timed(() => assets.list({ condition, limit: 20 })));
      }
      const found = await assets.count(and(NOT_TRASHED, conditionOf(random)));
      show(what, found, times);
    }
    await pages(assets);
    await counts(assets);
  } finally {
    await store.close();
    await rm(home, { recursive: true, force: true });
  }
}

function questions(categories: readonly number[]): [string, (random: () => number) => AssetCondition][] {
  const rare = (random: () => number) => `w${Math.floor(100 + random() * (WORDS - 100))}`;
  return [
    ['a rare word, anywhere', (random) => textCondition(rare(random))],
    ['a word of nearly every asset', () => textCondition('w0')],
    ['that and a rare one', (random) => textCondition(`w0 ${rare(random)}`)],
    ['the beginning of thousands of words', () => textCondition('w1')],
    ['a word that is nowhere', () => textCondition('nowhere')],
    ['a tag', (random) => tagCondition(`tag ${Math.floor(random() * 200)}`)],
    ['Chinese, two characters', () => textCondition('晚会')],
    ['a category and a day', (random) => day(categories, random)],
    ['a match expression', (random) => matchCondition(expression(random))],
    ['a status of few', () => matchCondition("Status in ('TranscodeFail')")],
    ['sizes of a hundredth', (random) => sizes(random)],
    ['all, the newest', () => ({ kind: 'and', of: [] })],
  ];
}

function day(categories: readonly number[], random: () => number): AssetCondition {
  const value = START_MS + Math.floor(random() * 600) * 86_400_000;
  return {
    kind: 'and',
    of: [
      { kind: 'category', values: [categories[Math.floor(random() * categories.length)]] },
      { kind: 'range', field: 'createdAt', from: { value }, to: { value: value + 86_400_000, isOpen: true } },
    ],
  };
}

function expression(random: () => number): string {
  return `Title = 'w${Math.floor(random() * 40)}' and (Size = [1000, 500000000) or Status = 'TranscodeFail') and Duration = [60,)`;
}

function sizes(random: () => number): AssetCondition {
  const value = Math.floor(random() * 990) * 1_000_000;
  return { kind: 'range', field: 'sizeBytes', from: { value }, to: { value: value + 10_000_000, isOpen: true } };
}

async function pages(assets: Library): Promise<void> {
  const times: number[] = [];
  const condition = and(NOT_TRASHED, textCondition('w0'));
  let after: Awaited<ReturnType<Library['list']>>[number]['place'] | undefined;
  for (let page = 0; page < TIMES; page++) {
    const from = after;
    times.push(
      await timed(async () => {
        after = (await assets.list({ condition, limit: 200, after: from })).at(-1)?.place;
      }),
    );
  }
  show('page by page of 200 by cursor', 200 * TIMES, times);
  const skipped: number[] = [];
  for (let page = 0; page < TIMES; page++) {
    skipped.push(await timed(() => assets.list({ condition: NOT_TRASHED, limit: 100, skip: page * 80 })));
  }
  show('page by number, up to the 5000th', ASSETS, skipped);
}

async function counts(assets: Library): Promise<void> {
  for (const [what, condition] of [
    ['how many: a rare word', textCondition('w7000')],
    ['how many: nearly all', textCondition('w0')],
    ['how many: all', NOT_TRASHED],
  ] as const) {
    const times: number[] = [];
    let found = 0;
    for (let time = 0; time < TIMES; time++) {
      times.push(
        await timed(async () => {
          found = await assets.count(and(NOT_TRASHED, condition));
        }),
      );
    }
    show(what, found, times);
  }
}

/** Titles of six words, descriptions of thirty, frequent words as often as in a language; returns the categories. */
async function fill(store: Store): Promise<number[]> {
  const tree = new Categories(new CategoryTable(store));
  const categories: number[] = [];
  for (let index = 0; index < CATEGORIES; index++) categories.push((await tree.add(`Category ${index}`)).id);
  const random = chance(1);
  for (let from = 0; from < ASSETS; from += AT_ONCE) {
    const rows = Array.from({ length: AT_ONCE }, (_, index) => rowOf(from + index, categories, random));
    await store.query(
      `insert into headwater.assets select * from json_populate_recordset(null::headwater.assets, $1::json)`,
      [JSON.stringify(rows)],
    );
  }
  await store.transaction(async (client) => {
    await client.query('set local statement_timeout = 0');
    await client.query('analyze headwater.assets');
  });
  return categories;
}

function rowOf(index: number, categories: readonly number[], random: () => number) {
  const some = (count: number) => Array.from({ length: count }, () => `w${zipf(random)}`).join(' ');
  const title = `${some(6)}${index % 50 === 0 ? ' 春节联欢晚会' : ''}`;
  const [description, tags] = [some(30), [`tag ${index % 200}`, `year ${2024 + (index % 3)}`]];
  const at = new Date(START_MS + index * EVERY_MS).toISOString();
  return {
    ...{ id: index.toString(16).padStart(32, '0'), kind: 'video', publication: 'published', title, description, tags },
    ...{ status: index % 400 === 0 ? 'TranscodeFail' : 'Normal', category: categories[index % categories.length] },
    ...{ storage: 'local', uploaded_by: 'bench', duration_seconds: random() * 7200, created_at: at, modified_at: at },
    ...{ size_bytes: Math.floor(random() * 1e9), words: wordsOf({ title, description, tags }), data: {} },
    trashed_at: index % 100 === 1 ? at : null,
  };
}

function zipf(random: () => number): number {
  return Math.floor(WORDS ** random()) - 1;
}

/** The same numbers in each run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function and(...of: AssetCondition[]): AssetCondition {
  return { kind: 'and', of };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

function show(what: string, found: number, times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => `${(sorted[Math.floor(part * (sorted.length - 1))] ?? 0).toFixed(1)} ms`;
  console.log(`| ${what} | ${found} | ${at(0.5)} | ${at(0.95)} |`);
}
