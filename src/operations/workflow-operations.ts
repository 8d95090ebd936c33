import { z } from 'zod';
import type { JsonObject } from '../jobs/index.ts';
import type { ShownRun, Workflows } from '../workflow/index.ts';
import { cursorOf, keyOfCursor, nextCursor, type Operation, operation, pageOf, pageQuery } from './base/index.ts';
import { namedObjects } from './named-objects.ts';
import { pipelineOf } from './resources.ts';
import { isoOf, line, time } from './schemas.ts';

/** What the operations on workflows need. */
export type WorkflowDoor = { readonly workflows: Workflows };

const name = z.string().min(1).max(63);
const number = z.coerce.number().int().min(1);
const json = z.record(z.string(), z.json());
const source = z.string().min(1).max(262_144).describe('YAML or JSON, as docs/workflows.md describes it');
const versionFields = { version: z.int(), author: z.string(), createdAt: time };
const version = z
  .strictObject({ workflow: z.string(), ...versionFields, source: z.string(), definition: json })
  .meta({ id: 'WorkflowVersion' });
const next = z.strictObject({
  version: z.int().min(1),
  percent: z.int().min(0).max(100).describe('So many of a hundred runs go to it'),
});
const alias = z
  .strictObject({
    alias: z.string(),
    version: z.int(),
    next: next.exactOptional(),
    author: z.string(),
    updatedAt: time,
  })
  .meta({ id: 'WorkflowAlias' });
const flaw = z
  .strictObject({ line: z.int(), column: z.int(), key: z.string().exactOptional(), message: z.string() })
  .meta({ id: 'WorkflowFlaw' });
const failure = z.strictObject({ code: z.string(), message: z.string() });
const step = z.strictObject({
  ...{ name: z.string(), action: z.string(), state: z.string(), percent: z.number(), attempts: z.int() },
  ...{ output: json.exactOptional(), failure: failure.exactOptional() },
});
const run = z
  .strictObject({
    ...{ id: z.uuid(), workflow: z.string(), version: z.int(), alias: z.string().exactOptional() },
    ...{ trigger: z.uuid().exactOptional(), input: json, submitter: z.string(), createdAt: time },
    state: z.string().exactOptional().describe('Of its job, which has the same id'),
    percent: z.number().exactOptional(),
    failure: failure.exactOptional(),
    finishedAt: time.exactOptional(),
    steps: z.array(step).exactOptional(),
  })
  .meta({ id: 'WorkflowRun' });

