import { readdir, rm } from 'node:fs/promises';
import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import {
  type EndedJob,
  Jobs,
  type JobsOptions,
  JobWorker,
  listWorkers,
  type PipelineLoad,
  pipelineLoads,
  registerWorker,
  type StepAction,
  type WorkedStep,
} from '../jobs/index.ts';
import type { Metrics } from '../metrics/index.ts';
import type { Store } from '../store/index.ts';
import { ASSET_ACTIONS } from '../vod/processing/index.ts';
import { FOREACH } from '../workflow/index.ts';
import type { Base } from './base.ts';
import { jobsFolderOf } from './open-media.ts';

const SAMPLE_MS = 5000;
const PRUNE_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Templates that have a series of their own; the rest share one. */
const MOST_TEMPLATES = 200;

export type JobSurroundings = {
  readonly store: Store;
  readonly actions: readonly StepAction[];
  /** In place of the configuration's. */
  readonly concurrency?: number | undefined;
  /** How long what runs at the end may take to be done before it is given back. */
  readonly graceMs?: number;
  /** While it is so, this process begins no step. */
  readonly isResting?: () => boolean;
  /** What opens sealed keys of jobs that are tried again; workers try none again. */
  readonly keys?: NonNullable<JobsOptions['keys']>;
};

/** What processing and workflows trust to be asked for by nobody but themselves. */
const OWN_ACTIONS: readonly string[] = [...Object.values(ASSET_ACTIONS), FOREACH];

/** The jobs, and in this process as many hands for their steps as the configuration says. */
export async function openJobs(
  base: Base,
  { store, actions, graceMs = 0, isResting, keys, ...asked }: JobSurroundings,
) {
  const { config, log, metrics, closer } = base;
  const concurrency = asked.concurrency ?? config.jobs.concurrency ?? Math.max(1, availableParallelism() >> 1);
  const onEnded = countEnded(metrics);
  const jobs = new Jobs({ store, log, onEnded, ...(keys && { keys }) });
  const { parent, own } = jobsFolderOf(config);
  await removeLeftovers(parent);
  const name = `${config.nodeName ?? hostname()}/${process.pid}`;
  const worker = new JobWorker({
    ...{ store, log, actions, concurrency, name, folder: own },
    ...{ onEnded, isResting, onWorked: (step) => countWorked(metrics, step) },
  });
  const loads = closer.add('job metrics', sampleJobs(metrics, store, worker, concurrency));
  closer.add('old jobs', pruneJobs(base, jobs, store));
  if (concurrency > 0) {
    const busy = () => worker.busy;
    const names = actions.map((action) => action.name);
    closer.add('job register', registerWorker({ store, name, concurrency, actions: names, busy }));
  }
  closer.add('job worker', {
    async close() {
      await worker.stop(graceMs);
      await rm(own, { recursive: true, force: true });
    },
  });
  worker.start();
  return {
    jobs,
    loads: () => loads.last(),
    workers: () => listWorkers(store),
    actions: actions.map((action) => action.name).filter((name) => !OWN_ACTIONS.includes(name)),
  };
}

/** Folders of attempts whose process on this machine is gone. */
async function removeLeftovers(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(`${hostname()}-`) ? Number(name.slice(hostname().length + 1)) : Number.NaN;
    if (Number.isInteger(pid) && (pid === process.pid || !isAlive(pid))) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function countWorked(metrics: Metrics, { action, pipeline, outcome, waitedMs, tookMs }: WorkedStep): void {
  metrics.jobWaitSeconds.observe({ pipeline }, waitedMs / 1000);
  metrics.jobStepSeconds.observe({ action, outcome }, tookMs / 1000);
}

function countEnded(metrics: Metrics): (job: EndedJob) => void {
  const templates = new Set<string>();
  return ({ kind, template = '', outcome, tookMs }) => {
    if (templates.size < MOST_TEMPLATES) templates.add(template);
    metrics.jobs.inc({ kind, template: templates.has(template) ? template : 'other', outcome });
    if (outcome === 'succeeded') metrics.jobSeconds.observe({ kind }, tookMs / 1000);
  };
}

function sampleJobs(metrics: Metrics, store: Store, worker: JobWorker, concurrency: number) {
  let last: readonly PipelineLoad[] = [];
  const sample = async () => {
    metrics.jobSlots.set(concurrency);
    metrics.jobSlotsBusy.set(worker.busy);
    if (store.state.kind !== 'ready') return;
    last = await pipelineLoads(store);
    for (const gauge of [metrics.jobSteps, metrics.jobOldest, metrics.jobsFailed]) gauge.reset();
    for (const { pipeline, pending, running, waiting, oldestSeconds, failed } of last) {
      metrics.jobSteps.set({ pipeline, state: 'pending' }, pending);
      metrics.jobSteps.set({ pipeline, state: 'running' }, running);
      metrics.jobSteps.set({ pipeline, state: 'waiting' }, waiting);
      metrics.jobOldest.set({ pipeline }, oldestSeconds);
      metrics.jobsFailed.set({ pipeline }, failed);
    }
    metrics.jobWorkers.set((await listWorkers(store)).filter(({ unseenMs }) => unseenMs < 3 * SAMPLE_MS).length);
  };
  // The store says by itself when it is away.
  const run = () => void sample().catch(() => undefined);
  const timer = setInterval(run, SAMPLE_MS).unref();
  run();
  return { close: () => clearInterval(timer), last: () => last };
}

function pruneJobs({ config, log }: Base, jobs: Jobs, store: Store) {
  const timer = setInterval(async () => {
    if (store.state.kind !== 'ready') return;
    try {
      const removed = await jobs.prune({
        keepMs: config.jobs.keepDays * DAY_MS,
        keepFailedMs: config.jobs.keepFailedDays * DAY_MS,
      });
      if (removed > 0) log.info({ jobs: removed }, 'old jobs removed');
    } catch (error) {
      log.warn({ error }, 'old jobs could not be removed');
    }
  }, PRUNE_MS).unref();
  return { close: () => clearInterval(timer) };
}
