import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { JobWorkerOptions, JsonObject } from '../../../src/jobs/index.ts';
import type { StorageSetting } from '../../../src/storage/index.ts';
import { TriggerTables, WorkflowTables } from '../../../src/store/index.ts';
import { type BuiltInOptions, builtInActions, callOut, Workflows } from '../../../src/workflow/index.ts';
import { openMediaTools } from '../../support/media.ts';
import { until } from '../../support/until.ts';
import { openBench } from '../jobs/helpers.ts';

type Opened = Awaited<ReturnType<typeof openMediaTools>>;

/** The workflow that ships with the server, and its input. */
export const CLOUDFLOW = readFileSync('config/workflows/cloudflow.yml', 'utf8');

type BenchOptions = Partial<Omit<BuiltInOptions, 'media' | 'storages'>> & { hosts?: string[] };

/** What workflows can do with these tools. */
export function openActions({ tools, storages }: Opened, { hosts = [], ...options }: BenchOptions = {}) {
  const out = callOut(hosts);
  const actions = builtInActions({
    ...{ storages, out, allowedCommands: [], webhookSecret: undefined, wallMs: () => 0 },
    ...{ findTemplate: async () => undefined, guard: async () => undefined, workers: async () => 2, ...options },
    media: tools,
  });
  return { actions, out };
}

/** Workflows over a PostgreSQL, storages and FFmpeg of their own. */
export async function openWorkflowBench(options: BenchOptions & { storages?: readonly StorageSetting[] } = {}) {
  const bench = await openBench();
  const { hosts = [], storages = [], ...more } = options;
  const media = await openMediaTools({ storages });
  const { actions, out } = openActions(media, { hosts, ...more });
  const names = actions.map(({ name }) => name);
  const tables = new WorkflowTables(bench.store);
  const workflows = new Workflows({ tables, jobs: bench.jobs, actions: names });
  const start = async (workflow: string, input: JsonObject, more: object = {}) =>
    (await workflows.start(workflow, { id: randomUUID(), input, submitter: 'ann', ...more })).id;
  const ended = async (id: string, timeoutMs = 200_000) => {
    const over = async () => ['succeeded', 'failed', 'cancelled'].includes((await bench.jobs.find(id))?.state ?? '');
    await until(`the run ${id} is over`, over, timeoutMs, 100);
    const { job } = await workflows.run(id);
    if (!job) throw new Error('the run has no job');
    return job;
  };
  const worker = (more: Partial<JobWorkerOptions> = {}) => bench.worker({ concurrency: 2, actions, ...more });
  const close = async () => {
    await bench.clear();
    await out.close();
    await media.close();
    await bench.close();
  };
  const triggerTables = new TriggerTables(bench.store);
  return { ...bench, media, actions, tables, triggerTables, workflows, start, ended, worker, close };
}

/** What a step has given, by its name. */
export function outputOf(job: { steps: readonly { name: string; output?: JsonObject }[] }, step: string): JsonObject {
  const found = job.steps.find(({ name }) => name === step);
  if (!found?.output) throw new Error(`no output of ${step} among ${job.steps.map(({ name }) => name).join(', ')}`);
  return found.output;
}