/** Workflows, their versions, aliases and runs. */
export function workflowOperations({ workflows }: WorkflowDoor): readonly Operation[] {
  const area = 'Workflows';
  const all = { area, path: '/workflows' } as const;
  const one = { area, path: '/workflows/{workflow}', params: z.strictObject({ workflow: name }) } as const;
  const server = () => ({ kind: 'server' }) as const;
  return [
    operation({
      ...{ name: 'listWorkflows', method: 'get', action: 'templates:read', ...all, resource: server },
      summary: 'The workflows',
      query: pageQuery(),
      answer: z.strictObject({
        workflows: z.array(z.strictObject({ name: z.string(), latest: z.int(), createdAt: time })),
        nextCursor,
      }),
      run: async ({ query }) => {
        const { items, ...rest } = pageOf(await workflows.list(), query, (each) => each.name);
        const shown = items.map(({ createdAtMs, ...each }) => ({ ...each, createdAt: isoOf(createdAtMs) }));
        return { workflows: shown, ...rest };
      },
    }),
    operation({
      ...{ name: 'createWorkflow', method: 'post', action: 'templates:write', ...all, resource: server },
      summary: 'Adds a workflow; a flaw in it is named with its line',
      body: z.strictObject({ source }),
      answer: version,
      status: 201,
      run: async ({ body, caller, done }) => {
        const made = await workflows.create(body.source, caller.name);
        done(server(), { workflow: made.workflow, version: made.version });
        return shownVersion(made);
      },
    }),
    operation({
      ...{ name: 'checkWorkflow', method: 'post', action: 'templates:read', area, resource: server },
      path: '/workflows/check',
      summary: 'Looks a workflow over without keeping it: every flaw with its line, or what it is',
      body: z.strictObject({ source }),
      answer: z.strictObject({
        flaws: z.array(flaw).describe('None where it is right'),
        name: z.string().exactOptional(),
        steps: z.array(z.string()).exactOptional(),
      }),
      run: ({ body }) => {
        const checked = workflows.check(body.source);
        if ('flaws' in checked) return { flaws: [...checked.flaws] };
        const { name: called, steps } = checked.definition;
        return { flaws: [], name: called, steps: steps.map((each) => each.name) };
      },
    }),
    operation({
      ...{ name: 'getWorkflow', method: 'get', action: 'templates:read', ...one, resource: server },
      summary: 'A workflow: its newest version, all versions, its aliases',
      answer: z.strictObject({
        ...{ name: z.string(), latest: version, aliases: z.array(alias) },
        versions: z.array(z.strictObject(versionFields)),
      }),
      run: async ({ params: { workflow } }) => {
        const versions = await workflows.versions(workflow);
        const shown = versions.map(({ version: each, author, createdAtMs }) => {
          return { version: each, author, createdAt: isoOf(createdAtMs) };
        });
        const aliases = (await workflows.aliases(workflow)).map(shownAlias);
        return { name: workflow, latest: shownVersion(await workflows.version(workflow)), aliases, versions: shown };
      },
    }),
    operation({
      ...{ name: 'deleteWorkflow', method: 'delete', action: 'templates:write', ...one, resource: server },
      summary: 'Deletes a workflow with its versions; its runs go on',
      run: async ({ params: { workflow }, done }) => {
        await workflows.remove(workflow);
        done(server(), { workflow });
      },
    }),
    operation({
      ...{ ...one, name: 'publishWorkflow', method: 'post', action: 'templates:write', resource: server },
      path: '/workflows/{workflow}/versions',
      summary: 'Adds a version; runs that have begun keep theirs',
      body: z.strictObject({ source }),
      answer: version,
      status: 201,
      run: async ({ params: { workflow }, body, caller, done }) => {
        const made = await workflows.publish(workflow, body.source, caller.name);
        done(server(), { workflow, version: made.version });
        return shownVersion(made);
      },
    }),
    operation({
      ...{ name: 'getWorkflowVersion', method: 'get', action: 'templates:read', area, resource: server },
      path: '/workflows/{workflow}/versions/{version}',
      summary: 'One version of a workflow',
      params: z.strictObject({ workflow: name, version: number }),
      answer: version,
      run: async ({ params }) => shownVersion(await workflows.version(params.workflow, params.version)),
    }),
    ...aliasOperations(workflows),
    ...runOperations(workflows),
  ];
}

function aliasOperations(workflows: Workflows): readonly Operation[] {
  const one = {
    area: 'Workflows',
    path: '/workflows/{workflow}/aliases/{alias}',
    action: 'templates:write',
    params: z.strictObject({ workflow: name, alias: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/) }),
    resource: () => ({ kind: 'server' }) as const,
  } as const;
  return [
    operation({
      ...{ name: 'setWorkflowAlias', method: 'put', ...one },
      summary: 'Lets an alias lead to a version, and a part of its runs to another',
      body: z.strictObject({ version: z.int().min(1), next: next.exactOptional() }),
      answer: alias,
      run: async ({ params, body, caller, done }) => {
        const set = await workflows.setAlias(params.workflow, { ...body, alias: params.alias, author: caller.name });
        done({ kind: 'server' }, { workflow: params.workflow, alias: params.alias, ...body });
        return shownAlias(set);
      },
    }),
    operation({
      ...{ name: 'deleteWorkflowAlias', method: 'delete', ...one },
      summary: 'Deletes an alias',
      run: async ({ params, done }) => {
        await workflows.removeAlias(params.workflow, params.alias);
        done({ kind: 'server' }, { workflow: params.workflow, alias: params.alias });
      },
    }),
  ];
}

