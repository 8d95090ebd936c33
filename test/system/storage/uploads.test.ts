import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStorage, type Storage, type StorageSetting } from '../../../src/storage/index.ts';
import { tempDir, until } from '../../support/index.ts';
import { type Swift, startSwift } from '../../support/swift.ts';
import { type SystemPostgres, startSystemPostgres } from '../store/helpers.ts';
import type { UploaderJob } from './worker.ts';

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));
const DOWN_MS = 30_000;
const cleanups: (() => unknown)[] = [];
let swift: Swift;
let postgres: SystemPostgres;
let dataDir: string;
let setting: StorageSetting;
let bucket: Storage;

beforeAll(async () => {
  [swift, postgres] = await Promise.all([startSwift(), startSystemPostgres()]);
});
afterAll(async () => {
  await swift?.stop();
  postgres?.remove();
});

let tests = 0;
beforeEach(async () => {
  const home = await tempDir('uploads');
  dataDir = home.path;
  // Its own prefix for each test, and rows of a node that has this disk.
  setting = {
    kind: 's3',
    name: 'swift',
    prefix: `test-${tests++}`,
    idleMs: 3000,
    multipartBytes: 5_000_000,
    ...swift.bucket,
  };
  bucket = await openStorage(setting);
  cleanups.push(home.remove, () => bucket.close());
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Line = { added?: string; stored?: string; failing?: Record<string, string>; journaled?: number; pending?: number };

/** A process that uploads, as the server does. */
async function startUploader() {
  const job: UploaderJob = { dataDir, databaseUrl: postgres.url, settings: [setting] };
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', WORKER, JSON.stringify(job)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: Line[] = [];
  createInterface({ input: child.stdout! }).on('line', (line) => lines.push(JSON.parse(line)));
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  cleanups.push(kill);
  await until('the uploader is ready', () => lines.length > 0, 60_000);
  const add = async (upload: { name: string; text?: string; file?: string; overwrites?: boolean }) => {
    const { text, file, ...rest } = upload;
    const what = { storage: 'swift', contentType: 'text/plain', ...rest, ...(file ? { content: { file } } : { text }) };
    const before = lines.filter(({ added }) => added === upload.name).length;
    child.stdin?.write(`${JSON.stringify(what)}\n`);
    await until('it is added', () => lines.filter(({ added }) => added === upload.name).length > before, 60_000);
  };
  return { add, kill, lines, last: () => lines.findLast(({ failing }) => failing) ?? {} };
}

type Uploader = Awaited<ReturnType<typeof startUploader>>;

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

async function expectStored(name: string, sum: string): Promise<void> {
  const info = await until(`${name} is there`, () => bucket.head(name), 120_000, 250);
  const bytes = await buffer((await bucket.get(name)).body);
  expect([name, sha256(bytes), info.sha256]).toEqual([name, sum, sum]);
}

async function expectNothingLeft({ last }: Uploader): Promise<void> {
  await until('nothing waits', () => last().pending === 0 && last().journaled === 0, 60_000);
  await until('no copy stays', async () => (await readdir(join(dataDir, 'uploads/files'))).length === 0, 60_000);
}

describe('uploads into Swift', () => {
  it('arrive, all of them and right, over a proxy that hangs, and one that is gone, for a minute', async () => {
    const uploader = await startUploader();
    const sums = new Map<string, string>();
    const addSome = async (phase: string) => {
      for (let i = 0; i < 12; i++) {
        const text = randomBytes(1000 * (i + 1)).toString('hex');
        sums.set(`${phase}/${i}`, sha256(text));
        await uploader.add({ name: `${phase}/${i}`, text });
        await uploader.add({ name: 'latest', text, overwrites: true });
        sums.set('latest', sha256(text));
      }
    };
    await addSome('before');
    swift.freeze();
    await addSome('frozen');
    await until('the storage is said to fail', () => uploader.last().failing?.swift, 60_000);
    await delay(DOWN_MS);
    await swift.kill();
    await addSome('gone');
    await delay(DOWN_MS);
    expect(uploader.last().pending).toBeGreaterThan(20);
    await swift.restart();
    await addSome('after');
    for (const [name, sum] of sums) if (name !== 'latest') await expectStored(name, sum);
    await expectNothingLeft(uploader);
    await expectStored('latest', sums.get('latest')!);
    expect(uploader.last().failing).toEqual({});
    const stored = new Set(uploader.lines.flatMap((line) => line.stored ?? []));
    expect(stored.size).toBe(sums.size);
  });

  it('go on after kill -9 in the middle of them, also of one in parts', async () => {
    const file = join(dataDir, 'large');
    const large = randomBytes(40_000_000);
    await writeFile(file, large);
    const first = await startUploader();
    swift.freeze();
    await first.add({ name: 'large', file });
    for (let i = 0; i < 5; i++) await first.add({ name: `small/${i}`, text: `small ${i}` });
    await delay(1000);
    swift.thaw();
    // It is in parts now, and not complete.
    const client = new S3Client({ ...swift.bucket, forcePathStyle: true });
    cleanups.push(() => client.destroy());
    const unfinished = async () =>
      (await client.send(new ListMultipartUploadsCommand({ Bucket: swift.bucket.bucket }))).Uploads?.length ?? 0;
    await until('parts are under way', async () => (await unfinished()) > 0, 60_000, 5);
    await first.kill();
    expect(await bucket.head('large')).toBeUndefined();
    expect(await unfinished()).toBe(1);
    const second = await startUploader();
    await expectStored('large', sha256(large));
    for (let i = 0; i < 5; i++) await expectStored(`small/${i}`, sha256(`small ${i}`));
    await expectNothingLeft(second);
    expect(await unfinished()).toBe(0);
    expect(await readdir(dataDir)).toContain('large');
  });

  it('wait for a database that is away, over a kill -9', async () => {
    postgres.stop();
    const first = await startUploader();
    for (let i = 0; i < 5; i++) await first.add({ name: `offline/${i}`, text: `offline ${i}` });
    await first.kill();
    const second = await startUploader();
    await second.add({ name: 'offline/5', text: 'offline 5' });
    await until('they are known', () => second.last().journaled === 6);
    postgres.start();
    for (let i = 0; i < 6; i++) await expectStored(`offline/${i}`, sha256(`offline ${i}`));
    await expectNothingLeft(second);
  });

  it('are given up when their file is gone or has changed, and the others go on', async () => {
    const [gone, changed] = [join(dataDir, 'gone'), join(dataDir, 'changed')];
    await writeFile(changed, 'as it was');
    await writeFile(gone, 'soon gone');
    await swift.kill();
    const uploader = await startUploader();
    await uploader.add({ name: 'changed', file: changed });
    await uploader.add({ name: 'gone', file: gone });
    await uploader.add({ name: 'well', text: 'well' });
    await writeFile(changed, 'as it is');
    const { rm } = await import('node:fs/promises');
    await rm(gone);
    await swift.restart();
    await expectStored('well', sha256('well'));
    await until('nothing waits', () => uploader.last().pending === 0);
    expect(await bucket.head('changed')).toBeUndefined();
    expect(uploader.last()).toMatchObject({ dead: 2, failing: {} });
  });
});
