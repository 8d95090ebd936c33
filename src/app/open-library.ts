import { join } from 'node:path';
import type { Jobs } from '../jobs/index.ts';
import type { AssetDoor } from '../operations/index.ts';
import { AssetTables, CategoryTable, ReviewLinkTable } from '../store/index.ts';
import { Categories, Library, ReviewLinks, Tiers, Trash } from '../vod/index.ts';
import { assetNews } from '../vod/news/index.ts';
import { Processing } from '../vod/processing/index.ts';
import type { Base } from './base.ts';
import { forgetRecordings, openLiveToVod } from './open-live-to-vod.ts';
import type { State } from './open-state.ts';
import type { Streams } from './open-streams.ts';

const SWEEP_MS = 3_600_000;
const FIRST_SWEEP_MS = 60_000;
const SAMPLE_MS = 60_000;

/** The library with all that happens to assets by itself. */
export function openLibrary(
  base: Base,
  state: State,
  streams: Streams,
  { jobs, onChanged }: { readonly jobs: Jobs; readonly onChanged: (asset: string) => void },
): Omit<AssetDoor, 'pageOf'> {
  const { store, storages } = state;
  const { config, log, clock, closer } = base;
  const { newAssets, trashDays, coldAfterDays, coldStorage, pipeline } = config.library;
  const now = clock.wallMs;
  const library: Library = new Library({
    ...{ tables: new AssetTables(store, assetNews), publication: newAssets, now, onChanged },
    process: async (asset, original) => {
      // What goes along with others, such as captions, is taken as it is.
      if (asset.kind === 'attached') return 'nothing to do';
      await processing.begin(asset, original);
      return 'processing';
    },
  });
  const processing = new Processing({ library, jobs, pipeline });
  closer.add('processing of assets', { close: processing.follow() });
  const trash = new Trash({
    ...{ library, storages, keepDays: trashDays, log, now },
    stopWork: (asset, signal) => processing.stop(asset, signal),
    onPurged: (asset) => forgetRecordings(streams, asset),
  });
  const tiers = new Tiers({
    ...{ library, storages, afterDays: coldStorage === null ? 0 : coldAfterDays, coldStorage: coldStorage ?? '' },
    ...{ folder: join(config.dataDir, 'moves'), log, now },
  });
  closer.add('trash of the library', sweepEachHour(base, library, [(s) => trash.sweep(s), (s) => tiers.sweep(s)]));
  closer.add('live to VOD', openLiveToVod(base, state, streams, { library, processing }));
  closer.add('library metrics', sampleLibrary(base, library));
  return {
    ...{ library, processing, trash, storages },
    categories: new Categories(new CategoryTable(store)),
    links: new ReviewLinks({ table: new ReviewLinkTable(store), now }),
    usualGroup: 'adaptive',
  };
}

function sweepEachHour(
  { log }: Base,
  library: Library,
  sweeps: readonly ((signal: AbortSignal) => Promise<unknown>)[],
) {
  const closing = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const sweepAfter = (delayMs: number) => {
    timer = setTimeout(() => {
      running = sweep().finally(() => {
        if (!closing.signal.aborted) sweepAfter(SWEEP_MS);
      });
    }, delayMs).unref();
  };
  const sweep = async () => {
    if (!library.isReady) return;
    for (const each of sweeps) {
      await each(closing.signal).catch((error: unknown) => {
        if (!closing.signal.aborted) log.warn({ error }, 'the library could not be tidied up, it is tried again');
      });
    }
  };
  sweepAfter(FIRST_SWEEP_MS);
  return {
    async close() {
      clearTimeout(timer);
      closing.abort();
      await running;
    },
  };
}

function sampleLibrary({ metrics }: Base, library: Library) {
  const sample = async () => {
    if (!library.isReady) return;
    metrics.assets.reset();
    metrics.assetBytes.reset();
    for (const { status, assets, bytes } of await library.figures()) {
      metrics.assets.set({ status }, assets);
      metrics.assetBytes.set({ status }, bytes);
    }
  };
  // The store says by itself when it is away.
  const run = () => void sample().catch(() => undefined);
  const timer = setInterval(run, SAMPLE_MS).unref();
  run();
  return { close: () => clearInterval(timer) };
}
