import type { Job, JobState, JsonObject, Step, StepState } from './job.ts';

/** A job as its table has it. */
export type JobRow = {
  readonly id: string;
  readonly kind: string;
  readonly pipeline: string;
  readonly priority: number;
  readonly submitter: string;
  readonly is_backfill: boolean;
  readonly template: string | null;
  readonly asset: string | null;
  readonly user_data: string | null;
  readonly data: JsonObject | null;
  readonly state: JobState;
  readonly percent: number;
  readonly failure_code: string | null;
  readonly failure_message: string | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
};

/** A step as its table has it; `is_leased` while a worker has it. */
export type ShownStepRow = {
  readonly name: string;
  readonly action: string;
  readonly input: JsonObject;
  readonly after: readonly string[];
  readonly runs_always: boolean;
  readonly max_attempts: number;
  readonly state: Exclude<StepState, 'running' | 'failed'> | 'dead';
  readonly is_leased: boolean;
  readonly percent: number;
  readonly attempts: number;
  readonly output: JsonObject | null;
  readonly failure_code: string | null;
  readonly failure_message: string | null;
  readonly log: readonly string[];
  readonly worker: string | null;
  readonly ready_at: Date | null;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
};

/** The columns of a ShownStepRow. */
export const STEP_COLUMNS = `name, action, input, after, runs_always, max_attempts, state, percent, attempts, output,
  failure_code, failure_message, log, worker, ready_at, started_at, finished_at,
  (lease_until is not null and lease_until >= now()) as is_leased`;

export function jobOf(row: JobRow): Job {
  return {
    ...{ id: row.id, kind: row.kind, pipeline: row.pipeline, priority: row.priority, submitter: row.submitter },
    isBackfill: row.is_backfill,
    ...(row.template !== null && { template: row.template }),
    ...(row.asset !== null && { asset: row.asset }),
    ...(row.user_data !== null && { userData: row.user_data }),
    ...(row.data !== null && { data: row.data }),
    ...{ state: row.state, percent: Math.round(row.percent) },
    ...failureOf(row),
    createdAtMs: row.created_at.getTime(),
    ...timesOf(row),
  };
}

export function stepOf(row: ShownStepRow): Step {
  return {
    ...{ name: row.name, action: row.action, input: row.input, after: row.after, maxAttempts: row.max_attempts },
    ...(row.runs_always && { runsAlways: true }),
    ...{ state: stateOf(row), percent: Math.round(row.percent), attempts: row.attempts, log: row.log },
    ...(row.output !== null && { output: row.output }),
    ...failureOf(row),
    ...(row.worker !== null && { worker: row.worker }),
    ...(row.ready_at !== null && { readyAtMs: row.ready_at.getTime() }),
    ...timesOf(row),
  };
}

function stateOf({ state, is_leased }: Pick<ShownStepRow, 'state' | 'is_leased'>): StepState {
  if (state === 'pending') return is_leased ? 'running' : 'pending';
  return state === 'dead' ? 'failed' : state;
}

function failureOf(row: Pick<JobRow, 'failure_code' | 'failure_message'>): Pick<Job, 'failure'> {
  return row.failure_code === null ? {} : { failure: { code: row.failure_code, message: row.failure_message ?? '' } };
}

function timesOf(row: Pick<JobRow, 'started_at' | 'finished_at'>): Pick<Job, 'startedAtMs' | 'finishedAtMs'> {
  return {
    ...(row.started_at !== null && { startedAtMs: row.started_at.getTime() }),
    ...(row.finished_at !== null && { finishedAtMs: row.finished_at.getTime() }),
  };
}
