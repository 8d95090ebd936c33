import { randomUUID } from 'node:crypto';
import { type Logger, type Store, storable, type Transaction } from '../store/index.ts';
import { type EventHandler, followJobs, watchJobs } from './follow-jobs.ts';
import { checkSteps } from './graph.ts';
import type { Job, JobState, NewJob, Step } from './job.ts';
import { addSteps, advanceJob, type EndedJob, lockJob } from './job-changes.ts';
import { JobError } from './job-error.ts';
import type { JobEventKind } from './job-events.ts';
import { type JobRow, jobOf, type ShownStepRow, STEP_COLUMNS, stepOf } from './job-rows.ts';
import { DEFAULT_PIPELINE, Pipelines } from './pipelines.ts';
import { type PastStep, stepsToRedo } from './retry-steps.ts';

const DEFAULT_PRIORITY = 6;

/** On which workers hear which job was cancelled. */
export const CANCELS_CHANNEL = 'headwater_job_cancels';

/** Which jobs to list; times in ms since 1970, of the submission, `to` not included. */
export type JobFilter = {
  readonly pipeline?: string | undefined;
  /** Only these. */
  readonly pipelines?: readonly string[] | undefined;
  readonly state?: JobState | undefined;
  readonly submitter?: string | undefined;
  readonly kind?: string | undefined;
  readonly asset?: string | undefined;
  readonly template?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
};

/** The newest first; `before` is the last one of the page before. */
export type JobPage = {
  readonly limit: number;
  readonly before?: { readonly createdAtMs: number; readonly id: string } | undefined;
};

export type JobsOptions = {
  readonly store: Store;
  readonly log: Logger;
  /** Of jobs that end here, by being cancelled. */
  readonly onEnded?: (job: EndedJob) => void;
  /** Makes the keys clear again that were sealed in the steps of a job when it was over. */
  readonly keys?: { open(client: Transaction, job: string): Promise<void> };
};

