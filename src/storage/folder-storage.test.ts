import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderStorage } from './folder-storage.ts';
import { probeStorage } from './probe-storage.ts';

let folder: string;
let storage: FolderStorage;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-folder-test-'));
  storage = new FolderStorage('test', join(folder, 'objects'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (name: string, content = name) => storage.put(name, { bytes: Buffer.from(content) });
const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

async function names(prefix: string, after?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of storage.list(prefix, after === undefined ? {} : { after })) found.push(name);
  return found;
}

describe('FolderStorage', () => {
  it('gives back what was put, whole, in part, and what is known of it', async () => {
    expect(await put('live/demo/1.jpg', 'hello world')).toEqual({ sha256: sha256('hello world') });
    expect(await storage.head('live/demo/1.jpg')).toMatchObject({ name: 'live/demo/1.jpg', sizeBytes: 11 });
    expect(await text((await storage.get('live/demo/1.jpg')).body)).toBe('hello world');
    const part = await storage.get('live/demo/1.jpg', { range: { start: 6, end: 8 } });
    expect([await text(part.body), part.sizeBytes]).toEqual(['wor', 11]);
    expect(await text((await storage.get('live/demo/1.jpg', { range: { start: 6, end: 999 } })).body)).toBe('world');
  });

  it('takes a file, and puts a new object in the place of the old one', async () => {
    const file = join(folder, 'source');
    await writeFile(file, 'x'.repeat(1_000_000));
    await put('a');
    expect(await storage.put('a', { file })).toEqual({ sha256: sha256('x'.repeat(1_000_000)) });
    expect((await storage.head('a'))?.sizeBytes).toBe(1_000_000);
  });

  it('stores nothing whose checksum is another, and leaves nothing of it', async () => {
    await put('a', 'old');
    const refused = storage.put('a', { bytes: Buffer.from('new') }, { sha256: sha256('other') });
    await expect(refused).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(await text((await storage.get('a')).body)).toBe('old');
    expect(await readdir(join(folder, 'objects/.partial'))).toEqual([]);
  });

  it('lists by prefix in the order of the bytes, as a bucket does', async () => {
    const all = ['a', 'a-b', 'a.b', 'a/b', 'a/c/d', 'a0', 'b/é', 'b/z'];
    for (const name of all.toReversed()) await put(name.replace(/^a$/, 'a!'));
    const sorted = all
      .map((name) => name.replace(/^a$/, 'a!'))
      .sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    expect(await names('')).toEqual(sorted);
    expect(await names('a/')).toEqual(['a/b', 'a/c/d']);
    expect(await names('a/c')).toEqual(['a/c/d']);
    expect(await names('b')).toEqual(['b/z', 'b/é']);
    expect(await names('', 'a/b')).toEqual(sorted.slice(sorted.indexOf('a/b') + 1));
    expect(await names('none/at/all')).toEqual([]);
  });

  it('deletes with the folders that are empty then, and what is not there without a word', async () => {
    await put('a/b/c');
    await put('a/d');
    await storage.delete('a/b/c');
    await storage.delete('a/b/c');
    expect(await storage.head('a/b/c')).toBeUndefined();
    expect(await readdir(join(folder, 'objects/a'))).toEqual(['d']);
    await storage.delete('a');
    expect(await names('')).toEqual(['a/d']);
    await expect(storage.get('a/b/c')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  });

  it('puts while others delete the last object of the folder', async () => {
    const rounds = Array.from({ length: 40 }, (_, i) => i);
    await Promise.all(rounds.flatMap((i) => [put(`x/y/${i}`), put(`x/z/${i}`).then(() => storage.delete(`x/z/${i}`))]));
    expect((await names('x/')).length).toBe(40);
  });

  it('says what is in the way', async () => {
    await put('a');
    await expect(put('a/b')).rejects.toMatchObject({ code: 'OBJECT_NAME_TAKEN' });
    await put('c/d');
    await expect(put('c')).rejects.toMatchObject({ code: 'OBJECT_NAME_TAKEN' });
    await expect(put('../a')).rejects.toMatchObject({ code: 'OBJECT_NAME_INVALID' });
    await expect(storage.get('../source')).rejects.toMatchObject({ code: 'OBJECT_NAME_INVALID' });
    await expect(storage.head('a/../../source')).rejects.toMatchObject({ code: 'OBJECT_NAME_INVALID' });
    await expect(storage.delete('/etc/passwd')).rejects.toMatchObject({ code: 'OBJECT_NAME_INVALID' });
    await expect(names('../')).rejects.toMatchObject({ code: 'OBJECT_NAME_INVALID' });
    const missing = storage.put('e', { file: join(folder, 'missing') });
    await expect(missing).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  });

  it('does not list what a link leads to', async () => {
    await put('a');
    await writeFile(join(folder, 'secret'), 'secret');
    await symlink(join(folder, 'secret'), join(folder, 'objects/link'));
    expect(await names('')).toEqual(['a']);
  });

  it('removes what a crash left unfinished, a day later', async () => {
    await put('a');
    const partials = join(folder, 'objects/.partial');
    await writeFile(join(partials, 'old'), '');
    await writeFile(join(partials, 'new'), '');
    const longAgo = new Date(Date.now() - 100_000_000);
    await utimes(join(partials, 'old'), longAgo, longAgo);
    await storage.removeStale(Date.now());
    expect(await readdir(partials)).toEqual(['new']);
  });

  it('passes the probe and leaves nothing of it', async () => {
    expect(await probeStorage(storage)).toEqual({ strangersMay: [] });
    expect(await names('')).toEqual([]);
    expect(await readdir(join(folder, 'objects'))).toEqual(['.partial']);
  });
});

describe('a file that is given away', () => {
  const given = () => join(folder, 'given');
  const options = { moves: true, sha256: sha256('media') };

  it('becomes the object', async () => {
    await writeFile(given(), 'media');
    await storage.put('a/b.mp4', { file: given() }, options);
    expect(await text((await storage.get('a/b.mp4')).body)).toBe('media');
    expect(await readdir(folder)).toEqual(['objects']);
  });

  it('is where it was when its name is taken', async () => {
    await put('a');
    await writeFile(given(), 'media');
    await expect(storage.put('a/b.mp4', { file: given() }, options)).rejects.toMatchObject({
      code: 'OBJECT_NAME_TAKEN',
    });
    expect(await readdir(folder)).toEqual(['given', 'objects']);
  });
});
