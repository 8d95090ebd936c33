import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import OSS, { type Checkpoint } from 'ali-oss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { Crc64 } from '../../../src/vod/upload/crc64.ts';
import { type Headwater, tempDir } from '../../support/index.ts';
import { type Swift, startSwift } from '../../support/swift.ts';
import { askForUpload, bytesOf, ossOf, post, settled, startUploadServer } from '../../support/uploads.ts';

let server: Headwater;
let swift: Swift;
let home: Awaited<ReturnType<typeof tempDir>>;
let key: { id: string; secret: string };

beforeAll(async () => {
  home = await tempDir('oss');
  swift = await startSwift();
  const { endpoint, region, bucket, credentials } = swift.bucket;
  const { accessKeyId, secretAccessKey } = credentials;
  const cloud = { name: 'cloud', kind: 's3', endpoint, region, bucket, accessKeyId, secretAccessKey, pathStyle: 'on' };
  const config = join(home.path, 'config.yml');
  await writeFile(config, stringify({ storages: [{ ...cloud, prefix: 'some/where' }] }));
  server = await startUploadServer({ env: { HEADWATER_CONFIG: config } });
  const user = { name: 'uploads', grants: [{ role: 'uploader' }], statements: [] };
  const { id } = await server.api<{ id: string }>('/users', post(user));
  key = await server.api<typeof key>('/access-keys', post({ userId: id }));
});
afterAll(async () => {
  await server?.stop();
  await swift?.stop();
  await home?.remove();
});

const endpoint = () => `http://127.0.0.1:${server.uploadPort}`;

async function fileOf(name: string, bytes: Buffer): Promise<string> {
  const file = join(home.path, name);
  await writeFile(file, bytes);
  return file;
}

const withKey = (bucket: string, more: object = {}) =>
  new OSS({ endpoint: endpoint(), bucket, accessKeyId: key.id, accessKeySecret: key.secret, ...more });

/** Every name is this machine. */
const here = ((_name, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
}) as LookupFunction;

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex').toUpperCase();

