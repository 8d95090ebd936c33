import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Checkpoint } from 'ali-oss';
import { Upload } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { freePort } from '../../support/free-port.ts';
import { type Headwater, tempDir, until } from '../../support/index.ts';
import { type Swift, startSwift } from '../../support/swift.ts';
import { anonymousBytes, askForUpload, bytesOf, ossOf, settled, startUploadServer } from '../../support/uploads.ts';

let swift: Swift;
let home: Awaited<ReturnType<typeof tempDir>>;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  home = await tempDir('resume');
  swift = await startSwift();
  const { endpoint, region, bucket, credentials } = swift.bucket;
  const cloud = { name: 'cloud', kind: 's3', endpoint, region, bucket, ...credentials, pathStyle: 'on' };
  await writeFile(join(home.path, 'config.yml'), stringify({ storages: [cloud] }));
  env = {
    HEADWATER_CONFIG: join(home.path, 'config.yml'),
    HEADWATER_RECORDINGS_DIR: join(home.path, 'recordings'),
    HEADWATER_UPLOAD_PORT: String(await freePort()),
  };
});
afterAll(async () => {
  await swift?.stop();
  await home?.remove();
});

const dataDir = () => join(home.path, 'data');
const start = () => startUploadServer({ env, dataDir: dataDir() });

/** A server that is killed and comes back on the same ports, with all that it kept. */
async function killed(server: Headwater): Promise<Headwater> {
  await server.stop('SIGKILL');
  return start();
}

describe.each(['recordings', 'cloud'])('kill -9 in mid-upload into %s', (storage) => {
  it('loses nothing of tus: the client goes on where it was', async () => {
    let server = await start();
    try {
      const { bytes, sha256 } = bytesOf(30_000_000);
      const asked = await askForUpload(server, { storage, sha256 });
      const offsets: number[] = [];
      const uploading = new Promise<void>((resolve, reject) => {
        const upload = new Upload(bytes, {
          endpoint: asked.access.tus.url,
          headers: { Authorization: `Bearer ${asked.access.tus.token}` },
          ...{ chunkSize: 3_000_000, retryDelays: Array.from({ length: 200 }, () => 500) },
          onShouldRetry: () => true,
          onChunkComplete: (_size, accepted) => void offsets.push(accepted),
          ...{ onSuccess: () => resolve(), onError: reject },
        });
        upload.start();
      });
      await until('half of it is there', () => (offsets.at(-1) ?? 0) >= 12_000_000);
      server = await killed(server);
      await uploading;
      expect(new Set(offsets).size).toBe(10);
      expect(await settled(server, asked.upload.id)).toMatchObject({
        state: 'done',
        sha256,
        receivedBytes: 30_000_000,
      });
      const { client, object } = ossOf(asked);
      const back = (await client.get(object)).content;
      expect(back.equals(bytes)).toBe(true);
    } finally {
      await server.stop();
    }
  });

  it('loses no part of a multipart upload', async () => {
    let server = await start();
    try {
      const { bytes, sha256 } = bytesOf(24_000_000);
      const file = join(home.path, 'film');
      await writeFile(file, bytes);
      const asked = await askForUpload(server, { storage, sha256 });
      let checkpoint: (Checkpoint & { file: unknown }) | undefined;
      const { client, object } = ossOf(asked, { timeout: 10_000 });
      const first = client.multipartUpload(object, file, {
        ...{ partSize: 1_000_000, parallel: 3 },
        progress: (_share, now) => {
          if (now) checkpoint = { ...JSON.parse(JSON.stringify(now)), file };
        },
      });
      first.catch(() => undefined);
      await until('half of it is there', () => (checkpoint?.doneParts.length ?? 0) >= 12);
      server = await killed(server);
      await first.catch(() => undefined);
      const again = ossOf(await server.api<typeof asked>(`/uploads/${asked.upload.id}/refresh`, { method: 'POST' }));
      await again.client.multipartUpload(object, file, { checkpoint: checkpoint!, parallel: 3 });
      expect(await settled(server, asked.upload.id)).toMatchObject({ state: 'done', receivedBytes: 24_000_000 });
      expect((await again.client.get(object)).content.equals(bytes)).toBe(true);
      const left = await readdir(join(dataDir(), 'incoming')).catch(() => []);
      expect(left).toEqual([]);
    } finally {
      await server.stop();
    }
  });
});

describe('a large upload', () => {
  const SIZE = Number(process.env.UPLOAD_BYTES ?? 1_073_741_824);
  const { UPLOAD_STORAGE } = process.env;
  const STORAGE = UPLOAD_STORAGE === undefined ? {} : { storage: UPLOAD_STORAGE };
  const chunk = Buffer.alloc(1_048_576, 'headwater');

  function* large(sizeBytes = SIZE) {
    for (let left = sizeBytes; left > 0; left -= chunk.length)
      yield left < chunk.length ? chunk.subarray(0, left) : chunk;
  }

  it.each(['tus', 'put'])('by %s keeps the memory flat', async (way) => {
    const server = await start();
    try {
      const asked = await askForUpload(server, { sizeBytes: SIZE, ...STORAGE });
      const idle = await anonymousBytes(server.child.pid);
      let highest = 0;
      const timer = setInterval(async () => {
        highest = Math.max(highest, await anonymousBytes(server.child.pid).catch(() => 0));
      }, 100);
      if (way === 'tus') await patchAll(asked);
      else {
        const { client, object } = ossOf(asked, { timeout: Math.max(600_000, SIZE / 5_000) });
        await client.putStream(object, Readable.from(large()), { contentLength: SIZE });
      }
      clearInterval(timer);
      expect(await settled(server, asked.upload.id)).toMatchObject({ state: 'done', receivedBytes: SIZE });
      console.log(`${way}: ${SIZE} bytes, idle ${idle}, highest ${highest}, more ${highest - idle}`);
      expect(highest - idle).toBeLessThan(60_000_000);
    } finally {
      await server.stop();
    }
  });

  async function patchAll({ access }: Awaited<ReturnType<typeof askForUpload>>) {
    const headers = { 'tus-resumable': '1.0.0', authorization: `Bearer ${access.tus.token}` };
    const created = await fetch(access.tus.url, {
      method: 'POST',
      headers: { ...headers, 'upload-length': String(SIZE) },
    });
    const url = new URL(created.headers.get('location') ?? '', access.tus.url);
    const patch = { 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
    const body = Readable.toWeb(Readable.from(large()));
    const options = { method: 'PATCH', headers: { ...headers, ...patch }, body, duplex: 'half' };
    expect((await fetch(url, options as RequestInit)).status).toBe(204);
  }
});
