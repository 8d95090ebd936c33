import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JobWorker } from '../../../src/jobs/index.ts';
import { createLogger } from '../../../src/log/index.ts';
import { AssetTables } from '../../../src/store/index.ts';
import { Library, Trash } from '../../../src/vod/index.ts';
import { playInfoOf } from '../../../src/vod/play/play-info.ts';
import { adaptiveLadder, assetActions, NO_TRANSCODE_GROUP, Processing } from '../../../src/vod/processing/index.ts';
import { makeFilm, openMediaTools } from '../../support/media.ts';
import { until } from '../../support/until.ts';
import { openBench } from '../jobs/helpers.ts';

let bench: Awaited<ReturnType<typeof openBench>>;
let media: Awaited<ReturnType<typeof openMediaTools>>;
let library: Library;
let processing: Processing;
const workers: JobWorker[] = [];
let endFollowing: () => Promise<void>;

beforeAll(async () => {
  bench = await openBench();
  media = await openMediaTools();
  library = new Library({
    tables: new AssetTables(bench.store),
    process: async (asset, original) => {
      await processing.begin(asset, original);
      return 'processing';
    },
  });
  processing = new Processing({ library, jobs: bench.jobs });
  endFollowing = processing.follow();
  const actions = assetActions({
    ...{ library, storages: media.storages, tools: media.tools },
    rungsOf: async (group, source) => {
      if (group === NO_TRANSCODE_GROUP) return [];
      return group === undefined ? adaptiveLadder(source) : undefined;
    },
  });
  workers.push(bench.worker({ actions, concurrency: 2, retryDelayMs: () => 50 }));
});
afterAll(async () => {
  await endFollowing?.();
  await bench?.clear();
  await media?.close();
  await bench?.close();
});

async function uploaded(name: string, templateGroup?: string) {
  const storage = media.storages.get('disk');
  const { id } = await library.create({
    ...{ kind: 'video', title: name, storage: 'disk', uploadedBy: 'ann' },
    ...(templateGroup === undefined ? {} : { templateGroup }),
  });
  const sizeBytes = (await storage.head(name))?.sizeBytes ?? 0;
  await library.uploaded(id, { storage: 'disk', object: name, sizeBytes });
  return id;
}

const settled = (id: string) =>
  until(
    `asset ${id} is settled`,
    async () => {
      const asset = await library.find(id);
      return asset?.status === 'Normal' || asset?.status === 'TranscodeFail' ? asset : undefined;
    },
    120_000,
  );

it('makes renditions, a playlist of all, and pictures; the asset then is ready', async () => {
  await makeFilm(join(media.disk, 'film.mp4'), { seconds: 4, size: '640x480' });
  const id = await uploaded('film.mp4');
  const asset = await settled(id);
  expect(asset.trouble).toBeUndefined();
  expect(asset).toMatchObject({ status: 'Normal', durationSeconds: expect.closeTo(4, 0) as number });
  const files = await library.files(id);
  const of = (role: string) => files.filter((file) => file.role === role);
  expect(of('original')).toMatchObject([{ width: 640, height: 480, fps: 25 }]);
  expect(of('rendition').map(({ definition, height }) => `${definition} ${height}`)).toEqual([
    ...['LD 360', 'SD 480', 'AUTO undefined'],
  ]);
  for (const role of ['cover', 'sprite', 'vtt']) expect(of(role)).toHaveLength(1);
  expect(of('snapshot')).toHaveLength(5);
  const storage = media.storages.get('disk');
  for (const { object } of files) expect(await storage.head(object), object).toBeDefined();
  const list = await text((await storage.get(`vod/${id}/auto.m3u8`)).body);
  expect(list.match(/CODECS="avc1\.6400[0-9a-f]{2},mp4a\.40\.2"/g)).toHaveLength(2);
  expect(list.match(/RESOLUTION=\S+/g)).toEqual([
    'RESOLUTION=480x360,FRAME-RATE=25.000',
    'RESOLUTION=640x480,FRAME-RATE=25.000',
  ]);
  // What the playlist of all leads to plays from its beginning to its end, both qualities.
  const probe = ['-v', 'error', '-count_packets', '-show_entries', 'stream=codec_name,height,nb_read_packets'];
  const { stdout } = await promisify(execFile)('ffprobe', [
    ...probe,
    '-of',
    'csv=p=0',
    join(media.disk, `vod/${id}/auto.m3u8`),
  ]);
  expect(stdout.match(/h264,\d+,\d+/g)).toEqual(expect.arrayContaining(['h264,360,100', 'h264,480,100']));
  await until('its job is over', async () => (await processing.timeline(id))[0]?.state === 'succeeded');
  const [job] = await processing.timeline(id);
  expect(job).toMatchObject({ state: 'succeeded', asset: id, submitter: 'ann' });
  expect(job?.steps.map(({ name, state }) => `${name} ${state}`).sort()).toEqual(
    ['probe', 'first-rung', 'pictures', 'transcode', 'master', 'publish'].map((name) => `${name} succeeded`).sort(),
  );
  // The lowest played before the others were begun.
  const begun = job?.steps.find(({ name }) => name === 'transcode')?.startedAtMs ?? 0;
  const first = of('rendition').filter(({ createdAtMs }) => createdAtMs <= begun);
  expect(first.map(({ definition, jobOutput }) => `${definition} ${jobOutput}`)).toEqual(['LD 1']);
  expect(playInfoOf(asset, first).sources.map(({ definition }) => definition)).toEqual(['AUTO', 'LD']);
  const { storage: at, object, sizeBytes } = of('original')[0]!;
  await library.uploaded(id, { storage: at, object, sizeBytes });
  expect(await processing.timeline(id)).toHaveLength(1);
  expect((await library.find(id))?.status).toBe('Normal');
});

