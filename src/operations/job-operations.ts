import { z } from 'zod';
import type { Job, Jobs, JsonObject, PipelineLoad, SeenWorker, Step } from '../jobs/index.ts';
import { redactFields } from '../log/index.ts';
import { WORKFLOW_JOB } from '../workflow/index.ts';
import {
  cursorOf,
  keyOfCursor,
  nextCursor,
  notFound,
  type Operation,
  OperationError,
  operation,
  pageQuery,
} from './base/index.ts';
import { namedObjects } from './named-objects.ts';
import { pipelineOf } from './resources.ts';
import { isoOf, line, time } from './schemas.ts';

/** What the operations on jobs and pipelines need. */
export type JobDoor = {
  readonly jobs: Jobs;
  /** What there is to do, as it was a moment ago. */
  readonly loads: () => readonly PipelineLoad[];
  readonly workers: () => Promise<readonly SeenWorker[]>;
  /** The actions that steps can name. */
  readonly actions: readonly string[];
};

const state = z.enum(['submitted', 'running', 'succeeded', 'failed', 'cancelled']);
const failure = z.strictObject({ code: z.string(), message: z.string() });
const json = z.record(z.string(), z.json());
const newStep = z.strictObject({
  name: line(100).min(1),
  action: line(64).min(1),
  input: json.default({}),
  after: z.array(z.string().max(100)).max(1000).optional().describe('Steps that must have succeeded before'),
  maxAttempts: z.int().min(1).max(100).optional(),
  runsAlways: z.boolean().optional().describe('Also where one before it failed'),
});
const newJob = z.strictObject({
  id: z.uuid().optional().describe('Asked twice with the same, the first answer comes again'),
  // References in the inputs of workflows are filled in when they run.
  kind: line(64)
    .min(1)
    .refine((kind) => kind !== WORKFLOW_JOB, {
      error: 'is that of runs: start one with POST /workflows/{workflow}/runs',
    })
    .default('custom'),
  pipeline: line(64).min(1).default('default'),
  priority: z.int().min(1).max(10).default(6),
  isBackfill: z.boolean().optional().describe('May wait: takes half of the quota at most'),
  template: line(128).optional(),
  asset: line(128).optional(),
  userData: z.string().max(1024).optional(),
  steps: z.array(newStep).min(1).max(1000),
});
const about = {
  ...{ id: z.uuid(), kind: z.string(), pipeline: z.string(), priority: z.int(), submitter: z.string() },
  ...{ isBackfill: z.boolean().exactOptional(), template: z.string().exactOptional() },
  ...{ asset: z.string().exactOptional(), userData: z.string().exactOptional(), state, percent: z.number() },
  ...{ failure: failure.exactOptional(), createdAt: time, startedAt: time.exactOptional() },
  finishedAt: time.exactOptional(),
};
const job = z.strictObject(about).meta({ id: 'Job' });
const step = z.strictObject({
  ...{ name: z.string(), action: z.string(), input: json, after: z.array(z.string()), maxAttempts: z.int() },
  runsAlways: z.boolean().exactOptional(),
  state: z.enum(['waiting', 'pending', 'running', 'succeeded', 'failed', 'skipped', 'cancelled']),
  ...{ percent: z.number(), attempts: z.int(), output: json.exactOptional(), failure: failure.exactOptional() },
  ...{ worker: z.string().exactOptional(), readyAt: time.exactOptional(), startedAt: time.exactOptional() },
  finishedAt: time.exactOptional(),
  log: z.array(z.string()).describe('The last lines, the oldest first'),
});
/** A job with all of its steps. */
export const jobWithSteps = z.strictObject({ ...about, steps: z.array(step) }).meta({ id: 'JobWithSteps' });
const worker = z
  .strictObject({
    ...{ id: z.string(), name: z.string(), concurrency: z.int(), busy: z.int(), actions: z.array(z.string()) },
    ...{ startedAt: time, unseenSeconds: z.number().describe('More than 20: it is gone without a word') },
  })
  .meta({ id: 'JobWorker' });

