import { createServer } from 'node:http';
import { type Config, storageSettings } from '../config/index.ts';
import type { Logger } from '../log/index.ts';
import { createMetrics } from '../metrics/index.ts';
import { authority } from '../operations/index.ts';
import { workerApp } from '../server/api/index.ts';
import { Storages } from '../storage/index.ts';
import { openDataDir, openStore, type Store } from '../store/index.ts';
import type { Base } from './base.ts';
import { Closer } from './closer.ts';
import { findFfmpeg } from './find-ffmpeg.ts';
import { listen } from './listen.ts';
import { openJobs } from './open-jobs.ts';
import { mediaTools } from './open-media.ts';
import { stepActions } from './step-actions.ts';
import { systemClock } from './time/index.ts';

export type WorkerOptions = {
  readonly databaseUrl: string;
  readonly concurrency: number | undefined;
  readonly graceMs: number;
};

export type RunningWorker = { readonly metricsPort: number | undefined; close(): Promise<void> };

/** A process that works steps of jobs and does nothing else, on a database and storages that it shares. */
export async function startWorker(config: Config, log: Logger, options: WorkerOptions): Promise<RunningWorker> {
  const base: Base = { config, log, clock: systemClock, metrics: createMetrics(), closer: new Closer(log) };
  try {
    return await wire(base, options);
  } catch (error) {
    await base.closer.close();
    throw error;
  }
}

async function wire(base: Base, { databaseUrl, ...options }: WorkerOptions): Promise<RunningWorker> {
  const { config, log, metrics, closer } = base;
  const { dataDir } = config;
  await openDataDir(dataDir);
  const store = closer.add('database', await openStore({ dataDir, databaseUrl, log }));
  closer.add('database state', whenOpen(store.onState(({ kind }) => metrics.databaseUp.set(kind === 'ready' ? 1 : 0))));
  const storages = closer.add('storages', await Storages.open(storageSettings(config), log));
  const metricsPort = await openDoor(base, store);
  const tools = closer.add('media', mediaTools(config, storages, findFfmpeg(config.ffmpegPath ?? undefined)?.path));
  const actions = stepActions(base, { storages, store, tools });
  await openJobs(base, { store, actions, ...options });
  log.info({ metricsPort, actions: actions.map(({ name }) => name) }, 'worker started');
  return { metricsPort, close: () => closer.close() };
}

function whenOpen(end: () => void) {
  return { close: end };
}

/** Metrics and health, where the configuration has a port for them. */
async function openDoor({ config, metrics, closer }: Base, store: Store): Promise<number | undefined> {
  const { host, port, bearerToken } = config.metrics;
  if (port === 0) return undefined;
  const server = createServer(
    workerApp({
      ...{ metrics, metricsToken: bearerToken ?? undefined },
      metricsTargets: () => [authority(config.nodeName ?? host, port, 0)],
      databaseFailure: () => (store.state.kind === 'ready' ? undefined : store.state.reason),
    }),
  );
  const opened = await listen(server, { what: 'Metrics', host, port });
  closer.add('metrics', {
    close() {
      server.close();
      server.closeAllConnections();
    },
  });
  return opened;
}
