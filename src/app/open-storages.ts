import { join } from 'node:path';
import { storageSettings } from '../config/index.ts';
import { Storages, Uploads } from '../storage/index.ts';
import type { Store } from '../store/index.ts';
import type { Base } from './base.ts';

const SAMPLE_MS = 5000;

/** The storages of the configuration, and what is on its way into them; `uploads` is to be started. */
export async function openStorages({ config, log, metrics, closer }: Base, store: Store, nodeId: string) {
  const storages = closer.add('storages', await Storages.open(storageSettings(config), log));
  const uploads = closer.add(
    'uploads',
    await Uploads.open({
      store,
      nodeId,
      log,
      storages,
      folder: join(config.dataDir, 'uploads'),
      onOutcome: (storage, outcome) => metrics.uploads.inc({ storage, outcome }),
    }),
  );
  for (const storage of storages.names) metrics.storageUp.set({ storage }, 1);
  closer.add('upload metrics', sampleUploads({ metrics }, uploads, storages, store));
  return { storages, uploads };
}

function sampleUploads({ metrics }: Pick<Base, 'metrics'>, uploads: Uploads, storages: Storages, store: Store) {
  const count = async () => {
    if (store.state.kind !== 'ready') return metrics.uploadQueue.set(uploads.journaled);
    const { pending, dead, oldestAtMs } = await uploads.counts();
    metrics.uploadQueue.set(pending);
    metrics.uploadDead.set(dead);
    metrics.uploadOldest.set(oldestAtMs === undefined ? 0 : Math.max(0, (Date.now() - oldestAtMs) / 1000));
  };
  const timer = setInterval(() => {
    const { failing } = uploads;
    for (const storage of storages.names) metrics.storageUp.set({ storage }, failing.has(storage) ? 0 : 1);
    // The store says by itself when it is away.
    count().catch(() => undefined);
  }, SAMPLE_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