const filter = pageQuery().extend({
  ...{ pipeline: z.string().max(64).optional(), state: state.optional(), submitter: z.string().max(200).optional() },
  ...{ kind: z.string().max(64).optional(), template: z.string().max(128).optional() },
  asset: z.string().max(128).optional(),
  from: time.optional().describe('Submitted at or after'),
  to: time.optional().describe('Submitted before'),
});
const place = z.strictObject({ createdAtMs: z.number(), id: z.uuid() });
const params = z.strictObject({ id: z.uuid() });

/** Jobs: submit, list, look at, cancel, try again. */
export function jobOperations({ jobs, workers, actions }: JobDoor): readonly Operation[] {
  const all = { area: 'Jobs', path: '/jobs' } as const;
  const found = async (id: string) => {
    const one = await jobs.find(id);
    if (one) return one;
    throw notFound('JOB_UNKNOWN', 'there is no such job', 'List the jobs.');
  };
  return [
    operation({
      ...{ name: 'listJobs', method: 'get', action: 'jobs:read', ...all },
      summary: 'Jobs, the newest first',
      query: filter,
      answer: z.strictObject({ jobs: z.array(job), nextCursor }),
      run: async ({ query: { cursor, limit, from, to, ...asked }, permits }) => {
        const pipelines = permits(pipelineOf({ pipeline: '*' }))
          ? undefined
          : (await jobs.pipelines.list()).map(({ id }) => id).filter((id) => permits(pipelineOf({ pipeline: id })));
        const range = { from: from && Date.parse(from), to: to && Date.parse(to) };
        const wanted = { ...asked, pipelines, from: range.from || undefined, to: range.to || undefined };
        const rows = await jobs.list(wanted, { limit, before: keyOfCursor(cursor, place) });
        const last = rows.length === limit ? rows.at(-1) : undefined;
        const next = last && { nextCursor: cursorOf({ createdAtMs: last.createdAtMs, id: last.id }) };
        return { jobs: rows.map(shownJob), ...next };
      },
    }),
    operation({
      ...{ name: 'createJob', method: 'post', action: 'jobs:submit', ...all },
      summary: 'Submits a job: steps, and which of them come after which',
      body: newJob,
      answer: job,
      status: 201,
      run: async ({ body, caller, require, done }) => {
        const resource = pipelineOf(body);
        require(resource);
        const unknown = body.steps.find((each) => !actions.includes(each.action));
        if (unknown) {
          const remedy = `Name one of ${actions.join(', ') || 'none: this server works no steps'}.`;
          throw new OperationError(400, 'ACTION_UNKNOWN', `there is no action ${unknown.action}`, remedy);
        }
        for (const object of namedObjects(body.steps.map(({ input }) => input))) require(object);
        const made = await jobs.submit({ ...defined(body), submitter: caller.name });
        done(resource, { job: made.id, kind: made.kind });
        return shownJob(made);
      },
    }),
    operation({
      ...{ name: 'getJob', method: 'get', area: 'Jobs', path: '/jobs/{id}', action: 'jobs:read' },
      summary: 'A job with its steps and what they wrote down',
      params,
      answer: jobWithSteps,
      run: async ({ params: { id }, require }) => {
        const one = await found(id);
        require(pipelineOf(one));
        return { ...shownJob(one), steps: one.steps.map(shownStep) };
      },
    }),
    operation({
      ...{ name: 'cancelJob', method: 'post', area: 'Jobs', path: '/jobs/{id}/cancel', action: 'jobs:cancel' },
      summary: 'Stops a job that is not over, wherever it runs',
      params,
      answer: job,
      run: async ({ params: { id }, require, done }) => {
        const one = await found(id);
        require(pipelineOf(one));
        if (!(await jobs.cancel(id))) {
          throw new OperationError(409, 'JOB_OVER', `the job is ${one.state} already`, 'There is nothing to cancel.');
        }
        done(pipelineOf(one), { job: id });
        return shownJob(await found(id));
      },
    }),
    operation({
      ...{ name: 'retryJob', method: 'post', area: 'Jobs', path: '/jobs/{id}/retry', action: 'jobs:submit' },
      summary: 'Does again what of a job failed or was cancelled; what succeeded stays',
      params,
      answer: job,
      run: async ({ params: { id }, require, done }) => {
        const one = await found(id);
        require(pipelineOf(one));
        const again = await jobs.retry(id);
        done(pipelineOf(one), { job: id, retried: true });
        return shownJob(again);
      },
    }),
    operation({
      ...{ name: 'deleteJob', method: 'delete', area: 'Jobs', path: '/jobs/{id}', action: 'jobs:cancel' },
      summary: 'Forgets a job that is over, such as one that nobody will try again',
      params,
      run: async ({ params: { id }, require, done }) => {
        const one = await found(id);
        require(pipelineOf(one));
        await jobs.remove(id);
        done(pipelineOf(one), { job: id, kind: one.kind, state: one.state });
      },
    }),
    operation({
      ...{ name: 'retryFailedJobs', method: 'post', area: 'Jobs', action: 'jobs:submit' },
      path: '/pipelines/{pipeline}/retry-failed',
      summary: 'Tries again the failed jobs of a pipeline, the oldest first, such as when a storage is back',
      params: z.strictObject({ pipeline: line(64).min(1) }),
      resource: pipelineOf,
      body: z.strictObject({
        code: line(64).min(1).optional().describe('Only those that failed with this code'),
        limit: z.int().min(1).max(1000).default(100),
      }),
      answer: z.strictObject({ retried: z.array(z.uuid()) }),
      run: async ({ params: asked, body, done }) => {
        const retried = await jobs.retryFailed(asked.pipeline, body);
        done(pipelineOf(asked), { retried: retried.length, ...(body.code !== undefined && { code: body.code }) });
        return { retried };
      },
    }),
    operation({
      ...{ name: 'listJobWorkers', method: 'get', area: 'Jobs', path: '/job-workers', action: 'pipelines:read' },
      summary: 'The processes that work steps of jobs',
      answer: z.strictObject({ workers: z.array(worker) }),
      run: async () => ({
        workers: (await workers()).map(({ startedAtMs, unseenMs, ...each }) => ({
          ...each,
          ...{ startedAt: isoOf(startedAtMs), unseenSeconds: Math.round(unseenMs / 1000) },
        })),
      }),
    }),
  ];
}

