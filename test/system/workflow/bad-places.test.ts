import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StepAction, StepRun } from '../../../src/jobs/index.ts';
import { ffprobe, makeFilm } from '../../support/media.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { CLOUDFLOW, openWorkflowBench } from './helpers.ts';

const IS_ROOT = process.getuid?.() === 0;
const DENIED = '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
/** A bucket that may be listed, and neither read nor written. */
const bucket = createServer((request, response) => {
  request.resume();
  const isList = request.method === 'GET' && request.url?.includes('list-type=2');
  response.writeHead(isList ? 200 : 403, { 'content-type': 'application/xml' });
  response.end(
    isList
      ? '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'
      : request.method === 'HEAD'
        ? ''
        : DENIED,
  );
});

let home: Awaited<ReturnType<typeof tempDir>>;
let bench: Awaited<ReturnType<typeof openWorkflowBench>>;
const mounted: string[] = [];

function smallDisk(name: string, size: string): string {
  const folder = join(home.path, name);
  mkdirSync(folder);
  if (!IS_ROOT) return folder;
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  mounted.push(folder);
  return folder;
}

beforeAll(async () => {
  home = await tempDir('bad-places');
  await new Promise<void>((resolve) => bucket.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(bucket.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  bench = await openWorkflowBench({
    storages: [
      { kind: 'folder', name: 'small', folder: smallDisk('storage', '300k') },
      { kind: 's3', name: 'denied', endpoint, region: 'x', bucket: 'films', pathStyle: true, credentials },
    ],
  });
  await makeFilm(join(bench.media.root, 'film.mp4'), { seconds: 8, more: ['-b:v', '1500k'] });
  await bench.workflows.create(CLOUDFLOW, 'ann');
});
afterEach(() => bench.clear());
afterAll(async () => {
  await bench?.close();
  for (const folder of mounted) execFileSync('umount', [folder]);
  bucket.close();
  await home?.remove();
});

const inputTo = (outputStorage: string, more: object = {}) => ({
  ...{
    source: { file: 'film.mp4' },
    outputStorage,
    outputPrefix: 'out/',
    segmentTimeSeconds: 2,
    targetFormats: ['mp4'],
  },
  ...more,
});
const filesIn = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((each) => each.isFile())
        .map(({ name }) => name)
    : [];

/** The same actions, with something done before a step. */
const before = (name: RegExp, happens: (step: StepRun) => void): readonly StepAction[] =>
  bench.actions.map((action) => ({
    ...action,
    run: async (step) => {
      if (name.test(step.step)) happens(step);
      return action.run(step);
    },
  }));
const ended = async (input: Parameters<typeof bench.start>[1], more: Parameters<typeof bench.worker>[0] = {}) => {
  bench.worker({ retryDelayMs: () => 0, ...more });
  return bench.ended(await bench.start('cloudflow', input));
};

describe('an input', () => {
  it('that is deleted during its job ends it with a code, and nothing is published', async () => {
    const film = join(bench.media.disk, 'film.mp4');
    execFileSync('cp', [join(bench.media.root, 'film.mp4'), film]);
    const actions = before(/^transcode-00003$/, () => rmSync(film, { force: true }));
    const source = { storage: 'disk', object: 'film.mp4' };
    const job = await ended(inputTo('disk', { source }), { actions });
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'INPUT_NOT_FOUND' } });
    expect(filesIn(bench.media.disk)).toEqual([]);
  });

  it('that is damaged in its middle fails with a code, or has every picture', async () => {
    const film = join(bench.media.root, 'damaged.mp4');
    execFileSync('cp', [join(bench.media.root, 'film.mp4'), film]);
    const file = openSync(film, 'r+');
    writeSync(file, Buffer.alloc(20_000, 0x55), 0, 20_000, Math.floor(statSync(film).size / 2));
    closeSync(file);
    const job = await ended(inputTo('disk', { source: { file: 'damaged.mp4' } }));
    if (job.state === 'failed') {
      expect(job.failure?.code).toMatch(/^(PIECE_DIFFERS|INPUT_BROKEN)$/);
      expect(filesIn(bench.media.disk)).toEqual([]);
    } else {
      const { streams } = await ffprobe(join(bench.media.disk, 'out/damaged.mp4'));
      expect(streams[0]).toMatchObject({ nb_read_packets: '200' });
    }
  });
});

describe.skipIf(!IS_ROOT)('a disk that is full', () => {
  it('of the storage ends the job with its code, and nothing is left there', async () => {
    const job = await ended(inputTo('small'));
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'STORAGE_FULL' } });
    expect(filesIn(join(home.path, 'storage'))).toEqual([]);
  });

  it('of the worker ends the job with its code, and another one does it', async () => {
    const folder = smallDisk('work', '200k');
    const id = await bench.start('cloudflow', inputTo('disk'));
    const full = bench.worker({ folder, retryDelayMs: () => 0 });
    const job = await bench.ended(id);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'DISK_FULL' } });
    expect(filesIn(bench.media.disk)).toEqual([]);
    expect(filesIn(folder)).toEqual([]);
    await full.stop();
    await bench.jobs.retry(id);
    bench.worker();
    expect((await bench.ended(id)).failure).toBeUndefined();
    expect(filesIn(bench.media.disk)).toEqual(['film.mp4']);
  });
});

describe('a bucket that says no', () => {
  it('ends the job with its code', async () => {
    const job = await ended(inputTo('denied', { segmentTimeSeconds: 4 }));
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'STORAGE_REFUSED' } });
    expect(job.steps.find(({ name }) => name === 'cleanup')).toMatchObject({
      state: 'succeeded',
      output: { count: 0 },
    });
  });
});