it('fails with the reason where the original is no media, and can be tried with another', async () => {
  const storage = media.storages.get('disk');
  await storage.put('broken.mp4', { bytes: Buffer.from('no film at all') });
  const id = await uploaded('broken.mp4');
  const asset = await settled(id);
  expect(asset.status).toBe('TranscodeFail');
  expect(asset.trouble?.message).toBeTruthy();
  await makeFilm(join(media.disk, 'broken.mp4'), { seconds: 1, size: '160x90' });
  await processing.again(id);
  await until('it is ready', async () => (await library.find(id))?.status === 'Normal', 60_000);
  expect(await library.find(id)).not.toHaveProperty('trouble');
});

it('is deleted in the middle of its processing: its jobs end, and nothing of it is written any more', async () => {
  const storage = media.storages.get('disk');
  await makeFilm(join(media.disk, 'long.mp4'), { seconds: 30, size: '640x480' });
  const id = await uploaded('long.mp4');
  const stateOf = async (name: string) =>
    (await processing.timeline(id))[0]?.steps.find((step) => step.name === name)?.state;
  await until('it is encoded', async () => (await stateOf('first-rung')) === 'running', 60_000);
  const trash = new Trash({
    ...{ library, storages: media.storages, keepDays: 7, log: createLogger({ level: 'silent' }) },
    stopWork: (asset) => processing.stop(asset),
  });
  await library.trash([id]);
  await expect(processing.again(id)).rejects.toMatchObject({ code: 'ASSET_STATUS' });
  await trash.purge(await library.get(id));
  expect(await library.find(id)).toBeUndefined();
  expect((await processing.timeline(id)).map(({ state }) => state)).toEqual(['cancelled']);
  expect(workers.map(({ busy }) => busy)).toEqual([0]);
  expect(await storage.head('long.mp4')).toBeUndefined();
  const left: string[] = [];
  for await (const { name } of storage.list(`vod/${id}/`)) left.push(name);
  expect(left).toEqual([]);
  console.log('deleted in the middle of its processing: 0 files and 0 steps at work left');
});

it('is not left to be deleted before a worker that does not listen is done with it', async () => {
  const asset = 'a'.repeat(32);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const deaf = { name: 'deaf', run: () => released.then(() => ({ output: {} })) };
  const worker = bench.worker({ actions: [deaf], concurrency: 1 });
  const job = { kind: 'try', pipeline: 'default', submitter: 'ann', asset };
  const { id } = await bench.jobs.submit({ ...job, steps: [{ name: 'deaf', action: 'deaf', input: {} }] });
  await until('it is begun', () => worker.busy === 1);
  let isOver = false;
  const stopped = processing.stop({ id: asset }).then(() => {
    isOver = true;
  });
  await until('it is cancelled', async () => (await bench.jobs.find(id))?.state === 'cancelled');
  expect(await bench.jobs.isBusyWith(asset)).toBe(true);
  expect(isOver).toBe(false);
  release();
  await stopped;
  expect(await bench.jobs.isBusyWith(asset)).toBe(false);
});

it('leaves an original as it is where no renditions are wanted, and refuses groups that there are not', async () => {
  await makeFilm(join(media.disk, 'plain.mp4'), { seconds: 1, size: '160x90' });
  const plain = await uploaded('plain.mp4', NO_TRANSCODE_GROUP);
  expect(await settled(plain)).toMatchObject({ status: 'Normal' });
  expect((await library.files(plain)).filter(({ role }) => role === 'rendition')).toEqual([]);
  const unknown = await settled(await uploaded('plain.mp4', 'no such group'));
  expect(unknown).toMatchObject({ status: 'TranscodeFail', trouble: { code: 'TEMPLATE_GROUP_UNKNOWN' } });
});