describe.each(['recordings', 'cloud'])('a client of OSS, into %s', (storage) => {
  it('puts an object with UploadAddress and UploadAuth', async () => {
    const { bytes, sha256 } = bytesOf(300_000);
    const asked = await askForUpload(server, { storage, sizeBytes: bytes.length, sha256 });
    const { client, object } = ossOf(asked);
    const { res } = await client.put(object, bytes);
    expect(res.headers.etag).toBe(`"${md5(bytes)}"`);
    expect(res.headers['x-oss-hash-crc64ecma']).toBe(String(new Crc64().update(bytes).value));
    expect(await settled(server, asked.upload.id)).toMatchObject({
      state: 'done',
      sha256,
      receivedBytes: bytes.length,
    });
    const head = await client.head(object);
    expect(head.res.headers).toMatchObject({ 'content-length': '300000', etag: `"${md5(bytes)}"` });
    expect((await client.get(object)).content.equals(bytes)).toBe(true);
    const part = await client.get(object, { headers: { Range: 'bytes=100-199' } });
    expect(part.content.equals(bytes.subarray(100, 200))).toBe(true);
  });

  it('takes what comes in chunks of unknown length', async () => {
    const { bytes } = bytesOf(10_000_000);
    const { client, object } = ossOf(await askForUpload(server, { storage }));
    await client.putStream(object, Readable.from([bytes.subarray(0, 100), bytes.subarray(100)]));
    expect((await client.get(object)).content.equals(bytes)).toBe(true);
  });

  it('makes one object of parts of uneven sizes that come in any order', async () => {
    const { bytes } = bytesOf(13_000_000);
    const file = await fileOf(`uneven-${storage}`, bytes);
    const client = withKey(storage);
    const name = `uneven/${storage}.bin`;
    const { uploadId } = await client.initMultipartUpload(name);
    expect((await client.listUploads({ prefix: 'uneven/' })).uploads).toEqual([expect.objectContaining({ uploadId })]);
    const ends = [0, 300_000, 5_000_000, 5_200_000, 12_900_000, 13_000_000];
    const etags = new Map<number, string>();
    for (const part of [5, 2, 4, 1, 3, 2]) {
      const sent = await client.uploadPart(name, uploadId, part, file, ends[part - 1]!, ends[part]!);
      etags.set(part, sent.etag);
    }
    expect((await client.listParts(name, uploadId)).parts).toHaveLength(5);
    const parts = [...etags].map(([number, etag]) => ({ number, etag }));
    const done = await client.completeMultipartUpload(name, uploadId, parts);
    expect(done.res.headers['x-oss-hash-crc64ecma']).toBe(String(new Crc64().update(bytes).value));
    expect((await client.get(name)).content.equals(bytes)).toBe(true);
    expect((await client.listUploads({ prefix: 'uneven/' })).uploads).toEqual([]);
  });

  it('lists by prefix, in pages, and what is below slashes as one', async () => {
    const client = withKey(storage);
    for (const name of ['list/a', 'list/b/1', 'list/b/2', 'list/c', 'list/d&e', 'other'])
      await client.put(name, Buffer.from(name));
    const names = async (query: object) => (await client.list(query)).objects?.map((each) => each.name);
    expect(await names({ prefix: 'list/' })).toEqual(['list/a', 'list/b/1', 'list/b/2', 'list/c', 'list/d&e']);
    const first = await client.listV2({ prefix: 'list/', 'max-keys': '2' });
    expect(first.isTruncated).toBe(true);
    const second = await client.listV2({ prefix: 'list/', 'continuation-token': first.nextContinuationToken });
    expect([...first.objects!, ...second.objects!].map((each) => each.name)).toEqual(await names({ prefix: 'list/' }));
    const folders = await client.list({ prefix: 'list/', delimiter: '/' });
    expect(folders.prefixes).toEqual(['list/b/']);
    expect(folders.objects?.map((each) => each.name)).toEqual(['list/a', 'list/c', 'list/d&e']);
  });

  it.each([
    ['the bucket in the path', { sldEnable: true }],
    ['a name of its own', { cname: true }],
    ['the bucket in the host', { endpoint: 'upload.test' }],
  ])('is reached with %s', async (what, more) => {
    const isNamed = 'endpoint' in more;
    const named = { endpoint: `http://upload.test:${server.uploadPort}`, agent: new Agent({ lookup: here }) };
    const own = isNamed ? named : more;
    const client = withKey(storage, own);
    const name = `styles/${what} ü+%/${storage}.txt`;
    await client.put(name, Buffer.from(what));
    expect((await client.get(name)).content.toString()).toBe(what);
    const { bytes } = bytesOf(1000);
    const asked = await askForUpload(server, { storage });
    const lent = ossOf(asked, own);
    await lent.client.put(lent.object, bytes);
    expect((await lent.client.head(lent.object)).status).toBe(200);
  });

  it('gets by a signed address', async () => {
    await withKey(storage).put('signed.txt', Buffer.from('hello'));
    const named = withKey(storage, { endpoint: `http://localhost:${server.uploadPort}`, sldEnable: true });
    const url = named.signatureUrl('signed.txt', { expires: 60 }).replace('localhost', '127.0.0.1');
    expect(await (await fetch(url)).text()).toBe('hello');
    expect((await fetch(url.replace('signed.txt', 'signed.tx'))).status).toBe(403);
  });

  it('uploads in parts, breaks off, goes on from its checkpoint', async () => {
    const { bytes, sha256 } = bytesOf(21_234_567);
    const file = await fileOf(`film-${storage}`, bytes);
    const asked = await askForUpload(server, { storage, sha256 });
    const { client, object } = ossOf(asked);
    let checkpoint: Checkpoint | undefined;
    const first = client.multipartUpload(object, file, {
      ...{ partSize: 1_048_576, parallel: 3 },
      progress: (share, now) => {
        checkpoint = now && JSON.parse(JSON.stringify(now));
        if (share > 0.4) client.cancel();
      },
    });
    await expect(first).rejects.toMatchObject({ name: 'cancel' });
    expect(checkpoint?.doneParts.length).toBeGreaterThan(5);
    const fresh = await server.api<typeof asked>(`/uploads/${asked.upload.id}/refresh`, { method: 'POST' });
    const shares: number[] = [];
    const again = ossOf(fresh);
    const done = await again.client.multipartUpload(object, file, {
      ...{ checkpoint: { ...checkpoint!, file } as never, parallel: 3 },
      progress: (share) => void shares.push(share),
    });
    expect(shares[0]).toBeGreaterThan(0.4);
    expect(shares.at(-1)).toBe(1);
    expect(done.res.headers['x-oss-hash-crc64ecma']).toBe(String(new Crc64().update(bytes).value));
    expect(await settled(server, asked.upload.id)).toMatchObject({ state: 'done', receivedBytes: bytes.length });
    expect((await again.client.get(object)).content.equals(bytes)).toBe(true);
  });
});
