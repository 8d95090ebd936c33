import {
  ClaimQueue,
  type ClaimQueueOptions,
  type ClaimRow,
  type ClaimTable,
  isDue,
  isUnleased,
  type Transaction,
} from '../store/index.ts';
import { type Bounds, type Candidate, chooseSteps, type Running } from './choose-steps.ts';
import type { JsonObject } from './job.ts';
import { noteEvents } from './job-events.ts';

/** On which workers hear that there may be something to do. */
export const STEPS_CHANNEL = 'headwater_job_steps';

/** A step's row as it is claimed. */
export interface StepRow extends ClaimRow {
  readonly job_id: string;
  readonly name: string;
  readonly action: string;
  readonly input: JsonObject;
  readonly after: readonly string[];
  readonly max_attempts: number;
  readonly failures: number;
  readonly pipeline: string;
  readonly log: readonly string[];
  readonly ready_at: Date;
  readonly started_at: Date;
}

/** Which steps a worker can do, and under what name it does them. */
export type StepQueueOptions = Omit<ClaimQueueOptions, 'table'> & {
  readonly actions: readonly string[];
  readonly worker: string;
  /** While it is so, no step begins. */
  readonly isResting?: (() => boolean) | undefined;
};

/** The steps of all jobs as a table of work, shared out by pipelines, priorities and submitters. */
export function stepQueue({ actions, worker, isResting, ...options }: StepQueueOptions): ClaimQueue<StepRow> {
  const table: ClaimTable = {
    name: 'job_steps',
    doneState: 'succeeded',
    channel: STEPS_CHANNEL,
    order: 'id',
    choose: async (client, limit) => (isResting?.() ? [] : choose(client, actions, limit)),
    atClaim: `started_at = statement_timestamp() + c.n * interval '1 microsecond', percent = 0, worker = ${literal(worker)}`,
  };
  return new ClaimQueue({ ...options, table });
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''").replaceAll('\\', '/')}'`;
}

const FREE = `s.state = 'pending' and ${isDue('s')} and ${isUnleased('s')}
  and s.action = any($1::text[])`;
const MS = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

/** Of a line the first in some order, found by an index alone. */
const FIRST = (order: string) => `select head.* from active cross join lateral (
    select s.id, s.job_id, s.pipeline, s.submitter, s.is_backfill, s.priority, s.ready_at from headwater.job_steps s
    where s.pipeline = active.pipeline and s.submitter = active.submitter and s.is_backfill = active.is_backfill
      and ${FREE}
    order by ${order} limit $2) head`;

/** The heads of each line: the best and the oldest of each active pipeline and submitter. */
const CANDIDATES = `
  with recursive lines as (
    (select pipeline, submitter, is_backfill from headwater.job_steps where state = 'pending'
     order by pipeline, submitter, is_backfill limit 1)
    union all
    select next.* from lines cross join lateral (
      select s.pipeline, s.submitter, s.is_backfill from headwater.job_steps s
      where s.state = 'pending'
        and (s.pipeline, s.submitter, s.is_backfill) > (lines.pipeline, lines.submitter, lines.is_backfill)
      order by s.pipeline, s.submitter, s.is_backfill limit 1) next),
  active as materialized (
    select lines.* from lines join headwater.pipelines p on p.id = lines.pipeline and p.state = 'Active'),
  heads as materialized (${FIRST('s.priority desc, s.id')} union ${FIRST('s.id')})
  select id, job_id as "jobId", pipeline, submitter, is_backfill as "isBackfill", priority,
    ${MS('ready_at')} as "readyAtMs",
    (select ${MS('j.created_at')} from headwater.jobs j where j.id = heads.job_id) as "jobCreatedAtMs"
  from heads`;

const RUNNING = `select pipeline, submitter, is_backfill as "isBackfill", count(*) as count
  from headwater.job_steps s where state = 'pending' and not ${isUnleased('s')} group by 1, 2, 3`;

const BOUNDS = `select id, quota, submitter_quota as "submitterQuota" from headwater.pipelines where state = 'Active'`;

const SERVED = `select asked.submitter, ${MS(`(select max(s.started_at) from headwater.job_steps s
    where s.submitter = asked.submitter and s.started_at is not null)`)} as "servedAtMs"
  from unnest($1::text[]) asked (submitter)`;

async function choose(client: Transaction, actions: readonly string[], limit: number): Promise<number[]> {
  const candidates = (await client.query<Candidate>(CANDIDATES, [actions, limit])).rows;
  if (candidates.length === 0) return [];
  const submitters = [...new Set(candidates.map(({ submitter }) => submitter))];
  const running = (await client.query<Running>(RUNNING)).rows;
  const bounds = (await client.query<Omit<Bounds, 'submitterQuota'> & { submitterQuota: number | null }>(BOUNDS)).rows;
  const served = (await client.query<{ submitter: string; servedAtMs: number | null }>(SERVED, [submitters])).rows;
  const now = (await client.query<{ ms: number }>(`select ${MS('now()')} as ms`)).rows;
  const chosen = chooseSteps({
    ...{ candidates, running, limit, nowMs: now[0]?.ms ?? 0 },
    pipelines: bounds.map(({ id, quota, submitterQuota }) => ({
      ...{ id, quota },
      ...(submitterQuota !== null && { submitterQuota }),
    })),
    servedAtMs: new Map(served.map(({ submitter, servedAtMs }) => [submitter, servedAtMs ?? 0])),
  });
  return beginJobs(client, chosen);
}

/** Locks jobs before their steps, as everybody does; a job that somebody changes just now is left for the next time. */
async function beginJobs(client: Transaction, chosen: readonly Candidate[]): Promise<number[]> {
  const ids = [...new Set(chosen.map(({ jobId }) => jobId))];
  const text = 'select id, state from headwater.jobs where id = any($1::uuid[]) order by id for update skip locked';
  const { rows } = await client.query<{ id: string; state: string }>(text, [ids]);
  const begun = rows.filter(({ state }) => state === 'submitted').map(({ id }) => id);
  if (begun.length > 0) {
    const start = `update headwater.jobs set state = 'running', started_at = now() where id = any($1::uuid[])`;
    await client.query(start, [begun]);
    await noteEvents(
      client,
      begun.map((jobId) => ({ jobId, kind: 'started' })),
    );
  }
  const locked = new Set(rows.map(({ id }) => id));
  return chosen.filter(({ jobId }) => locked.has(jobId)).map(({ id }) => id);
}