/** Without what was left out, which is not the same as undefined. */
function defined({ steps, ...body }: z.output<typeof newJob>) {
  const given = <T extends object>(value: T) =>
    Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
      [K in keyof T]: Exclude<T[K], undefined>;
    };
  return { ...given(body), steps: steps.map(given) };
}

export function shownJobWithSteps({
  steps,
  ...one
}: Job & { readonly steps: readonly Step[] }): z.input<typeof jobWithSteps> {
  return { ...shownJob(one), steps: steps.map(shownStep) };
}

function shownJob(one: Job): z.input<typeof job> {
  const { id, kind, pipeline, priority, submitter, isBackfill, template, asset, userData, failure: why } = one;
  return {
    ...{ id, kind, pipeline, priority, submitter, state: one.state, percent: one.percent },
    ...(isBackfill === true && { isBackfill }),
    ...(template !== undefined && { template }),
    ...(asset !== undefined && { asset }),
    ...(userData !== undefined && { userData }),
    ...(why && { failure: why }),
    createdAt: isoOf(one.createdAtMs),
    ...timesOf(one),
  };
}

type Shown = Record<string, z.core.util.JSONType>;

/** Who reads jobs does not learn the keys of media, nor what steps sign in with elsewhere. */
const shownFields = (fields: JsonObject) => redactFields(fields) as Shown;

function shownStep(one: Step): z.input<typeof step> {
  const { name, action, input, after = [], maxAttempts = 1, output, worker: by, readyAtMs, failure: why } = one;
  return {
    ...{ name, action, input: shownFields(input), after: [...after], maxAttempts },
    ...(one.runsAlways && { runsAlways: true }),
    ...{ state: one.state, percent: one.percent, attempts: one.attempts, log: [...(one.log ?? [])] },
    ...(output && { output: shownFields(output) }),
    ...(why && { failure: why }),
    ...(by !== undefined && { worker: by }),
    ...(readyAtMs !== undefined && { readyAt: isoOf(readyAtMs) }),
    ...timesOf(one),
  };
}

function timesOf({ startedAtMs, finishedAtMs }: Pick<Job, 'startedAtMs' | 'finishedAtMs'>) {
  return {
    ...(startedAtMs !== undefined && { startedAt: isoOf(startedAtMs) }),
    ...(finishedAtMs !== undefined && { finishedAt: isoOf(finishedAtMs) }),
  };
}
