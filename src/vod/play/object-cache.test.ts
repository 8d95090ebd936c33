import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Storage, StorageError } from '../../storage/index.ts';
import { ObjectCache } from './object-cache.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'object-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A bucket in memory that counts what it is asked. */
function bucket(objects: Record<string, string>) {
  const said = { heads: 0, gets: [] as string[], isAway: false, cutsAt: Number.POSITIVE_INFINITY, modifiedAtMs: 1 };
  const gone = () => new StorageError('STORAGE_UNREACHABLE', 'away', 'Look at it.');
  const storage = {
    name: 'b',
    kind: 's3',
    head: async (name: string) => {
      said.heads++;
      if (said.isAway) throw gone();
      const text = objects[name];
      return text === undefined ? undefined : { name, sizeBytes: text.length, modifiedAtMs: said.modifiedAtMs };
    },
    get: async (name: string, { range = { start: 0 } }: { range?: { start: number; end?: number } } = {}) => {
      said.gets.push(`${name} ${range.start}-${range.end}`);
      if (said.isAway) throw gone();
      const bytes = Buffer.from(objects[name] ?? '').subarray(range.start, (range.end ?? 0) + 1);
      return { body: Readable.from([bytes.subarray(0, said.cutsAt)], { objectMode: false }) };
    },
  } as unknown as Storage;
  return { said, storage, objects };
}

const at = { nowMs: 1_000_000 };
const open = (maxBytes = 1000) =>
  ObjectCache.open({ folder, maxBytes, nowMs: () => at.nowMs, onFailure: () => undefined, blockBytes: 10 });

async function read(cache: ObjectCache, storage: Storage, name: string, start = 0, end?: number): Promise<string> {
  const found = await cache.find(storage, name);
  if (!found) return 'nothing';
  return (await buffer(await found.read(start, end ?? found.sizeBytes))).toString();
}

describe('ObjectCache', () => {
  it('reads a block once, for all who want it at a time and later', async () => {
    const { storage, said } = bucket({ a: 'abcdefghijklmnopqrstuvwxyz' });
    const cache = await open();
    const all = await Promise.all([read(cache, storage, 'a', 3, 22), read(cache, storage, 'a', 3, 22)]);
    expect(all).toEqual(['defghijklmnopqrstuv', 'defghijklmnopqrstuv']);
    expect(said.gets).toEqual(['a 0-9', 'a 10-19', 'a 20-25']);
    expect(await read(cache, storage, 'a', 5, 26)).toBe('fghijklmnopqrstuvwxyz');
    expect(said.gets).toHaveLength(3);
    expect(said.heads).toBe(1);
    expect(cache.keptBytes).toBe(26);
  });

  it('outlives its process, and the bucket', async () => {
    const { storage, said } = bucket({ a: 'abcdefghijklm' });
    await read(await open(), storage, 'a');
    said.isAway = true;
    at.nowMs += 10_000_000;
    const cache = await open();
    expect(cache.keptBytes).toBe(13);
    expect(await read(cache, storage, 'a')).toBe('abcdefghijklm');
    await expect(cache.find(storage, 'other')).rejects.toMatchObject({ code: 'STORAGE_UNREACHABLE' });
  });

  it('keeps no more than it may, and drops what was used the longest ago', async () => {
    const { storage, said } = bucket({ a: '0123456789', b: 'abcdefghij', c: 'klmnopqrst' });
    const cache = await open(20);
    await read(cache, storage, 'a');
    await read(cache, storage, 'b');
    await read(cache, storage, 'a');
    await read(cache, storage, 'c');
    expect(cache.keptBytes).toBe(20);
    said.gets.length = 0;
    await read(cache, storage, 'a');
    expect(said.gets).toEqual([]);
    await read(cache, storage, 'b');
    expect(said.gets).toEqual(['b 0-9']);
    expect((await open(5)).keptBytes).toBe(0);
  });

  it('keeps nothing of a failure', async () => {
    const { storage, said } = bucket({ a: 'abcdefghijklm' });
    const cache = await open();
    said.cutsAt = 4;
    await expect(read(cache, storage, 'a')).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(cache.keptBytes).toBe(0);
    said.cutsAt = Number.POSITIVE_INFINITY;
    expect(await read(cache, storage, 'a')).toBe('abcdefghijklm');
    expect((await readdir(join(folder, '.partial'))).length).toBe(0);
  });

  it('takes what was cut or taken away on the disk from the bucket again', async () => {
    const { storage, said } = bucket({ a: 'abcdefghijklm' });
    const cache = await open();
    await read(cache, storage, 'a');
    const [object = ''] = (await readdir(folder)).filter((name) => name !== '.partial');
    const block = (await readdir(join(folder, object))).find((name) => name.endsWith('-0')) ?? '';
    await writeFile(join(folder, object, block), 'abc');
    expect(await read(cache, storage, 'a')).toBe('abcdefghijklm');
    await rm(join(folder, object), { recursive: true });
    expect(await read(cache, storage, 'a')).toBe('abcdefghijklm');
    expect(said.gets.filter((each) => each === 'a 0-9')).toHaveLength(3);
  });

  it('hears of another object under the name, and of none, after some minutes', async () => {
    const { storage, said, objects } = bucket({ a: 'abcdefghijklm' });
    const cache = await open();
    await read(cache, storage, 'a');
    objects.a = 'ABCDEFGHIJKLM';
    said.modifiedAtMs = 2;
    at.nowMs += 299_999;
    expect(await read(cache, storage, 'a')).toBe('abcdefghijklm');
    at.nowMs += 1;
    expect(await read(cache, storage, 'a')).toBe('ABCDEFGHIJKLM');
    delete objects.a;
    at.nowMs += 300_000;
    expect(await read(cache, storage, 'a')).toBe('nothing');
    expect(cache.keptBytes).toBe(0);
  });
});
