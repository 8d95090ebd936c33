import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  JobError,
  Jobs,
  JobWorker,
  type JobWorkerOptions,
  type NewJob,
  type NewStep,
  type StepAction,
} from '../../../src/jobs/index.ts';
import { openStore, type Store } from '../../../src/store/index.ts';
import { memoryLog, type SystemPostgres, startSystemPostgres } from '../store/helpers.ts';

/** Jobs on a PostgreSQL of their own, and the workers that a test starts. */
export type JobsBench = {
  readonly system: SystemPostgres;
  readonly store: Store;
  /** A store of its own, as another node has. */
  another(): Promise<Store>;
  readonly jobs: Jobs;
  readonly folder: string;
  readonly log: ReturnType<typeof memoryLog>;
  worker(options: Partial<JobWorkerOptions> & Pick<JobWorkerOptions, 'actions'>): JobWorker;
  /** Stops workers and removes what jobs left. */
  clear(): Promise<void>;
  close(): Promise<void>;
};

/** `env` is for the programs of the database. */
export async function openBench(env?: NodeJS.ProcessEnv): Promise<JobsBench> {
  const system = await startSystemPostgres(env);
  const folder = mkdtempSync(join(tmpdir(), 'headwater-jobs-'));
  const log = memoryLog();
  const stores: Store[] = [];
  const open = async () => {
    const store = await openStore({ dataDir: folder, log, databaseUrl: system.url, waitMs: 60_000 });
    stores.push(store);
    return store;
  };
  const store = await open();
  const workers: JobWorker[] = [];
  const worker: JobsBench['worker'] = (options) => {
    const made = new JobWorker({
      ...{ store, log, concurrency: 4, name: `worker-${workers.length}`, folder: join(folder, 'steps') },
      ...options,
    });
    workers.push(made);
    made.start();
    return made;
  };
  const clear = async () => {
    await Promise.all(workers.splice(0).map((each) => each.stop()));
    await store.query('truncate headwater.jobs, headwater.job_steps, headwater.job_events, headwater.job_followers');
    await store.query('truncate headwater.pipelines, headwater.job_workers');
  };
  const close = async () => {
    for (const each of stores) await each.close();
    system.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  return { system, store, another: open, jobs: new Jobs({ store, log }), folder, log, worker, clear, close };
}

/** A job with what does not matter filled in. */
export function job(steps: readonly (Partial<NewStep> & { name: string })[], fields: Partial<NewJob> = {}): NewJob {
  return {
    ...{ kind: 'test', pipeline: 'default', submitter: 'ann' },
    ...fields,
    steps: steps.map((step) => ({ action: 'echo', input: {}, ...step })),
  };
}

/** An action from a function. */
export function action(name: string, run: StepAction['run']): StepAction {
  return { name, run };
}

/** Gives back its input and what the steps before it gave. */
export const echo = action('echo', async ({ input, before }) => ({
  output: { ...input, before: Object.fromEntries(before) },
}));

/** Fails as its input says. */
export const fail = action('fail', async ({ input }) => {
  throw new JobError('TEST_FAILED', 'it failed', 'Try again.', { isFinal: input.isFinal === true });
});

/** Something that tests wait for and actions call. */
export function signalled(): { readonly done: Promise<void>; readonly give: () => void } {
  let give: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { done, give };
}