/** The jobs as doors see them, on any node. */
export class Jobs {
  readonly pipelines: Pipelines;
  readonly #options: JobsOptions;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.pipelines = new Pipelines(options.store);
  }

  /** Puts it into its pipeline; asked twice with the same id, it answers what is there. */
  async submit(job: NewJob, { transaction }: { readonly transaction?: Transaction } = {}): Promise<Job> {
    checkSteps(job.steps);
    if (transaction) return insert(transaction, job);
    return this.#options.store.transaction((client) => insert(client, job));
  }

  async find(id: string): Promise<(Job & { readonly steps: readonly Step[] }) | undefined> {
    const [row] = await this.#options.store.query<JobRow>('select * from headwater.jobs where id = $1', [id]);
    if (row === undefined) return undefined;
    const text = `select ${STEP_COLUMNS} from headwater.job_steps where job_id = $1 order by id`;
    const steps = await this.#options.store.query<ShownStepRow>(text, [id]);
    return { ...jobOf(row), steps: steps.map(stepOf) };
  }

  async list(filter: JobFilter, { limit, before }: JobPage): Promise<Job[]> {
    const text = `select * from headwater.jobs
      where ($1::text is null or pipeline = $1) and ($2::text is null or state = $2)
        and ($3::text is null or submitter = $3) and ($4::text is null or kind = $4)
        and ($5::text is null or asset = $5) and ($6::text is null or template = $6)
        and ($7::float8 is null or created_at >= to_timestamp($7::float8 / 1000))
        and ($8::float8 is null or created_at < to_timestamp($8::float8 / 1000))
        and ($9::float8 is null or (created_at, id) < (to_timestamp($9::float8 / 1000), $10::uuid))
        and ($12::text[] is null or pipeline = any($12))
      order by created_at desc, id desc limit $11`;
    const { pipeline, pipelines, state, submitter, kind, asset, template, from, to } = filter;
    const values = [pipeline, state, submitter, kind, asset, template, from, to, before?.createdAtMs, before?.id];
    const rows = await this.#options.store.query<JobRow>(text, [
      ...values.map((value) => value ?? null),
      limit,
      pipelines ?? null,
    ]);
    return rows.map(jobOf);
  }

  /** Stops what of it runs, wherever that is; steps that always run come yet. False where it is over or was never there. */
  async cancel(id: string): Promise<boolean> {
    const job = await this.#options.store.transaction(async (client) => {
      const found = await lockJob(client, id);
      if (found?.state !== 'submitted' && found?.state !== 'running') return undefined;
      await client.query("update headwater.jobs set state = 'cancelled', finished_at = now() where id = $1", [id]);
      await client.query(CANCEL_STEPS, [id]);
      await client.query('select pg_notify($1, $2)', [CANCELS_CHANNEL, id]);
      await advanceJob(client, { ...found, state: 'cancelled' }, [{ jobId: id, kind: 'cancelled' }]);
      return found;
    });
    if (job === undefined) return false;
    const { kind, template, createdAtMs } = job;
    this.#options.onEnded?.({ kind, template, outcome: 'cancelled', tookMs: Math.max(0, Date.now() - createdAtMs) });
    return true;
  }

  /** Whether a worker is at a step of a job of this asset, also where the job was cancelled and it has not heard of it. */
  async isBusyWith(asset: string): Promise<boolean> {
    const text = `select 1 from headwater.jobs j join headwater.job_steps s on s.job_id = j.id
      where j.asset = $1 and s.lease_until >= now() limit 1`;
    return (await this.#options.store.query(text, [asset])).length > 0;
  }

  /**
   * Tries again what failed or was cancelled. What succeeded stays, unless it is needed and was cleaned up. Refused while
   * the job is not over, or succeeded.
   */
  retry(id: string): Promise<Job> {
    return this.#options.store.transaction(async (client) => {
      const job = await lockJob(client, id);
      if (job === undefined) throw new JobError('JOB_UNKNOWN', `there is no job ${id}`, 'Look at the list of jobs.');
      if (job.state !== 'failed' && job.state !== 'cancelled') {
        const remedy = 'Retry jobs that failed or were cancelled.';
        throw new JobError('JOB_NOT_RETRIABLE', `the job ${id} is ${job.state}`, remedy);
      }
      await holdPipeline(client, job.pipeline);
      await this.#options.keys?.open(client, id);
      const { names, waits } = stepsToRedo(await pastSteps(client, id));
      await client.query(RETRY_STEPS, [id, names]);
      for (const { name, after } of waits) await client.query(WAIT_FOR, [id, name, after]);
      const text = `update headwater.jobs set state = 'running', failure_code = null, failure_message = null,
          finished_at = null, percent = coalesce((select avg(percent) from headwater.job_steps where job_id = $1), 0)
        where id = $1 returning *`;
      const { rows } = await client.query<JobRow>(text, [id]);
      const again = jobOf(rows[0] as JobRow);
      await advanceJob(client, again, [{ jobId: id, kind: 'retried' }]);
      return again;
    });
  }

  /** Tries again the oldest failed jobs of a pipeline, those with this code where one is given; which ones. */
  async retryFailed(pipeline: string, { code, limit }: { readonly code?: string | undefined; readonly limit: number }) {
    const text = `select id from headwater.jobs where pipeline = $1 and state = 'failed'
      and ($2::text is null or failure_code = $2) order by finished_at, id limit $3`;
    const rows = await this.#options.store.query<{ id: string }>(text, [pipeline, code ?? null, limit]);
    const retried: string[] = [];
    for (const { id } of rows) {
      try {
        await this.retry(id);
        retried.push(id);
      } catch (error) {
        // Somebody else was quicker, or it still cleans up.
        if (!(error instanceof JobError) || error.code === 'PIPELINE_UNKNOWN') throw error;
      }
    }
    return retried;
  }

  /** Forgets a job that is over; false where there is none. Refused while it is not, or a worker still is at it. */
  async remove(id: string): Promise<boolean> {
    return this.#options.store.transaction(async (client) => {
      const job = await lockJob(client, id);
      if (job === undefined) return false;
      const busy = `select 1 from headwater.job_steps where job_id = $1
        and (state in ('pending', 'waiting') or lease_until >= now()) limit 1`;
      const isBusy =
        job.state === 'submitted' || job.state === 'running' || (await client.query(busy, [id])).rows.length > 0;
      if (isBusy) {
        throw new JobError(
          'JOB_NOT_OVER',
          `the job ${id} is not over`,
          'Cancel it, and wait until its workers left it.',
        );
      }
      await client.query('delete from headwater.jobs where id = $1', [id]);
      return true;
    });
  }

  /** Removes what ended so long ago, failed jobs after a time of their own, and events; how many jobs. */
  async prune({ keepMs, keepFailedMs }: { readonly keepMs: number; readonly keepFailedMs: number }): Promise<number> {
    const old = (n: number) => `< now() - $${n}::float8 * interval '1 ms'`;
    const { store } = this.#options;
    await store.query(`delete from headwater.job_events where at ${old(1)}`, [keepMs]);
    const text = `delete from headwater.jobs
      where (state in ('succeeded', 'cancelled') and finished_at ${old(1)}) or (state = 'failed' and finished_at ${old(2)})
      returning id`;
    return (await store.query(text, [keepMs, keepFailedMs])).length;
  }

  /** Calls back on what happens to jobs from now on, on whichever node; what must not be missed is for `follow`. */
  onChange(
    listener: (change: { readonly job: Job; readonly kind: JobEventKind; readonly step?: Step }) => void,
  ): () => void {
    return watchJobs({ ...this.#options, find: (id) => this.find(id) }, listener);
  }

  /**
   * Calls the handler with every event in order, on one node of all at a time, again until it does not throw. A follower
   * seen for the first time gets what is still kept from the first event on, or with `fromNow` nothing of it.
   */
  follow(name: string, handler: EventHandler, { fromNow = false } = {}): () => Promise<void> {
    return followJobs({ ...this.#options, find: (id) => this.find(id), name, handler, fromNow });
  }
}

/** Keeps the pipeline from being removed until the transaction ends. */
async function holdPipeline(client: Transaction, pipeline: string): Promise<void> {
  const { rows } = await client.query('select 1 from headwater.pipelines where id = $1 for share', [pipeline]);
  if (rows.length > 0) return;
  throw new JobError('PIPELINE_UNKNOWN', `there is no pipeline ${pipeline}`, 'Name one of the list, or add it.');
}

async function insert(client: Transaction, asked: NewJob): Promise<Job> {
  const { pipeline } = asked;
  if (pipeline === DEFAULT_PIPELINE) {
    await client.query(
      'insert into headwater.pipelines (id, name, quota) values ($1, $1, 100) on conflict do nothing',
      [pipeline],
    );
  }
  await holdPipeline(client, pipeline);
  const text = `insert into headwater.jobs
      (id, kind, pipeline, priority, submitter, is_backfill, template, asset, user_data, data)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning *`;
  const { id = randomUUID(), kind, priority = DEFAULT_PRIORITY, submitter, isBackfill = false } = asked;
  const { template = null, asset = null, userData = null, data } = storable(asked);
  const rest = [template, asset, userData, data === undefined ? null : JSON.stringify(data)];
  const { rows } = await client.query<JobRow>(text, [id, kind, pipeline, priority, submitter, isBackfill, ...rest]);
  if (rows[0] === undefined) {
    const found = await client.query<JobRow>('select * from headwater.jobs where id = $1', [id]);
    return jobOf(found.rows[0] as JobRow);
  }
  const job = jobOf(rows[0]);
  await addSteps(client, job, asked.steps);
  await advanceJob(client, job, [{ jobId: id, kind: 'submitted' }]);
  return job;
}

/**
 * What cleans up after steps that were running waits until their workers have heard of it. A step whose worker is still
 * at it keeps the end of its lease, until the worker has left it.
 */
const CANCEL_STEPS = `with was as (
    update headwater.job_steps set state = 'cancelled', finished_at = now(), lease_owner = null
    where job_id = $1 and state in ('waiting', 'pending') and not runs_always returning worker)
  update headwater.job_steps set next_attempt_at = now() + interval '3 seconds'
  where job_id = $1 and state = 'waiting' and runs_always and exists (select 1 from was where worker is not null)`;

const RETRY_STEPS = `update headwater.job_steps
  set state = 'waiting', attempts = 0, failures = 0, percent = 0, failure_code = null, failure_message = null,
    finished_at = null, started_at = null, first_attempt_at = null, next_attempt_at = now(), worker = null,
    lease_owner = null, lease_until = null
  where job_id = $1 and (state in ('dead', 'skipped', 'cancelled') or runs_always or name = any($2))`;

const WAIT_FOR = 'update headwater.job_steps set after = after || $3::text[] where job_id = $1 and name = $2';

/** The steps of a job that is over; refused while a worker still cleans up, as it would take away what is made anew. */
async function pastSteps(client: Transaction, id: string): Promise<PastStep[]> {
  const text = `select ${STEP_COLUMNS} from headwater.job_steps where job_id = $1 order by id`;
  const { rows } = await client.query<ShownStepRow>(text, [id]);
  const busy = rows.find(({ state, is_leased: isLeased }) => state === 'pending' && isLeased);
  if (busy) {
    const problem = `the step ${busy.name} of the job ${id} is at work`;
    throw new JobError('JOB_NOT_RETRIABLE', problem, 'Try again when it is done.');
  }
  return rows.map(({ runs_always: runsAlways, state, ...step }) => ({
    ...step,
    ...{ runsAlways, isDone: state === 'succeeded' },
  }));
}
