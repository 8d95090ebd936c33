import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import OSS from 'ali-oss';
import { type Headwater, type HeadwaterOptions, startHeadwater } from './headwater.ts';
import { until } from './until.ts';

/** What `createUpload` answers. */
export type Asked = {
  readonly upload: {
    readonly id: string;
    readonly asset: string;
    readonly storage: string;
    readonly object: string;
    readonly state: string;
    readonly receivedBytes: number;
    readonly sha256?: string;
    readonly failure?: { readonly code: string; readonly message: string };
  };
  readonly access: {
    readonly tus: { readonly url: string; readonly token: string };
    readonly oss: { readonly uploadAddress: string; readonly uploadAuth: string };
  };
};

/** A server with a database of its own, which uploads need. */
export async function startUploadServer(options: HeadwaterOptions = {}): Promise<Headwater> {
  const server = await startHeadwater(options);
  await until('the database is there', async () => {
    const { database } = (await (await fetch(`http://127.0.0.1:${server.controlPort}/readyz`)).json()) as {
      database: { state: string };
    };
    return database.state !== 'unavailable';
  });
  return server;
}

export const post = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

export function askForUpload(server: Headwater, more: object = {}): Promise<Asked> {
  return server.api<Asked>('/uploads', post({ title: 'A film', fileName: 'film.MP4', ...more }));
}

export function uploadOf(server: Headwater, id: string): Promise<Asked['upload']> {
  return server.api<Asked['upload']>(`/uploads/${id}`);
}

/** Waits until the upload is over, one way or the other. */
export function settled(server: Headwater, id: string): Promise<Asked['upload']> {
  return until('the upload is settled', async () => {
    const upload = await uploadOf(server, id);
    return ['done', 'failed', 'expired', 'aborted'].includes(upload.state) && upload;
  });
}

/** What an upload client of OSS is made of, from UploadAddress and UploadAuth alone. */
export function ossOf({ access }: Pick<Asked, 'access'>, more: object = {}) {
  const read = (base64: string) => JSON.parse(Buffer.from(base64, 'base64').toString()) as Record<string, string>;
  const { Endpoint, Bucket, FileName } = read(access.oss.uploadAddress);
  const { AccessKeyId, AccessKeySecret, SecurityToken } = read(access.oss.uploadAuth);
  const client = new OSS({
    ...{ endpoint: Endpoint!, bucket: Bucket!, accessKeyId: AccessKeyId!, accessKeySecret: AccessKeySecret! },
    ...{ stsToken: SecurityToken!, ...silent, ...more },
  });
  return { client, object: FileName! };
}

/** Without them the client writes on the console that they would be nice. */
export const silent = {
  refreshSTSToken: async () => ({ accessKeyId: '', accessKeySecret: '', stsToken: '' }),
  refreshSTSTokenInterval: 3_600_000,
};

export function bytesOf(sizeBytes: number): { readonly bytes: Buffer; readonly sha256: string } {
  const bytes = randomBytes(sizeBytes);
  return { bytes, sha256: sha256(bytes) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The resident memory of a process that is no page of a file, in bytes. */
export async function anonymousBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}