function runOperations(workflows: Workflows): readonly Operation[] {
  const all = {
    area: 'Workflows',
    path: '/workflows/{workflow}/runs',
    params: z.strictObject({ workflow: name }),
  } as const;
  return [
    operation({
      ...{ name: 'startWorkflowRun', method: 'post', action: 'jobs:submit', ...all },
      summary: 'Starts a run; cancel and retry it as the job of the same id',
      body: z.strictObject({
        id: z.uuid().optional().describe('Asked twice with the same, the first answer comes again'),
        input: json.default({}),
        version: z.int().min(1).optional(),
        alias: name.optional(),
        pipeline: line(64).min(1).optional().describe('Left out, the one that the workflow names, or `default`'),
        priority: z.int().min(1).max(10).optional(),
        userData: z.string().max(1024).optional(),
      }),
      answer: run,
      status: 201,
      run: async ({ params: { workflow }, body, caller, require, done }) => {
        let resource = pipelineOf({ pipeline: 'default' });
        const started = await workflows.start(workflow, {
          ...body,
          input: body.input as JsonObject,
          submitter: caller.name,
          permit: ({ pipeline, steps }) => {
            resource = pipelineOf({ pipeline });
            require(resource);
            for (const object of namedObjects(steps.map(({ input }) => input))) require(object);
          },
        });
        done(resource, { workflow, run: started.id, version: started.version });
        return shownRun(await workflows.run(started.id));
      },
    }),
    operation({
      ...{ name: 'listWorkflowRuns', method: 'get', action: 'jobs:read', ...all, resource: () => ({ kind: 'server' }) },
      summary: 'The runs of a workflow, the newest first',
      query: pageQuery(),
      answer: z.strictObject({ runs: z.array(run), nextCursor }),
      run: async ({ params: { workflow }, query }) => {
        const before = keyOfCursor(query.cursor, z.object({ createdAtMs: z.number(), id: z.uuid() }));
        const found = await workflows.runs(workflow, { limit: query.limit + 1, before });
        const items = found.slice(0, query.limit);
        const last = items.at(-1);
        const more =
          found.length > items.length && last
            ? { nextCursor: cursorOf({ createdAtMs: last.createdAtMs, id: last.id }) }
            : {};
        return { runs: items.map(shownRun), ...more };
      },
    }),
    operation({
      ...{ name: 'getWorkflowRun', method: 'get', action: 'jobs:read', area: 'Workflows' },
      path: '/workflow-runs/{run}',
      summary: 'One run with its steps',
      params: z.strictObject({ run: z.uuid() }),
      resource: () => ({ kind: 'server' }),
      answer: run,
      run: async ({ params }) => shownRun(await workflows.run(params.run)),
    }),
  ];
}

type Version = Awaited<ReturnType<Workflows['version']>>;
type Alias = Awaited<ReturnType<Workflows['setAlias']>>;

function shownVersion({ createdAtMs, definition, ...rest }: Version): z.input<typeof version> {
  return { ...rest, definition: definition as JsonObject as z.input<typeof json>, createdAt: isoOf(createdAtMs) };
}

function shownAlias({ updatedAtMs, ...rest }: Alias): z.input<typeof alias> {
  return { ...rest, updatedAt: isoOf(updatedAtMs) };
}

function shownRun({ createdAtMs, input, job, ...rest }: ShownRun): z.input<typeof run> {
  const shown = { ...rest, input: input as z.input<typeof json>, createdAt: isoOf(createdAtMs) };
  if (!job) return shown;
  const { state, percent, failure: why, finishedAtMs, steps } = job;
  return {
    ...{ ...shown, state, percent },
    ...(why ? { failure: why } : {}),
    ...(finishedAtMs === undefined ? {} : { finishedAt: isoOf(finishedAtMs) }),
    steps: steps.map((each) => ({
      ...{ name: each.name, action: each.action, state: each.state, percent: each.percent, attempts: each.attempts },
      ...(each.output ? { output: each.output as z.input<typeof json> } : {}),
      ...(each.failure ? { failure: each.failure } : {}),
    })),
  };
}
