import { appendFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { JobWorker } from '../../../src/jobs/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { memoryLog } from '../store/helpers.ts';
import { action } from './helpers.ts';

/** A worker process for tests that kill it: steps make files, and the last of a job publishes one that cannot be there. */
const { databaseUrl, folder } = JSON.parse(process.argv[2] ?? '{}') as { databaseUrl: string; folder: string };
const log = memoryLog();
const store = await openStore({ dataDir: folder, log, databaseUrl, waitMs: 60_000 });

const make = action('make', async ({ job, step, folder: own, signal }) => {
  appendFileSync(join(folder, 'attempts'), `${job.id} ${step}\n`);
  const file = join(own, 'made');
  await writeFile(file, step);
  await delay(30 + Math.random() * 100, undefined, { signal });
  const target = join(folder, `${job.id}-${step}`);
  await rename(file, target);
  return { output: { file: target } };
});
const publish = action('publish', async ({ job, before, folder: own, signal }) => {
  const parts = [...before.values()].map(({ file }) => readFile(String(file), 'utf8'));
  const text = (await Promise.all(parts)).join(' ');
  await writeFile(join(own, 'whole'), text);
  await delay(Math.random() * 50, undefined, { signal });
  const target = join(folder, `${job.id}-published`);
  // Whoever is second finds the same there.
  const isFirst = await link(join(own, 'whole'), target).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return false;
    },
  );
  if (isFirst) appendFileSync(join(folder, 'published'), `${job.id}\n`);
  return { output: { text } };
});
const clean = action('clean', async ({ before }) => {
  for (const { file } of before.values()) if (typeof file === 'string') await rm(file, { force: true });
  return { output: {} };
});

const worker = new JobWorker({
  ...{ store, log, concurrency: 4, name: String(process.pid), folder: join(folder, `steps-${process.pid}`) },
  actions: [make, publish, clean],
  queue: { leaseMs: 1_000, renewEveryMs: 200, sweepEveryMs: 200 },
});
worker.start();
process.stdout.write('{"ready":true}\n');
process.on('SIGTERM', async () => {
  await worker.stop();
  await store.close();
  process.exit(0);
});
