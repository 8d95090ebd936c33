import { appendFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { EntryCatalogue } from './entry-catalogue.ts';

type Entry = { readonly id: string; readonly n: number };
const id = { domain: 'd', app: 'live', name: 'demo' };
let dir: Awaited<ReturnType<typeof tempDir>>;
let file = '';
const open = () => new EntryCatalogue<Entry>(({ name }) => join(dir.path, name), 'entries');

beforeEach(async () => {
  dir = await tempDir('entries');
  file = join(dir.path, 'demo/entries');
});
afterEach(() => dir.remove());

describe('EntryCatalogue', () => {
  it('has what was put, in the order of the first time, and not what was removed', async () => {
    const catalogue = open();
    expect(await catalogue.all(id)).toEqual([]);
    for (const [entry, n] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['a', 4],
    ] as const)
      await catalogue.put(id, { id: entry, n });
    await catalogue.remove(id, 'b');
    for (const each of [catalogue, open()]) {
      expect(await each.all(id)).toEqual([
        { id: 'a', n: 4 },
        { id: 'c', n: 3 },
      ]);
      expect([await each.find(id, 'a'), await each.find(id, 'b')]).toEqual([{ id: 'a', n: 4 }, undefined]);
    }
    expect(await catalogue.all({ ...id, name: 'other' })).toEqual([]);
  });

  it('loses none of many at once, of many streams', async () => {
    const catalogue = open();
    const names = Array.from({ length: 70 }, (_, at) => ({ ...id, name: `s${at}` }));
    await Promise.all([...names, ...names].map((each, n) => catalogue.put(each, { id: String(n), n })));
    for (const each of names) expect(await catalogue.all(each)).toHaveLength(2);
  });

  it('has all whole lines wherever the last one was torn, and goes on behind it', async () => {
    await open().put(id, { id: 'a', n: 1 });
    const before = (await readFile(file)).length;
    await open().put(id, { id: 'b', n: 2 });
    const whole = await readFile(file);
    for (let length = before; length < whole.length - 1; length++) {
      await writeFile(file, whole);
      await truncate(file, length);
      const torn = open();
      expect(await torn.all(id)).toEqual([{ id: 'a', n: 1 }]);
      await torn.put(id, { id: 'c', n: 3 });
      expect(await open().all(id)).toEqual([
        { id: 'a', n: 1 },
        { id: 'c', n: 3 },
      ]);
    }
  });

  it('sees what others wrote, and leaves out what is damaged', async () => {
    const catalogue = open();
    await catalogue.put(id, { id: 'a', n: 1 });
    expect(await catalogue.all(id)).toHaveLength(1);
    await open().put(id, { id: 'b', n: 2 });
    await appendFile(file, 'ffffffff {"add":{"id":"x"}}\n\n\0\0\n');
    expect((await catalogue.all(id)).map((entry) => entry.id)).toEqual(['a', 'b']);
  });

  it('says that it cannot write', async () => {
    await mkdir(file, { recursive: true });
    await expect(open().put(id, { id: 'a', n: 1 })).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
