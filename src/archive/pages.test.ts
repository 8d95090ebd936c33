import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLogger } from '../log/index.ts';
import { Archive } from './archive.ts';
import { keep, TEST_ID } from './test-media.ts';

const MIDNIGHT_MS = Date.UTC(2026, 10, 30);
const range = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

let folder: string;
let archive: Archive;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-pages-test-'));
  const log = createLogger({ level: 'silent' });
  archive = new Archive({ folder, log, nowMs: () => 0, reserveBytes: 0 });
  await keep(archive, { first: 1000, count: 400, wallMs: MIDNIGHT_MS - 500_000 });
  // The clock is set back over midnight, and reaches it once more.
  await keep(archive, { first: 1500, count: 300, wallMs: MIDNIGHT_MS - 400_000 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The numbers of each page, and how often others had had their turn when it came. */
async function paged(fromMs: number, toMs: number) {
  let turns = 0;
  let next = setImmediate(function count() {
    turns++;
    next = setImmediate(count);
  });
  const pages: { numbers: number[]; turns: number }[] = [];
  for await (const page of archive.pages(TEST_ID, fromMs, toMs)) {
    pages.push({ numbers: page.map(({ number }) => number), turns });
  }
  clearImmediate(next);
  return pages;
}

describe('pages of a long time', () => {
  it('let others have their turn after each', async () => {
    const pages = await paged(0, 1e14);
    expect(pages.length).toBeGreaterThan(2);
    for (const [index, { numbers, turns }] of pages.entries()) {
      expect(numbers.length).toBeLessThanOrEqual(256);
      if (index > 0) expect(turns).toBeGreaterThan(pages[index - 1]!.turns);
    }
  });

  it('have all in the order of their numbers, whatever day they lie in', async () => {
    const all = [...range(1000, 400), ...range(1500, 300)];
    expect((await paged(0, 1e14)).flatMap(({ numbers }) => numbers)).toEqual(all);
    const found = await archive.between(TEST_ID, 0, 1e14);
    expect(found.map(({ number }) => number)).toEqual(all);
    expect(new Set(found.map(({ slice }) => slice.day)).size).toBe(2);
  });

  it('have no more than the time asked for', async () => {
    const [page, ...others] = await paged(MIDNIGHT_MS - 2000, MIDNIGHT_MS + 1000);
    expect(page?.numbers).toEqual([1249, 1250, 1699, 1700]);
    expect(others).toEqual([]);
    expect(await paged(0, 1000)).toEqual([]);
  });

  it('are counted beforehand', async () => {
    expect(await archive.extent(TEST_ID, 0, 1e14)).toEqual({ count: 700, longestMs: 2000, lastNumber: 1799 });
    const around = await archive.extent(TEST_ID, MIDNIGHT_MS - 2000, MIDNIGHT_MS + 1000);
    expect(around).toEqual({ count: 4, longestMs: 2000, lastNumber: 1700 });
    expect(await archive.extent(TEST_ID, 0, 1000)).toMatchObject({ count: 0 });
    expect(await archive.extent({ ...TEST_ID, name: 'nobody' }, 0, 1e14)).toMatchObject({ count: 0 });
  });
});
