import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import OSS, { type Checkpoint } from 'ali-oss';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Headwater, tempDir } from '../../support/index.ts';
import { type Swift, startSwift } from '../../support/swift.ts';
import { askForUpload, bytesOf, ossOf, post, settled, silent, startUploadServer } from '../../support/uploads.ts';
import { Crc64 } from '../../../src/vod/upload/crc64.ts';

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

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex').toUpperCase();

describe.each(['recordings', 'cloud'])('a client of OSS, into %s', (storage) => {
  it('puts an object with UploadAddress and UploadAuth', async () => {
    const { bytes, sha256 } = bytesOf(300_000);
    const asked = await askForUpload(server, { storage, sizeBytes: bytes.length, sha256 });
    const { client, object } = ossOf(asked);
    const { res } = await client.put(object, bytes);
    expect(res.headers.etag).toBe(`"${md5(bytes)}"`);
    expect(res.headers['x-oss-hash-crc64ecma']).toBe(String(new Crc64().update(bytes).value));
    expect(await settled(server, asked.upload.id)).toMatchObject({ state: 'done', sha256, receivedBytes: bytes.length });
    const head = await client.head(object);
    expect(head.res.headers).toMatchObject({ 'content-length': '300000', etag: `"${md5(bytes)}"` });
    expect((await client.get(object)).content.equals(bytes)).toBe(true);
    const part = await client.get(object, { headers: { Range: 'bytes=100-199' } });
    expect(part.content.equals(bytes.subarray(100, 200))).toBe(true);
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
