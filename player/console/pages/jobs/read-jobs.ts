import { AnswerError, fields, list, number, oneOf, optional, text } from '../../answers/answer-fields.ts';
import type { ListPage } from '../../kit/index.ts';

export const JOB_STATES = ['submitted', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

const STEP_STATES = ['waiting', 'pending', 'running', 'succeeded', 'failed', 'skipped', 'cancelled'] as const;
export type StepState = (typeof STEP_STATES)[number];

export type JobFailure = { readonly code: string; readonly message: string };

/** A job of media processing. */
export type Job = {
  readonly id: string;
  readonly kind: string;
  readonly pipeline: string;
  readonly priority: number;
  readonly submitter: string;
  readonly state: JobState;
  readonly percent: number;
  readonly isBackfill?: boolean;
  readonly userData?: string;
  readonly asset?: string;
  readonly template?: string;
  readonly failure?: JobFailure;
  readonly createdAt?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
};

export type JobStep = {
  readonly name: string;
  readonly action: string;
  readonly after: readonly string[];
  readonly state: StepState;
  readonly percent: number;
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly worker?: string;
  readonly failure?: JobFailure;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly log: readonly string[];
  /** What it was given, and what it gave, as JSON. */
  readonly input: string;
  readonly output?: string;
};

export type JobWithSteps = Job & { readonly steps: readonly JobStep[] };

export function readJobs(answer: unknown): ListPage<Job> {
  const { jobs, nextCursor } = fields(answer);
  if (!Array.isArray(jobs)) throw new AnswerError('the answer holds no list of jobs');
  return { rows: jobs.map(readJob), cursor: text(nextCursor) };
}

export function readJobWithSteps(answer: unknown): JobWithSteps {
  return { ...readJob(answer), steps: list(fields(answer).steps).map(readStep) };
}

function readJob(answer: unknown): Job {
  const { id, kind, pipeline, priority, submitter, state, percent, asset, template, failure } = fields(answer);
  const { isBackfill, userData } = fields(answer);
  const [known, named] = [oneOf(state, JOB_STATES), text(id)];
  if (known === undefined || named === undefined) throw new AnswerError('the answer holds no job');
  return {
    ...{ id: named, kind: text(kind) ?? '', pipeline: text(pipeline) ?? '', priority: number(priority) ?? 6 },
    ...{ submitter: text(submitter) ?? '', state: known, percent: number(percent) ?? 0 },
    ...(isBackfill === true && { isBackfill }),
    ...optional('userData', text(userData)),
    ...optional('asset', text(asset)),
    ...optional('template', text(template)),
    ...optional('failure', readFailure(failure)),
    ...readTimes(answer),
  };
}

function readStep(answer: unknown): JobStep {
  const { name, action, after, state, percent, attempts, maxAttempts, worker, failure, log } = fields(answer);
  const { input, output } = fields(answer);
  return {
    ...{ name: text(name) ?? '', action: text(action) ?? '', after: list(after).flatMap((each) => text(each) ?? []) },
    ...{ state: oneOf(state, STEP_STATES) ?? 'waiting', percent: number(percent) ?? 0 },
    ...{ attempts: number(attempts) ?? 0, maxAttempts: number(maxAttempts) ?? 1 },
    ...optional('worker', text(worker)),
    ...optional('failure', readFailure(failure)),
    ...readTimes(answer),
    input: JSON.stringify(input ?? {}, null, 2),
    ...(output === undefined ? {} : { output: JSON.stringify(output, null, 2) }),
    log: list(log).flatMap((each) => text(each) ?? []),
  };
}

function readFailure(failure: unknown): JobFailure | undefined {
  const { code, message } = fields(failure);
  const named = text(code);
  return named === undefined ? undefined : { code: named, message: text(message) ?? '' };
}

function readTimes(answer: unknown) {
  const { createdAt, startedAt, finishedAt } = fields(answer);
  return {
    ...optional('createdAt', text(createdAt)),
    ...optional('startedAt', text(startedAt)),
    ...optional('finishedAt', text(finishedAt)),
  };
}
