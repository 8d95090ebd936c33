import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { Upload } from 'tus-js-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openPage } from '../../support/browser.ts';
import type { Headwater } from '../../support/index.ts';
import { type Asked, askForUpload, bytesOf, settled, startUploadServer } from '../../support/uploads.ts';

let server: Headwater;
beforeAll(async () => {
  server = await startUploadServer();
});
afterAll(async () => void (await server?.stop()));

const bearer = ({ access }: Asked) => ({ Authorization: `Bearer ${access.tus.token}` });

function upload(asked: Asked, bytes: Buffer, options: Partial<ConstructorParameters<typeof Upload>[1]> = {}) {
  return new Promise<Upload>((resolve, reject) => {
    const each: Upload = new Upload(bytes, {
      ...{ endpoint: asked.access.tus.url, headers: bearer(asked), retryDelays: [0, 100, 500] },
      ...{ metadata: { filename: 'film.mp4', filetype: 'video/mp4' }, chunkSize: 1_000_000 },
      onError: reject,
      onSuccess: () => resolve(each),
      ...options,
    });
    each.start();
  });
}

describe('tus', () => {
  it('takes a file in chunks, and the library has it', async () => {
    const { bytes, sha256 } = bytesOf(3_500_000);
    const asked = await askForUpload(server, { sizeBytes: bytes.length, sha256 });
    await upload(asked, bytes);
    expect(await settled(server, asked.upload.id)).toMatchObject({
      state: 'done',
      receivedBytes: bytes.length,
      sha256,
    });
    const file = join(server.dataDir, '..', 'recordings', asked.upload.object);
    expect(bytes.equals(await readFile(file))).toBe(true);
  });
});

describe('a page of another origin', () => {
  /** Nothing but the upload clients themselves, as a site of one's own has them. */
  const scripts: Record<string, string> = {
    '/tus.js': 'node_modules/tus-js-client/dist/tus.min.js',
    '/oss.js': 'node_modules/ali-oss/dist/aliyun-oss-sdk.min.js',
  };
  const site = createServer((request, response) => {
    const script = scripts[request.url ?? ''];
    if (script) response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(script));
    else {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<script src="/tus.js"></script><script src="/oss.js"></script>');
    }
  });
  let browser: Browser;
  let opened: Awaited<ReturnType<typeof openPage>>;
  beforeAll(async () => {
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    browser = await openBrowser();
    opened = await openPage(browser, `http://localhost:${(site.address() as AddressInfo).port}/`);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    site.close();
  });

  it('uploads by tus, and reads how far it is', async () => {
    const asked = await askForUpload(server);
    const done = await opened.page.evaluate(TUS_IN_PAGE, { url: asked.access.tus.url, headers: bearer(asked) });
    expect(done).toEqual({ sizeBytes: 2_500_000, offset: '2500000' });
    expect(await settled(server, asked.upload.id)).toMatchObject({ state: 'done', receivedBytes: 2_500_000 });
  });

  it('uploads in parts by the client of OSS, which must read the tags of its parts', async () => {
    const asked = await askForUpload(server);
    const read = (base64: string) => JSON.parse(Buffer.from(base64, 'base64').toString()) as Record<string, string>;
    const given = { ...read(asked.access.oss.uploadAddress), ...read(asked.access.oss.uploadAuth) };
    const etag = await opened.page.evaluate(OSS_IN_PAGE, given);
    expect(etag).toMatch(/^"[0-9A-Fa-f]{32}-3"$/);
    expect(await settled(server, asked.upload.id)).toMatchObject({ state: 'done', receivedBytes: 2_500_000 });
  });
});

/** These run in the page. */
const TUS_IN_PAGE = async ({ url, headers }: { url: string; headers: Record<string, string> }) => {
  const { tus } = globalThis as unknown as { tus: { Upload: typeof Upload } };
  const file = new Blob([new Uint8Array(2_500_000)]);
  const upload = await new Promise<Upload>((resolve, reject) => {
    const each: Upload = new tus.Upload(file as never, {
      ...{ endpoint: url, headers, chunkSize: 1_000_000, metadata: { filename: 'film.mp4' } },
      onError: reject,
      onSuccess: () => resolve(each),
    });
    each.start();
  });
  const head = await fetch(upload.url as string, { method: 'HEAD', headers: { ...headers, 'tus-resumable': '1.0.0' } });
  return { sizeBytes: file.size, offset: head.headers.get('upload-offset') };
};
const OSS_IN_PAGE = async (given: Record<string, string>) => {
  const { OSS } = globalThis as unknown as {
    OSS: new (options: object) => { multipartUpload: (...all: unknown[]) => Promise<{ etag: string }> };
  };
  const client = new OSS({
    ...{ endpoint: given.Endpoint, bucket: given.Bucket, accessKeyId: given.AccessKeyId },
    ...{ accessKeySecret: given.AccessKeySecret, stsToken: given.SecurityToken },
    ...{ refreshSTSToken: async () => ({}), refreshSTSTokenInterval: 3_600_000 },
  });
  const file = new Blob([new Uint8Array(2_500_000)]);
  return (await client.multipartUpload(given.FileName, file, { partSize: 1_000_000, parallel: 2 })).etag;
};
