import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStorage, probeStorage, type Storage, type StorageSetting } from '../../../src/storage/index.ts';
import { tempDir } from '../../support/index.ts';
import { type Swift, startSwift } from '../../support/swift.ts';

let swift: Swift;
const opened: Storage[] = [];

beforeAll(async () => {
  swift = await startSwift();
});
afterAll(() => swift?.stop());
afterEach(() => {
  for (const storage of opened.splice(0)) storage.close();
});

async function open(options: Partial<Extract<StorageSetting, { kind: 's3' }>> = {}): Promise<Storage> {
  const storage = await openStorage({ kind: 's3', name: 'swift', ...swift.bucket, ...options });
  opened.push(storage);
  return storage;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const bytesOf = (content: string) => ({ bytes: Buffer.from(content) });

async function names(storage: Storage, prefix: string, after?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of storage.list(prefix, after === undefined ? {} : { after })) found.push(name);
  return found;
}

describe('a bucket of Swift', () => {
  it('passes the probe and lets no stranger in', async () => {
    const storage = await open({ prefix: 'probe' });
    expect(await probeStorage(storage)).toEqual({ strangersMay: [] });
    expect(await names(storage, '')).toEqual([]);
  });

  it('gives back what was put under any name, whole and in part', async () => {
    const storage = await open({ prefix: 'a/b' });
    for (const name of ['live/demo/1.jpg', 'Ärger/日本/a b+%#?&=~"\'.mp4', '...']) {
      const content = `this is ${name}`;
      await storage.put(name, bytesOf(content), { contentType: 'image/jpeg' });
      const found = await storage.get(name);
      expect(await text(found.body)).toBe(content);
      const bytes = Buffer.from(content);
      expect(found).toMatchObject({ name, sizeBytes: bytes.length, contentType: 'image/jpeg', sha256: sha256(bytes) });
      const part = await storage.get(name, { range: { start: 5, end: 6 } });
      expect([await text(part.body), part.sizeBytes]).toEqual(['is', bytes.length]);
    }
    expect(await names(await open(), 'a/b/li')).toEqual(['a/b/live/demo/1.jpg']);
  });

  it('lists page by page, by prefix and after a name, and deletes', async () => {
    const storage = await open({ prefix: 'list' });
    const all = Array.from({ length: 1005 }, (_, i) => `many/${String(i).padStart(5, '0')}`);
    for (let i = 0; i < all.length; i += 15) {
      await Promise.all(all.slice(i, i + 15).map((name) => storage.put(name, bytesOf('x'))));
    }
    expect(await names(storage, 'many/')).toEqual(all);
    expect(await names(storage, 'many/0100')).toEqual(all.slice(1000));
    expect(await names(storage, 'many/', 'many/01002')).toEqual(all.slice(1003));
    await storage.delete('many/00001');
    await storage.delete('many/00001');
    expect(await storage.head('many/00001')).toBeUndefined();
    await expect(storage.get('many/00001')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  });

  it('takes a large file in parts, and nothing of one with another checksum', async () => {
    const home = await tempDir('s3');
    try {
      const file = join(home.path, 'large');
      const large = randomBytes(40_000_000);
      await writeFile(file, large);
      const storage = await open({ prefix: 'parts', multipartBytes: 20_000_000 });
      await storage.put('large', { file }, { contentType: 'video/mp4', sha256: sha256(large) });
      expect(await storage.head('large')).toMatchObject({ sizeBytes: large.length, sha256: sha256(large) });
      expect((await buffer((await storage.get('large')).body)).equals(large)).toBe(true);
      const refused = storage.put('other', { file }, { sha256: sha256(Buffer.from('other')) });
      await expect(refused).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
      expect(await storage.head('other')).toBeUndefined();
    } finally {
      await home.remove();
    }
  });

  it('says what is wrong: keys, bucket, encryption, address', async () => {
    const nobody = { accessKeyId: 'nobody', secretAccessKey: 'nothing' };
    const refused = { code: 'STORAGE_REFUSED' };
    await expect((await open({ credentials: nobody })).put('a', bytesOf('a'))).rejects.toMatchObject(refused);
    await expect((await open({ bucket: 'absent' })).put('a', bytesOf('a'))).rejects.toMatchObject(refused);
    await expect((await open({ bucket: 'absent' })).head('a')).resolves.toBeUndefined();
    await expect((await open({ encryption: 'AES256' })).put('a', bytesOf('a'))).rejects.toMatchObject(refused);
    const nowhere = await open({ endpoint: 'http://127.0.0.1:9' });
    await expect(nowhere.put('a', bytesOf('a'))).rejects.toMatchObject({ code: 'STORAGE_UNREACHABLE' });
  });

  it('does not wait for ever for an answer', async () => {
    const storage = await open({ idleMs: 1000 });
    swift.freeze();
    try {
      await expect(storage.put('a', bytesOf('a'))).rejects.toMatchObject({ code: 'STORAGE_UNREACHABLE' });
    } finally {
      swift.thaw();
    }
  });
});

describe('what goes over the wire', () => {
  /** Keeps requests and answers as a bucket that lets everyone in. */
  async function openBucket(options: Partial<Extract<StorageSetting, { kind: 's3' }>> = {}) {
    const requests: { line: string; headers: NodeJS.Dict<string | string[]> }[] = [];
    const server = createServer(async (request, response) => {
      requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
      await buffer(request);
      response.setHeader('content-type', 'application/xml');
      response.end(request.url?.includes('list-type') ? '<ListBucketResult></ListBucketResult>' : undefined);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { storage: await open({ ...options, endpoint }), requests, close: () => server.close() };
  }

  it('asks as a stranger without any signature', async () => {
    const { storage, requests, close } = await openBucket();
    expect(await storage.strangersMay?.('a')).toEqual(['list', 'read']);
    expect(requests.map(({ line }) => line.split('&')[0])).toEqual([
      'GET /headwater/?list-type=2',
      'HEAD /headwater/a',
    ]);
    expect(requests.flatMap(({ headers }) => headers.authorization ?? [])).toEqual([]);
    close();
  });

  it.each([
    [{}, { 'x-amz-server-side-encryption': undefined }],
    [{ encryption: 'AES256' }, { 'x-amz-server-side-encryption': 'AES256' }],
    [
      { encryption: 'KMS', kmsKeyId: 'key-1' },
      { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': 'key-1' },
    ],
  ] as const)('with %j sends plain bytes, their checksum and %j', async (options, headers) => {
    const { storage, requests, close } = await openBucket(options);
    await storage.put('a', bytesOf('hello'), { contentType: 'text/plain' });
    const sent = requests[0]!.headers;
    const contentMd5 = createHash('md5').update('hello').digest('base64');
    expect(sent).toMatchObject({ 'content-md5': contentMd5, 'content-length': '5', 'content-type': 'text/plain' });
    for (const [name, value] of Object.entries(headers)) expect(sent[name]).toBe(value);
    expect([sent['content-encoding'], sent['x-amz-trailer'], sent['transfer-encoding']]).toEqual(
      Array(3).fill(undefined),
    );
    close();
  });
});
