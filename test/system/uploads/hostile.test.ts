import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import OSS from 'ali-oss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Headwater, until } from '../../support/index.ts';
import {
  type Asked,
  askForUpload,
  bytesOf,
  ossOf,
  post,
  sha256,
  startUploadServer,
  uploadOf,
} from '../../support/uploads.ts';

let server: Headwater;
beforeAll(async () => {
  server = await startUploadServer();
});
afterAll(async () => void (await server?.stop()));

const OFFSET = 'application/offset+octet-stream';
const recordings = () => join(server.dataDir, '..', 'recordings');
const fileOf = ({ upload }: Asked) => readFile(join(recordings(), upload.object));

async function tus(asked: Asked, method: string, url: string, headers: Record<string, string> = {}, body?: Uint8Array) {
  const authorization = `Bearer ${asked.access.tus.token}`;
  const response = await fetch(new URL(url, asked.access.tus.url), {
    ...{ method, headers: { 'tus-resumable': '1.0.0', authorization, ...headers } },
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, answer: text.startsWith('{') ? JSON.parse(text) : text };
}

async function begun(asked: Asked, sizeBytes: number): Promise<string> {
  const { status, headers } = await tus(asked, 'POST', '', { 'upload-length': String(sizeBytes) });
  expect(status).toBe(201);
  return headers.get('location') ?? '';
}

const at = (offset: number, more: object = {}) => ({
  'upload-offset': String(offset),
  'content-type': OFFSET,
  ...more,
});

describe('a chunk', () => {
  it('of a wrong checksum is not kept, and the right one is', async () => {
    const { bytes } = bytesOf(200_000);
    const asked = await askForUpload(server);
    const url = await begun(asked, bytes.length);
    const [first, second] = [bytes.subarray(0, 150_000), bytes.subarray(150_000)];
    const sum = (chunk: Buffer) => `sha256 ${Buffer.from(sha256(chunk), 'hex').toString('base64')}`;
    expect((await tus(asked, 'PATCH', url, at(0, { 'upload-checksum': sum(first) }), first)).status).toBe(204);
    const wrong = await tus(asked, 'PATCH', url, at(150_000, { 'upload-checksum': sum(first) }), second);
    expect(wrong).toMatchObject({ status: 460, answer: { code: 'UPLOAD_CHECKSUM' } });
    expect((await tus(asked, 'HEAD', url)).headers.get('upload-offset')).toBe('150000');
    const right = await tus(asked, 'PATCH', url, at(150_000, { 'upload-checksum': sum(second) }), second);
    expect(right.status).toBe(204);
    expect((await fileOf(asked)).equals(bytes)).toBe(true);
  });

  it('beyond the end, elsewhere than at the end so far, or of another upload is refused', async () => {
    const asked = await askForUpload(server);
    const url = await begun(asked, 1000);
    const beyond = await tus(asked, 'PATCH', url, at(0), bytesOf(1001).bytes);
    expect(beyond).toMatchObject({ status: 413, answer: { code: 'UPLOAD_TOO_LARGE' } });
    expect(await tus(asked, 'PATCH', url, at(10), bytesOf(10).bytes)).toMatchObject({
      ...{ status: 409, answer: { code: 'UPLOAD_OFFSET' } },
    });
    const other = await askForUpload(server);
    expect((await tus(other, 'HEAD', url)).status).toBe(404);
    expect((await tus(other, 'PATCH', url, at(0), bytesOf(10).bytes)).status).toBe(404);
    expect((await tus(other, 'DELETE', url)).status).toBe(404);
    expect((await tus(asked, 'DELETE', url)).status).toBe(204);
    expect((await tus(asked, 'HEAD', url)).status).toBe(404);
  });

  it('from a second writer ends the first, and not a byte is out of place', async () => {
    const { bytes } = bytesOf(400_000);
    const asked = await askForUpload(server);
    const url = await begun(asked, bytes.length);
    const slow = slowPatch(asked, url, bytes.subarray(0, 100_000));
    await until('the slow one writes', () => readSome(recordings()));
    await delay(0);
    const head = await tus(asked, 'HEAD', url);
    const offset = Number(head.headers.get('upload-offset'));
    expect(offset).toBeLessThanOrEqual(100_000);
    expect((await slow.answer).status).toBe(423);
    expect((await tus(asked, 'PATCH', url, at(offset), bytes.subarray(offset))).status).toBe(204);
    expect((await fileOf(asked)).equals(bytes)).toBe(true);
  });
});

describe('an upload', () => {
  it('larger than agreed, of another size, or of another checksum is refused', async () => {
    const { bytes } = bytesOf(2000);
    const asked = await askForUpload(server, { sizeBytes: 1000 });
    expect(await tus(asked, 'POST', '', { 'upload-length': '2000' })).toMatchObject({ status: 413 });
    expect(await tus(asked, 'POST', '', { 'upload-length': '999' })).toMatchObject({ status: 400 });
    const { client, object } = ossOf(asked);
    await expect(client.put(object, bytes)).rejects.toMatchObject({ code: 'EntityTooLarge' });
    const summed = await askForUpload(server, { sha256: sha256(Buffer.from('other')) });
    const url = await begun(summed, 2000);
    expect(await tus(summed, 'PATCH', url, at(0), bytes)).toMatchObject({ status: 460 });
    await expect(fileOf(summed)).rejects.toThrow('ENOENT');
    expect(await uploadOf(server, summed.upload.id)).toMatchObject({ state: 'open' });
  });

  it('that is finished cannot be written again with credentials that are still good', async () => {
    const { bytes } = bytesOf(1000);
    const asked = await askForUpload(server);
    const { client, object } = ossOf(asked);
    await client.put(object, bytes);
    await expect(client.put(object, Buffer.from('worse'))).rejects.toMatchObject({ code: 'FileAlreadyExists' });
    expect(await tus(asked, 'POST', '', { 'upload-length': '5' })).toMatchObject({
      answer: { code: 'UPLOAD_FINISHED' },
    });
    expect((await fileOf(asked)).equals(bytes)).toBe(true);
  });

  it('needs its own token', async () => {
    const asked = await askForUpload(server);
    const [head, body] = [asked.access.tus.token.slice(0, 30), asked.access.tus.token.slice(31)];
    for (const token of [
      'x',
      `${head}A${body}`,
      JSON.parse(Buffer.from(asked.access.oss.uploadAuth, 'base64').toString()).SecurityToken,
    ]) {
      const authorization = `Bearer ${token}`;
      const answer = await tus(asked, 'POST', '', { authorization, 'upload-length': '5' });
      expect(answer).toMatchObject({ status: 403, answer: { code: 'UPLOAD_TOKEN_INVALID' } });
    }
  });

  it('that is ended leaves nothing, and takes nothing more', async () => {
    const asked = await askForUpload(server);
    const url = await begun(asked, 5000);
    await tus(asked, 'PATCH', url, at(0), bytesOf(1000).bytes);
    await server.api(`/uploads/${asked.upload.id}`, { method: 'DELETE' });
    expect((await tus(asked, 'PATCH', url, at(1000), bytesOf(10).bytes)).status).toBe(404);
    const left = await readdir(join(recordings(), '.partial')).catch(() => []);
    expect(left).toEqual([]);
  });
});

describe('a client of OSS', () => {
  it('with a wrong secret is told what was signed', async () => {
    const { client, object } = ossOf(await askForUpload(server), { accessKeySecret: 'wrong' });
    const error = (await client.put(object, Buffer.from('x')).catch((each: unknown) => each)) as Error & {
      code: string;
    };
    expect(error.code).toBe('SignatureDoesNotMatch');
    const raw = await fetch(`http://127.0.0.1:${server.uploadPort}/recordings/a`, {
      headers: { authorization: 'OSS none:AAAA', 'x-oss-date': new Date().toUTCString() },
    });
    expect(raw.status).toBe(403);
    const late = { authorization: 'OSS none:AAAA', 'x-oss-date': 'Tue, 01 Jan 2019 00:00:00 GMT' };
    const skewed = await fetch(`http://127.0.0.1:${server.uploadPort}/recordings/a`, { headers: late });
    expect(await skewed.text()).toContain('RequestTimeTooSkewed');
  });

  it('stays within its object or prefix, and within the storage', async () => {
    const asked = await askForUpload(server);
    const { client } = ossOf(asked);
    for (const name of ['vod/other.mp4', '../../etc/passwd', `${asked.upload.object}/x`, '.partial/x', '.archive/x']) {
      await expect(client.put(name, Buffer.from('x'))).rejects.toMatchObject({ status: expect.toBeOneOf([400, 403]) });
    }
    await expect(client.list({ prefix: '' })).rejects.toMatchObject({ code: 'AccessDenied' });
    const scope = { prefix: 'team/', seconds: 60 };
    const lent = await server.api<{ auth: Record<string, string>; endpoint: string; bucket: string }>(
      ...(['/upload-credentials', post(scope)] as const),
    );
    const { AccessKeyId: accessKeyId, AccessKeySecret: accessKeySecret, SecurityToken: stsToken } = lent.auth;
    const team = new OSS({ endpoint: lent.endpoint, bucket: lent.bucket, accessKeyId, accessKeySecret, stsToken });
    await team.put('team/a.txt', Buffer.from('a'));
    expect((await team.list({ prefix: 'team/' })).objects?.map(({ name }) => name)).toEqual(['team/a.txt']);
    await expect(team.put('team/a.txt', Buffer.from('b'))).rejects.toMatchObject({ code: 'FileAlreadyExists' });
    await expect(team.put('teams/a.txt', Buffer.from('b'))).rejects.toMatchObject({ code: 'AccessDenied' });
    for (const name of ['team/../x', 'team//x', 'team/.', 'team/\u0001']) {
      await expect(team.put(name, Buffer.from('b'))).rejects.toMatchObject({ status: expect.toBeOneOf([400, 403]) });
    }
  });
});

async function readSome(folder: string): Promise<boolean> {
  const names = await readdir(join(folder, '.partial')).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await readFile(join(folder, '.partial', name))).length));
  return sizes.some((size) => size >= 100_000);
}

/** Says it will send everything, and then does not. */
function slowPatch(asked: Asked, url: string, bytes: Uint8Array) {
  const { hostname, port } = new URL(asked.access.tus.url);
  const headers = { 'tus-resumable': '1.0.0', authorization: `Bearer ${asked.access.tus.token}`, ...at(0) };
  const sending = request({
    hostname,
    port,
    path: url,
    method: 'PATCH',
    headers: { ...headers, 'content-length': 400_000 },
  });
  const answer = new Promise<{ readonly status: number | undefined }>((resolve) => {
    sending.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode });
    });
    sending.on('error', () => resolve({ status: undefined }));
  });
  sending.write(bytes);
  return { answer };
}
