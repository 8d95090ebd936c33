import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Archive, RemoteReader, rebuildArchive, SliceUploads, Sweeper } from '../../../src/archive/index.ts';
import { keep, TEST_ID } from '../../../src/archive/test-media.ts';
import { createLogger } from '../../../src/log/index.ts';
import { type StorageSetting, Storages, Uploads } from '../../../src/storage/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { tempDir, until } from '../../support/index.ts';
import { type Swift, startSwift } from '../../support/swift.ts';
import { type SystemPostgres, startSystemPostgres } from '../store/helpers.ts';

const NOON_MS = Date.UTC(2026, 10, 29, 12);
const MINUTE_MS = 60_000;
const log = createLogger({ level: 'silent' });
const cleanups: (() => unknown)[] = [];

let swift: Swift;
let postgres: SystemPostgres;
let dataDir: string;
let tests = 0;
beforeAll(async () => {
  [swift, postgres] = await Promise.all([startSwift(), startSystemPostgres()]);
});
afterAll(async () => {
  await swift?.stop();
  postgres?.remove();
});
beforeEach(async () => {
  const home = await tempDir('archive-slices');
  cleanups.push(home.remove);
  dataDir = home.path;
  tests++;
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** An archive whose slices go into Swift. */
async function openServer() {
  const setting: StorageSetting = { kind: 's3', name: 'swift', prefix: `test-${tests}`, idleMs: 2000, ...swift.bucket };
  const store = await openStore({ dataDir, databaseUrl: postgres.url, log });
  const storages = await Storages.open([setting], log);
  const queue = { leaseMs: 3000, renewEveryMs: 500, sweepEveryMs: 200 };
  const folder = join(dataDir, 'uploads');
  const nodeId = `node-${tests}`;
  const uploads = await Uploads.open({ store, nodeId, log, folder, storages, queue, maxPauseMs: 1000 });
  // Nothing is read from memory.
  const { read: remote } = new RemoteReader({ storages, timeoutMs: 2000, maxBytes: 0 });
  const archive = new Archive({ folder: join(dataDir, 'archive'), log, nowMs: () => 0, reserveBytes: 0, remote });
  const rule = { keepMs: 1e12, keepBytes: 0, storage: 'swift', localMs: 10 * MINUTE_MS };
  const now = { wallMs: NOON_MS + 10 * MINUTE_MS };
  const wallMs = () => now.wallMs;
  const own = {
    archive,
    uploads: new SliceUploads({ archive, uploads, storages, nodeId: 'one', wallMs, log }),
    wallMs,
    log,
  };
  const sweeper = new Sweeper({ ...own, ruleOf: () => rule });
  uploads.start();
  const slices = async () => {
    const days = await archive.stream(TEST_ID).days();
    return (await Promise.all(days.map(({ name }) => archive.stream(TEST_ID).slicesOf(name)))).flat();
  };
  const objects = async () => {
    const names: string[] = [];
    for await (const { name } of storages.get('swift').list('')) names.push(name);
    return names;
  };
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= uploads.close().then(() => store.close());
    return closing;
  };
  cleanups.push(close);
  return { archive, sweeper, rule, now, slices, objects, storages, close };
}

type Server = Awaited<ReturnType<typeof openServer>>;

const files = async () =>
  (await readdir(join(dataDir, 'archive/default/live/demo/2026-11-29'))).filter((name) => name.endsWith('.mp4'));

const untilUploaded = ({ slices }: Server) =>
  until('all slices are uploaded', async () => (await slices()).every(({ remote }) => remote), 60_000);

async function expectReadable({ archive }: Server, written: ReadonlyMap<number, Buffer>): Promise<void> {
  const found = await archive.between(TEST_ID, 0, 1e14);
  expect(found.map(({ number }) => number)).toEqual([...written.keys()]);
  for (const segment of found) {
    expect(written.get(segment.number)!.equals(await archive.bytes(TEST_ID, segment))).toBe(true);
  }
}

it('slices go into a bucket, are read from it, and go out of it again, though it hangs and is gone meanwhile', async () => {
  const server = await openServer();
  const { archive, sweeper, rule, now } = server;
  const first = await keep(archive, { first: 100, count: 60, wallMs: NOON_MS });
  await sweeper.sweep();
  await untilUploaded(server);
  now.wallMs += rule.localMs;
  await sweeper.sweep();
  expect(await files()).toEqual([]);
  await expectReadable(server, first);

  swift.freeze();
  const second = await keep(archive, { first: 200, count: 60, wallMs: NOON_MS + 2 * MINUTE_MS });
  await sweeper.sweep();
  now.wallMs += rule.localMs;
  await sweeper.sweep();
  // Nothing goes that is not in the bucket.
  expect((await files()).sort()).toEqual(['200.mp4', '230.mp4']);
  const [onlyThere, here] = [await archive.find(TEST_ID, 131), await archive.find(TEST_ID, 231)];
  const before = performance.now();
  await expect(archive.bytes(TEST_ID, onlyThere!)).rejects.toMatchObject({ code: 'SEGMENT_UNREACHABLE' });
  expect(performance.now() - before).toBeLessThan(20_000);
  expect(second.get(231)!.equals(await archive.bytes(TEST_ID, here!))).toBe(true);

  await swift.kill();
  const third = await keep(archive, { first: 300, count: 30, wallMs: NOON_MS + 4 * MINUTE_MS });
  // The oldest is too old by now, and its object can't be deleted.
  rule.keepMs = now.wallMs - (NOON_MS + MINUTE_MS);
  await sweeper.sweep();
  expect((await server.slices()).map((slice) => slice.first)).toEqual([100, 130, 200, 230, 300]);

  await swift.restart();
  await sweeper.sweep();
  await untilUploaded(server);
  const left = new Map([...[...first].filter(([number]) => number >= 130), ...second, ...third]);
  await expectReadable(server, left);
  now.wallMs += rule.localMs;
  rule.keepMs += rule.localMs;
  await sweeper.sweep();
  expect(await files()).toEqual([]);
  await expectReadable(server, left);
  expect(await server.objects()).toEqual(
    [130, 200, 230, 300].map((number) =>
      expect.stringMatching(`^archive/default/live/demo/2026-11-29/${number}-[0-9a-f]{8}.mp4$`),
    ),
  );

  // The disk is lost, the bucket is not.
  const known = await archive.between(TEST_ID, 0, 1e14);
  await rm(join(dataDir, 'archive'), { recursive: true });
  await rebuildArchive({ folder: join(dataDir, 'archive'), storages: server.storages.all });
  await server.close();
  const again = await openServer();
  expect(await again.archive.between(TEST_ID, 0, 1e14)).toEqual(known);
  await expectReadable(again, left);
  again.rule.keepMs = 0;
  await again.sweeper.sweep();
  expect(await again.objects()).toEqual([]);
});

it('indexes stay as they are where a bucket that is to be asked is away', async () => {
  const server = await openServer();
  const written = await keep(server.archive, { first: 100, count: 60, wallMs: NOON_MS });
  await server.sweeper.sweep();
  await untilUploaded(server);
  server.now.wallMs += server.rule.localMs;
  await server.sweeper.sweep();
  await swift.kill();
  const rebuilt = rebuildArchive({ folder: join(dataDir, 'archive'), storages: server.storages.all });
  await expect(rebuilt).rejects.toMatchObject({ code: 'STORAGE_UNREACHABLE' });
  await swift.restart();
  await server.close();
  await expectReadable(await openServer(), written);
});
