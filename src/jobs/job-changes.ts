import { storable, type Transaction } from '../store/index.ts';
import { advance, checkSteps, type GraphStep } from './graph.ts';
import type { Job, JobFailure, JobState, NewStep } from './job.ts';
import { type NewJobEvent, noteEvents } from './job-events.ts';
import { type JobRow, jobOf } from './job-rows.ts';
import { STEPS_CHANNEL } from './step-queue.ts';

const DEFAULT_ATTEMPTS = 3;

/** Holds a job against everybody else who would change it or its steps; undefined where there is none. */
export async function lockJob(client: Transaction, id: string): Promise<Job | undefined> {
  const { rows } = await client.query<JobRow>('select * from headwater.jobs where id = $1 for update', [id]);
  return rows[0] && jobOf(rows[0]);
}

/** Puts steps to a job, all of them waiting. */
export async function addSteps(client: Transaction, job: Job, steps: readonly NewStep[]): Promise<void> {
  const text = `insert into headwater.job_steps
      (job_id, name, action, input, after, runs_always, max_attempts, pipeline, submitter, priority, is_backfill, state)
    select $1, s.name, s.action, s.input, coalesce(s.after, '{}'), coalesce(s."runsAlways", false),
      coalesce(s."maxAttempts", ${DEFAULT_ATTEMPTS}), $3, $4, $5, $6, 'waiting'
    from rows from (jsonb_to_recordset($2::jsonb) as
      (name text, action text, input jsonb, after text[], "runsAlways" boolean, "maxAttempts" integer))
      with ordinality s (name, action, input, after, "runsAlways", "maxAttempts", n)
    order by n`;
  const { id, pipeline, submitter, priority, isBackfill = false } = job;
  await client.query(text, [id, JSON.stringify(storable(steps)), pipeline, submitter, priority, isBackfill]);
}

/** Steps found out while one ran: what waits for that one waits for them, too. Throws where that makes no graph. */
export async function addLaterSteps(
  client: Transaction,
  job: Job,
  by: string,
  steps: readonly NewStep[],
): Promise<void> {
  const names = steps.map(({ name }) => name);
  const later = steps.map((step) => ({ ...step, after: [...new Set([...(step.after ?? []), by])] }));
  const known = 'select name, action, input, after, state from headwater.job_steps where job_id = $1';
  const { rows } = await client.query<NewStep & { state: string }>(known, [job.id]);
  const waiting = rows.filter(({ state }) => state === 'waiting');
  const following = waiting.filter(({ after }) => after?.includes(by));
  const others = waiting.filter((step) => !following.includes(step));
  const wired = following.map((step) => ({ ...step, after: [...(step.after ?? []), ...names] }));
  const over = rows.filter(({ state }) => state !== 'waiting').map(({ name }) => name);
  checkSteps([...wired, ...others, ...later], over);
  const text = 'update headwater.job_steps set after = after || $3::text[] where job_id = $1 and name = any($2)';
  await client.query(text, [job.id, following.map(({ name }) => name), names]);
  await addSteps(client, job, later);
}

type GraphRow = Omit<GraphStep, 'state' | 'runsAlways'> & {
  readonly state: Exclude<GraphStep['state'], 'failed'> | 'dead';
  readonly runs_always: boolean;
};

/** Lets those steps run whose turn it is, skips those whose turn never comes, and ends the job when all are over. */
export async function advanceJob(
  client: Transaction,
  job: Job,
  noted: readonly NewJobEvent[] = [],
): Promise<EndedJob | undefined> {
  const text = 'select name, after, runs_always, state from headwater.job_steps where job_id = $1 order by id';
  const { rows } = await client.query<GraphRow>(text, [job.id]);
  const { ready, skipped, isOver } = advance(
    rows.map(({ runs_always: runsAlways, state, ...step }) => ({
      ...step,
      ...{ runsAlways, state: state === 'dead' ? ('failed' as const) : state },
    })),
  );
  if (ready.length > 0) await makeReady(client, job.id, ready);
  if (skipped.length > 0) {
    const skip = `update headwater.job_steps set state = 'skipped', finished_at = now() where job_id = $1 and name = any($2)`;
    await client.query(skip, [job.id, skipped]);
  }
  const ended = isOver && job.state !== 'cancelled' ? await endJob(client, job) : undefined;
  const events = ended === undefined ? noted : [...noted, { jobId: job.id, kind: ended.outcome }];
  if (events.length > 0) await noteEvents(client, events);
  return ended;
}

async function makeReady(client: Transaction, id: string, names: readonly string[]): Promise<void> {
  const text = `update headwater.job_steps
    set state = 'pending', ready_at = now(), next_attempt_at = greatest(next_attempt_at, now())
    where job_id = $1 and name = any($2)`;
  await client.query(text, [id, names]);
  await client.query("select pg_notify($1, '')", [STEPS_CHANNEL]);
}

/** A job that is over, for figures. */
export type EndedJob = {
  readonly kind: string;
  readonly template: string | undefined;
  readonly outcome: Extract<JobState, 'succeeded' | 'failed' | 'cancelled'>;
  readonly tookMs: number;
};

async function endJob(client: Transaction, { id, kind, template }: Job): Promise<EndedJob> {
  const text = `update headwater.jobs set finished_at = now(),
      state = case when failure_code is null then 'succeeded' else 'failed' end
    where id = $1 returning state as outcome, (extract(epoch from now() - created_at) * 1000)::float8 as "tookMs"`;
  const { rows } = await client.query<Pick<EndedJob, 'outcome' | 'tookMs'>>(text, [id]);
  return { kind, template, outcome: 'failed', tookMs: 0, ...rows[0] };
}

/**
 * The job's percent from its steps, and why it will have failed if that is known now. It does not go back where a step has
 * found out that there is more to do.
 */
export async function updateJob(client: Transaction, id: string, failure?: JobFailure): Promise<void> {
  const text = `update headwater.jobs set
      percent = greatest(percent, (select avg(case when state = 'succeeded' then 100 else percent end)
        from headwater.job_steps where job_id = $1)),
      failure_code = coalesce(failure_code, $2), failure_message = coalesce(failure_message, $3)
    where id = $1`;
  await client.query(text, [id, failure?.code ?? null, failure?.message ?? null]);
}
