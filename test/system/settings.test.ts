import { randomBytes } from 'node:crypto';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Headwater, startHeadwater, tempDir } from '../support/index.ts';

const SECRETS = {
  HEADWATER_MASTER_KEY: randomBytes(32).toString('base64'),
  HEADWATER_METRICS_BEARER_TOKEN: randomBytes(20).toString('hex'),
  HEADWATER_STORAGES_CLOUD_SECRET_ACCESS_KEY: randomBytes(20).toString('hex'),
  HEADWATER_STORAGES_CLOUD_SESSION_TOKEN: randomBytes(20).toString('hex'),
};
const PASSWORD = randomBytes(20).toString('hex');

type Answer = {
  readonly node: { readonly name: string; readonly uptimeSeconds: number };
  readonly database: { readonly kind: string };
  readonly ffmpeg: { readonly version?: string; readonly encoders: readonly { codec: string; encoder?: string }[] };
  readonly folders: readonly { readonly purpose: string; readonly path: string; readonly freeBytes?: number }[];
  readonly doors: readonly { readonly name: string; readonly port?: number; readonly isOpen: boolean }[];
  readonly file?: { readonly path: string; readonly isChanged: boolean };
  readonly settings: readonly { readonly path: string; readonly value?: unknown; readonly from: string }[];
};

let server: Headwater;
let home: Awaited<ReturnType<typeof tempDir>>;
let file = '';
const ask = () => server.api<Answer>('/settings');

beforeAll(async () => {
  home = await tempDir('settings');
  file = join(home.path, 'mine.yml');
  await writeFile(
    file,
    `nodeName: node-7
storages: [{ name: cloud, kind: s3, bucket: media, endpoint: "http://127.0.0.1:1" }]`,
  );
  // Nobody answers there: a server without its database says what it can.
  const databaseUrl = `postgres://me:${PASSWORD}@127.0.0.1:1/live`;
  const env = {
    ...SECRETS,
    HEADWATER_CONFIG: file,
    DATABASE_URL: databaseUrl,
    HEADWATER_STORAGES_CLOUD_ACCESS_KEY_ID: 'id',
  };
  server = await startHeadwater({ env });
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await home?.remove();
});

it('tells what the node runs on', async () => {
  const { node, database, ffmpeg, folders, doors, settings } = await ask();
  expect(node.name).toBe('node-7');
  expect(database.kind).toBe('none');
  expect(ffmpeg.encoders.find(({ codec }) => codec === 'h264')?.encoder).toBe('libx264');
  expect(folders.find(({ purpose }) => purpose === 'data')).toMatchObject({ path: server.dataDir });
  for (const { freeBytes } of folders) expect(freeBytes).toBeGreaterThan(0);
  expect(doors.find(({ name }) => name === 'rtmp')).toMatchObject({ port: server.rtmpPort, isOpen: true });
  expect(doors.find(({ name }) => name === 'rtmps')).toMatchObject({ isOpen: false });
  expect(settings.find(({ path }) => path === 'nodeName')).toMatchObject({ value: 'node-7', from: 'file' });
});

it('has none of the secrets of the environment, and none that the server made', async () => {
  const text = JSON.stringify(await ask());
  const { adminPassword, pushKey, streamKey } = server.secrets;
  for (const secret of [...Object.values(SECRETS), PASSWORD, adminPassword, pushKey, streamKey]) {
    expect(secret.length).toBeGreaterThanOrEqual(16);
    expect(text).not.toContain(secret);
  }
  expect(text).toContain('me:[redacted]@127.0.0.1');
});

it('says that the file was changed after the start', async () => {
  expect((await ask()).file).toEqual({ path: file, isChanged: false });
  const later = new Date(Date.now() + 60_000);
  await utimes(file, later, later);
  expect((await ask()).file).toEqual({ path: file, isChanged: true });
});
