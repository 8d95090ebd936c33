import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Storages } from '../../../src/storage/index.ts';
import { AssetTables, MediaUploadTables, openStore, type Store } from '../../../src/store/index.ts';
import { Library } from '../../../src/vod/index.ts';
import { MediaUploads } from '../../../src/vod/upload/index.ts';
import { tempDir } from '../../support/index.ts';
import { bytesOf } from '../../support/uploads.ts';
import { memoryLog } from '../store/helpers.ts';

const SMALL_BYTES = 4_194_304;
const DAY_MS = 86_400_000;

let home: Awaited<ReturnType<typeof tempDir>>;
let store: Store;
let storages: Storages;
let tables: MediaUploadTables;
const folder = () => join(home.path, 'media');
const small = () => join(home.path, 'small');

beforeAll(async () => {
  home = await tempDir('left');
  await mkdir(small());
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_BYTES}`, 'tmpfs', small()]);
  const log = memoryLog();
  store = await openStore({ dataDir: join(home.path, 'data'), log, waitMs: 120_000 });
  const settings = [
    { kind: 'folder', name: 'media', folder: folder() },
    { kind: 'folder', name: 'small', folder: small() },
  ] as const;
  storages = await Storages.open(settings, log);
  tables = new MediaUploadTables(store);
});
afterAll(async () => {
  await store?.close();
  execFileSync('umount', [small()]);
  await home?.remove();
});

/** Uploads as a process has them; `process` is what begins once an original is there. */
function uploadsOf({
  process,
  wallMs = Date.now,
}: {
  process?: () => Promise<'nothing to do'>;
  wallMs?: () => number;
} = {}) {
  const library = new Library({ tables: new AssetTables(store), ...(process ? { process } : {}) });
  const uploads = new MediaUploads({
    ...{
      tables,
      storages,
      library,
      nodeId: 'node',
      storage: 'media',
      prefix: 'vod/',
      folder: join(home.path, 'incoming'),
    },
    ...{ limitBytes: 1e9, freeBytes: 0, idleMs: DAY_MS, newId: randomUUID, wallMs, log: memoryLog() },
  });
  return { library, uploads };
}

const pieces = async function* (bytes: Buffer, size = 65_536) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
};

async function begun(uploads: MediaUploads, storage = 'media', sizeBytes?: number) {
  const upload = await uploads.create({ title: 'film', fileName: 'a.mp4', owner: 'ann', storage, sizeBytes });
  const { object } = upload;
  return {
    upload,
    session: await uploads.begin({ upload: upload.id, way: 'tus', owner: 'ann', storage, object, sizeBytes }),
  };
}

describe('what a process leaves behind', () => {
  it('is told to the library by the next one, if it died after the object was there', async () => {
    const dying = uploadsOf({
      process: async () => {
        throw new Error('killed');
      },
    });
    const { bytes, sha256 } = bytesOf(100_000);
    const { upload, session } = await begun(dying.uploads);
    await dying.uploads.sessions.append(session.id, pieces(bytes), { atByte: 0 });
    await expect(dying.uploads.complete(session.id)).rejects.toThrow('killed');
    expect(await dying.uploads.find(upload.id)).toMatchObject({ state: 'stored' });
    const next = uploadsOf();
    await next.uploads.sweep(0);
    expect(await next.uploads.find(upload.id)).toMatchObject({ state: 'done', sha256 });
    expect(await next.library.find(upload.asset!)).toMatchObject({ status: 'Normal', sizeBytes: 100_000 });
  });

  it.each(['before', 'after'])('is finished, if it died %s the object got its name', async (when) => {
    const { uploads } = uploadsOf();
    const { bytes } = bytesOf(100_000);
    const { upload, session } = await begun(uploads, 'media', bytes.length);
    const whole = await uploads.sessions.append(session.id, pieces(bytes), { atByte: 0 });
    await tables.change(upload.id, { state: 'storing', sessionId: session.id }, ['open']);
    if (when === 'after') await uploads.sessions.publish(whole, bytes.length);
    const next = uploadsOf();
    await next.uploads.sweep(0);
    expect(await next.uploads.find(upload.id)).toMatchObject({ state: 'done', receivedBytes: 100_000 });
    expect((await readFile(join(folder(), upload.object))).equals(bytes)).toBe(true);
  });

  it('ends when nobody comes back for it: its bytes go, its asset has failed', async () => {
    const { uploads } = uploadsOf();
    const { upload, session } = await begun(uploads);
    await uploads.sessions.append(session.id, pieces(bytesOf(1000).bytes), { atByte: 0 });
    await store.query("update headwater.media_uploads set expires_at = now() - interval '1 s' where id = $1", [
      upload.id,
    ]);
    await uploads.sweep(0);
    expect(await uploads.find(upload.id)).toMatchObject({ state: 'open' });
    for (const table of ['media_uploads', 'upload_sessions'])
      await store.query(
        `update headwater.${table} set expires_at = now() - interval '1 s' where $1 in (id::text, ${table === 'media_uploads' ? "''" : 'upload_id::text'})`,
        [upload.id],
      );
    const { library, uploads: next } = uploadsOf();
    await next.sweep(0);
    expect(await next.find(upload.id)).toMatchObject({ state: 'expired', failure: { code: 'UPLOAD_OVER' } });
    expect(await library.find(upload.asset!)).toMatchObject({ status: 'UploadFail' });
    expect(await readdir(join(folder(), '.partial'))).toEqual([]);
    const again = await next.renew(await next.find(upload.id));
    expect(again).toMatchObject({ state: 'open', object: upload.object, asset: upload.asset });
  });
});

describe('a disk that is full', () => {
  it('has nothing half-published, and the upload goes on when there is room', async () => {
    const { uploads } = uploadsOf();
    const { bytes } = bytesOf(SMALL_BYTES + 1_000_000);
    const { upload, session } = await begun(uploads, 'small');
    const tooMuch = uploads.sessions.append(session.id, pieces(bytes), { atByte: 0 });
    await expect(tooMuch).rejects.toMatchObject({ code: 'STORAGE_FULL', remedy: expect.stringContaining('space') });
    expect((await readdir(small())).filter((name) => name !== '.partial')).toEqual([]);
    execFileSync('mount', ['-o', `remount,size=${3 * SMALL_BYTES}`, small()]);
    const { receivedBytes } = await uploads.sessions.settled(session.id);
    await uploads.sessions.append(session.id, pieces(bytes.subarray(receivedBytes)), { atByte: receivedBytes });
    await uploads.complete(session.id);
    expect((await readFile(join(small(), upload.object))).equals(bytes)).toBe(true);
  });

  it('is refused beforehand where the size is known', async () => {
    const { uploads } = uploadsOf();
    const { session } = await begun(uploads, 'small', 100_000_000);
    const none = uploads.sessions.append(session.id, pieces(Buffer.alloc(10)), { atByte: 0 });
    await expect(none).rejects.toMatchObject({ code: 'UPLOAD_NO_ROOM' });
  });
});
