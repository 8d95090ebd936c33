import { z } from 'zod';
import { DEFAULT_PIPELINE, type Pipeline, type PipelineLoad } from '../jobs/index.ts';
import { nextCursor, notFound, type Operation, OperationError, operation, pageOf, pageQuery } from './base/index.ts';
import type { JobDoor } from './job-operations.ts';
import { pipelineOf } from './resources.ts';
import { isoOf, line, time } from './schemas.ts';

const id = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, { error: 'must have letters, digits, dots, _ and - only' });
const params = z.strictObject({ pipeline: id });
const name = line(128).min(1);
const state = z.enum(['Active', 'Paused']).describe('Of a paused one nothing is begun; what runs goes on');
const quota = z.int().min(1).max(100_000).describe('Steps at the same time, on all workers together');
const submitterQuota = z.int().min(1).max(100_000).describe('Of them for one submitter; null for all');
const notify = z.record(z.string(), z.json()).describe('Where messages of its jobs go');
const load = z.strictObject({
  ...{ pending: z.int(), running: z.int(), waiting: z.int().describe('For other steps') },
  oldestSeconds: z.number().describe('How long the oldest step that could run waits'),
  failed: z.int().describe('Jobs that failed and are kept'),
});
const pipeline = z
  .strictObject({
    ...{ id, name, state, quota, submitterQuota: submitterQuota.exactOptional(), notify: notify.exactOptional() },
    createdAt: time,
    load: load.exactOptional().describe('As it was a few seconds ago'),
  })
  .meta({ id: 'Pipeline' });

/** Queues of jobs. */
export function pipelineOperations({ jobs: { pipelines }, loads }: JobDoor): readonly Operation[] {
  const all = { area: 'Jobs', path: '/pipelines' } as const;
  const one = { area: 'Jobs', path: '/pipelines/{pipeline}', params, resource: pipelineOf } as const;
  const shownWithLoad = (each: Pipeline) => shown(each, loads());
  return [
    operation({
      ...{ name: 'listPipelines', method: 'get', action: 'pipelines:read', ...all },
      summary: 'The pipelines that jobs wait in, and how much there is to do',
      query: pageQuery(),
      answer: z.strictObject({ pipelines: z.array(pipeline), nextCursor }),
      run: async ({ query, permits }) => {
        const mine = (await pipelines.list()).filter((each) => permits(pipelineOf({ pipeline: each.id })));
        const { items, ...rest } = pageOf(mine, query, (each) => each.id);
        return { pipelines: items.map(shownWithLoad), ...rest };
      },
    }),
    operation({
      ...{ name: 'createPipeline', method: 'post', action: 'pipelines:write', ...all },
      summary: 'Adds a pipeline',
      body: z.strictObject({
        ...{ id, name: name.optional(), state: state.default('Active'), quota: quota.default(10) },
        ...{ submitterQuota: submitterQuota.optional(), notify: notify.optional() },
      }),
      answer: pipeline,
      status: 201,
      run: async ({ body: { submitterQuota: ofOne, notify: told, ...body }, require, done }) => {
        const resource = pipelineOf({ pipeline: body.id });
        require(resource);
        const rest = { ...(ofOne && { submitterQuota: ofOne }), ...(told && { notify: told }) };
        const added = await pipelines.add({ ...body, name: body.name ?? body.id, ...rest });
        if (!added) {
          const message = `there is a pipeline ${body.id} already`;
          throw new OperationError(409, 'ALREADY_THERE', message, 'Change it, or name another.');
        }
        done(resource, { quota: body.quota, state: body.state });
        return shownWithLoad(added);
      },
    }),
    operation({
      ...{ name: 'getPipeline', method: 'get', action: 'pipelines:read', ...one },
      summary: 'One pipeline',
      answer: pipeline,
      run: async ({ params: asked }) => shownWithLoad((await pipelines.find(asked.pipeline)) ?? noPipeline()),
    }),
    operation({
      ...{ name: 'updatePipeline', method: 'patch', action: 'pipelines:write', ...one },
      summary: 'Pauses a pipeline, lets it go on, or changes its quota or name',
      body: z.strictObject({
        ...{ name: name.optional(), state: state.optional(), quota: quota.optional() },
        ...{ submitterQuota: submitterQuota.nullable().optional(), notify: notify.nullable().optional() },
      }),
      answer: pipeline,
      run: async ({ params: asked, body, done }) => {
        const changes = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
        const changed = (await pipelines.update(asked.pipeline, changes)) ?? noPipeline();
        const { notify: told, ...detail } = changes;
        done(pipelineOf(asked), { ...detail, ...(told !== undefined && { notify: 'changed' }) });
        return shownWithLoad(changed);
      },
    }),
    operation({
      ...{ name: 'deletePipeline', method: 'delete', action: 'pipelines:write', ...one },
      summary: `Removes a pipeline whose jobs are all over; ${DEFAULT_PIPELINE} stays`,
      run: async ({ params: asked, done }) => {
        if (!(await pipelines.remove(asked.pipeline))) noPipeline();
        done(pipelineOf(asked));
      },
    }),
  ];
}

function noPipeline(): never {
  throw notFound('PIPELINE_UNKNOWN', 'there is no such pipeline', 'List the pipelines.');
}

function shown(each: Pipeline, loads: readonly PipelineLoad[]): z.input<typeof pipeline> {
  const { createdAtMs, notify: told, ...rest } = each;
  const found = loads.find((one) => one.pipeline === each.id);
  return {
    ...rest,
    ...(told && { notify: told as z.input<typeof notify> }),
    createdAt: isoOf(createdAtMs),
    ...(found && { load: loadOf(found) }),
  };
}

function loadOf({ pending, running, waiting, oldestSeconds, failed }: PipelineLoad): z.input<typeof load> {
  return { pending, running, waiting, oldestSeconds, failed };
}
