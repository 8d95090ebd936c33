// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written so.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Triggers, triggerSettings, watchTriggers } from '../../../src/workflow/index.ts';
import { makeFilm } from '../../support/media.ts';
import { type Swift, startSwift } from '../../support/swift.ts';
import { until } from '../../support/until.ts';
import { openWorkflowBench } from './helpers.ts';

const TO_FLV = readFileSync('docs/workflows/to-flv.yml', 'utf8');

let swift: Swift;
let bench: Awaited<ReturnType<typeof openWorkflowBench>>;
let triggers: Triggers;
let film: string;
beforeAll(async () => {
  swift = await startSwift();
  bench = await openWorkflowBench({
    storages: [{ kind: 's3', name: 'cloud', ...swift.bucket }],
    guard: (run, target) => triggers.guard(run, target),
  });
  const { workflows, media } = bench;
  triggers = new Triggers({
    ...{ tables: bench.triggerTables, workflows, storages: media.storages, roots: [media.root] },
    denial: () => undefined,
  });
  film = await makeFilm(join(media.root, 'film.mp4'), { seconds: 2 });
  await workflows.create(TO_FLV, 'ann');
  bench.worker();
}, 180_000);
afterAll(async () => {
  await bench?.close();
  await swift?.stop();
});

const input = { source: '${event.source}', outputStorage: 'cloud', outputPrefix: 'dest/' };
const put = (settings: object) =>
  triggers.put({
    ...{ workflow: 'to-flv', isEnabled: true, author: 'ann' },
    settings: triggerSettings.parse({
      kind: 'prefix',
      storage: 'cloud',
      input,
      everySeconds: 0.5,
      stillSeconds: 1,
      ...settings,
    }),
  });
const watch = () =>
  watchTriggers({ ...bench, triggers, tables: bench.triggerTables, storages: bench.media.storages, lookEveryMs: 100 });

it('a watched prefix of a bucket sets off one run for each new object, once it is whole, and none for its outputs', async () => {
  const cloud = bench.media.storages.get('cloud');
  await cloud.put('in/before.mp4', { file: film });
  // Its bucket counts in whole seconds, the next of them.
  const { modifiedAtMs } = (await cloud.head('in/before.mp4'))!;
  await until('that second is over', () => Date.now() > modifiedAtMs + 1000);
  const { id } = await put({ prefix: 'in/', suffix: '.mp4' });
  // Two with names in common are refused, also where one of them leads to outputs of the other.
  await expect(put({ prefix: 'in/new/', suffix: 'x.mp4' })).rejects.toMatchObject({ code: 'TRIGGER_OVERLAPS' });
  await expect(put({ prefix: '', suffix: '.mp4' })).rejects.toMatchObject({ code: 'TRIGGER_OVERLAPS' });
  await expect(put({ prefix: '', suffix: '.flv' })).rejects.toMatchObject({ code: 'TRIGGER_LOOPS' });
  expect(() => triggerSettings.parse({ kind: 'prefix', storage: 'cloud', prefix: '/in/' })).toThrow('must not begin');

  const stop = watch();
  const { endpoint, region, bucket, credentials } = swift.bucket;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const object = { Bucket: bucket, Key: 'in/parts.mp4' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
  const part = { ...object, UploadId, PartNumber: 1 };
  const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: readFileSync(film) }));
  await cloud.put('in/whole.mp4', { file: film });
  await cloud.put('in/other.txt', { file: film });
  const firings = async () => (await triggers.firings(id, 10)).map((each) => each.object).sort();
  await until('the whole one has set off a run', async () => (await firings()).length > 0, 60_000);
  // Half of an object is no object yet.
  expect(await firings()).toEqual(['in/whole.mp4']);
  await client.send(
    new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }),
  );
  await until('the other one has, too', async () => (await firings()).length > 1, 60_000);
  client.destroy();
  for (const { run } of await triggers.firings(id, 10)) expect((await bench.ended(run!)).failure).toBeUndefined();
  expect((await cloud.head('dest/whole.flv'))?.sizeBytes).toBeGreaterThan(10_000);
  expect((await cloud.head('dest/parts.flv'))?.sizeBytes).toBeGreaterThan(10_000);

  // The same object written anew is news; a start of the server is none.
  await stop();
  const again = watch();
  await cloud.put('in/whole.mp4', { file: film });
  await until('it has set off another', async () => (await firings()).length > 2, 60_000);
  expect(await firings()).toEqual(['in/parts.mp4', 'in/whole.mp4', 'in/whole.mp4']);
  const [last] = await triggers.firings(id, 1);
  expect((await bench.ended(last!.run!)).failure).toBeUndefined();
  await again();
  await triggers.remove(id);
}, 240_000);

it('a run that would write into what sets it off ends before anything is there', async () => {
  const { id } = await put({ prefix: 'loop/' });
  const started = await bench.start('to-flv', { ...input, source: { file: 'film.mp4' }, outputPrefix: 'loop/' });
  expect(await bench.ended(started)).toMatchObject({ state: 'failed', failure: { code: 'WORKFLOW_LOOP' } });
  expect(await bench.media.storages.get('cloud').head('loop/film.flv')).toBeUndefined();
  await triggers.remove(id);
}, 60_000);
