import { join } from 'node:path';
import { JobWorker } from '../../../src/jobs/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { openMediaTools } from '../../support/media.ts';
import { memoryLog } from '../store/helpers.ts';
import { openActions } from './helpers.ts';

/** A worker process for tests that kill it, over the media of whoever starts it. */
const given = JSON.parse(process.argv[2] ?? '{}') as { databaseUrl: string; jobs: string; media: string };
const log = memoryLog();
const store = await openStore({ dataDir: given.jobs, log, databaseUrl: given.databaseUrl, waitMs: 60_000 });
const { actions } = openActions(await openMediaTools({ folder: given.media }));
new JobWorker({
  ...{ store, log, actions, concurrency: 1, name: String(process.pid) },
  folder: join(given.jobs, `steps-${process.pid}`),
  queue: { leaseMs: 1_500, renewEveryMs: 300, sweepEveryMs: 200 },
}).start();
process.stdout.write('{"ready":true}\n');
