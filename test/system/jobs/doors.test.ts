import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/index.ts';
import { freePort } from '../../support/free-port.ts';
import { type Child, HEADWATER, type Headwater, start, startHeadwater, tempDir, until } from '../../support/index.ts';
import { memoryLog, type SystemPostgres, startSystemPostgres } from '../store/helpers.ts';

type Shown = { readonly id: string; readonly state: string; readonly submitter: string; readonly percent: number };
type WithSteps = Shown & {
  readonly steps: readonly { readonly name: string; readonly worker?: string; readonly output?: object }[];
};
type Load = { readonly load?: { readonly pending: number } };

let system: SystemPostgres;
let server: Headwater;
let worker: Child | undefined;
let home: Awaited<ReturnType<typeof tempDir>>;

beforeAll(async () => {
  system = await startSystemPostgres();
  home = await tempDir('worker');
  server = await startHeadwater({ env: { DATABASE_URL: system.url, HEADWATER_JOBS_CONCURRENCY: '0' } });
  await until('the database is ready', async () => {
    return (await server.api<{ database: { state: string } }>('/health')).database.state === 'ready';
  });
});
afterAll(async () => {
  await worker?.stop('SIGKILL');
  await server?.stop();
  system?.remove();
  await home?.remove();
});

async function call(method: string, path: string, body?: object, key?: Record<string, string>) {
  const response = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${server.secrets.adminPassword}`,
      ...(body && { 'content-type': 'application/json' }),
      ...key,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, answer: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}

const passing = (fields: object = {}) => ({
  steps: [
    { name: 'one', action: 'pass', input: { n: 1 } },
    { name: 'two', action: 'pass', after: ['one'] },
  ],
  ...fields,
});

describe('the doors of jobs', () => {
  it('keep pipelines: added, changed, listed, removed, and in the audit log', async () => {
    expect(await call('POST', '/pipelines', { id: 'night', quota: 4, submitterQuota: 2 })).toMatchObject({
      ...{ status: 201, answer: { id: 'night', name: 'night', state: 'Active', quota: 4, submitterQuota: 2 } },
    });
    expect(await call('POST', '/pipelines', { id: 'night' })).toMatchObject({
      ...{ status: 409, answer: { code: 'ALREADY_THERE' } },
    });
    const changed = await call('PATCH', '/pipelines/night', { state: 'Paused', submitterQuota: null });
    expect(changed.answer).toMatchObject({ state: 'Paused', quota: 4 });
    expect(changed.answer.submitterQuota).toBeUndefined();
    const { pipelines } = await server.api<{ pipelines: { id: string }[] }>('/pipelines');
    expect(pipelines.map(({ id }) => id)).toEqual(['default', 'night']);
    const job = (await call('POST', '/jobs', passing({ pipeline: 'night' }))).answer as unknown as Shown;
    expect(await call('DELETE', '/pipelines/night')).toMatchObject({
      status: 409,
      answer: { code: 'PIPELINE_IN_USE' },
    });
    expect(await call('POST', `/jobs/${job.id}/cancel`)).toMatchObject({ answer: { state: 'cancelled' } });
    expect(await call('POST', `/jobs/${job.id}/cancel`)).toMatchObject({ status: 409, answer: { code: 'JOB_OVER' } });
    expect((await call('DELETE', '/pipelines/night')).status).toBe(204);
    expect((await call('GET', '/pipelines/night')).status).toBe(404);
    await until('the audit log has it', async () => {
      const { entries } = await server.api<{ entries: { action: string; resource: string }[] }>('/audit');
      const lines = entries.map(({ action, resource }) => `${action} ${resource}`);
      return ['pipelines:write pipeline/night', 'jobs:submit pipeline/night', 'jobs:cancel pipeline/night'].every(
        (line) => lines.includes(line),
      );
    });
  });

  it('refuse actions that are not there, circles, and pipelines that are not the caller’s', async () => {
    const steps = [{ name: 'a', action: 'rm' }];
    expect(await call('POST', '/jobs', { steps })).toMatchObject({ status: 400, answer: { code: 'ACTION_UNKNOWN' } });
    const circle = [{ name: 'a', action: 'pass', after: ['a'] }];
    expect(await call('POST', '/jobs', { steps: circle })).toMatchObject({
      ...{ status: 400, answer: { code: 'JOB_STEPS_INVALID' } },
    });
    // What processing asks of itself trusts its input.
    const own = [{ name: 'a', action: 'asset-publish', input: { asset: 'of-somebody' } }];
    expect(await call('POST', '/jobs', { steps: own })).toMatchObject({
      ...{ status: 400, answer: { code: 'ACTION_UNKNOWN' } },
    });
    // What is filled in when a workflow runs, nobody has looked at when it was submitted.
    const each = [{ name: 'a', action: 'foreach', input: { items: [1], action: 'asset-publish', with: {} } }];
    expect(await call('POST', '/jobs', { steps: each })).toMatchObject({
      ...{ status: 400, answer: { code: 'ACTION_UNKNOWN' } },
    });
    expect((await call('POST', '/jobs', passing({ kind: 'workflow' }))).status).toBe(400);
    await call('POST', '/pipelines', { id: 'mine' });
    const grants = [{ role: 'job-submitter', resources: ['pipeline/mine'] }];
    const user = (await call('POST', '/users', { name: 'robot', grants })).answer as { id: string };
    const made = (await call('POST', '/access-keys', { userId: user.id })).answer as { id: string; secret: string };
    const key = { authorization: `Basic ${Buffer.from(`${made.id}:${made.secret}`).toString('base64')}` };
    expect(await call('POST', '/jobs', passing(), key)).toMatchObject({ status: 403 });
    const job = (await call('POST', '/jobs', passing({ pipeline: 'mine' }), key)).answer as unknown as Shown;
    expect(job).toMatchObject({ submitter: 'robot', state: 'submitted' });
    // Objects of storages are asked for by themselves, whatever the action makes of them.
    const into = (object: string) => ({
      pipeline: 'mine',
      steps: [
        {
          name: 'a',
          action: 'pass',
          input: { output: { storage: 'recordings', object }, encryption: { hexKey: 'ab' } },
        },
      ],
    });
    expect(await call('POST', '/jobs', into('free/a.mp4'), key)).toMatchObject({ status: 403 });
    const ofServer = { pipeline: 'mine', steps: [{ name: 'a', action: 'pass', input: { source: { file: 'a.mp4' } } }] };
    expect(await call('POST', '/jobs', ofServer, key)).toMatchObject({ status: 403 });
    const wider = [{ role: 'job-submitter', resources: ['pipeline/mine', 'storage/recordings/free/*'] }];
    expect((await call('PATCH', `/users/${user.id}`, { grants: wider })).status).toBe(200);
    expect(await call('POST', '/jobs', into('others/a.mp4'), key)).toMatchObject({ status: 403 });
    const written = (await call('POST', '/jobs', into('free/a.mp4'), key)).answer as unknown as Shown;
    expect((await call('GET', `/jobs/${written.id}`)).answer).toMatchObject({
      steps: [{ input: { output: { object: 'free/a.mp4' }, encryption: { hexKey: '[redacted]' } } }],
    });
    await call('POST', `/jobs/${written.id}/cancel`);
    const other = (await call('POST', '/jobs', passing())).answer as unknown as Shown;
    const { answer } = await call('GET', '/jobs', undefined, key);
    expect((answer.jobs as Shown[]).map(({ id }) => id)).toEqual([written.id, job.id]);
    expect((await call('GET', `/jobs/${other.id}`, undefined, key)).status).toBe(403);
    for (const { id } of [job, other]) await call('POST', `/jobs/${id}/cancel`);
  });

  it('take triggers only of whoever may submit to what they watch and write', async () => {
    const source = readFileSync('docs/workflows/to-flv.yml', 'utf8');
    expect((await call('POST', '/workflows', { source })).status).toBe(201);
    const statements = [
      { effect: 'allow', actions: ['templates:*'], resources: ['server'] },
      { effect: 'allow', actions: ['jobs:submit'], resources: ['pipeline/default', 'storage/recordings/free/*'] },
    ];
    const user = (await call('POST', '/users', { name: 'watcher', grants: [], statements })).answer as { id: string };
    const made = (await call('POST', '/access-keys', { userId: user.id })).answer as { id: string; secret: string };
    const key = { authorization: `Basic ${Buffer.from(`${made.id}:${made.secret}`).toString('base64')}` };
    const input = { source: '$' + '{event.source}', outputStorage: 'recordings', outputPrefix: 'free/out/' };
    const asked = (prefix: string, more: object = {}) => ({
      ...{ workflow: 'to-flv', isEnabled: false },
      settings: { kind: 'prefix', storage: 'recordings', prefix, suffix: '.mp4', input: { ...input, ...more } },
    });
    const refused = [asked('in/'), asked('free/in/', { outputPrefix: 'out/' }), asked('fre')];
    for (const each of refused) expect((await call('POST', '/workflow-triggers', each, key)).status).toBe(403);
    const trigger = await call('POST', '/workflow-triggers', asked('free/in/'), key);
    expect(trigger).toMatchObject({ status: 201, answer: { author: 'watcher' } });
    const path = `/workflow-triggers/${trigger.answer.id}`;
    for (const each of refused) expect((await call('PUT', path, each, key)).status).toBe(403);
    expect((await call('PUT', path, asked('free/other/'), key)).status).toBe(200);
    expect((await call('DELETE', path, undefined, key)).status).toBe(204);
  });

  it('answer a job asked for twice with the first one, and page lists', async () => {
    const id = crypto.randomUUID();
    const first = await call('POST', '/jobs', passing({ id, kind: 'paged' }));
    expect((await call('POST', '/jobs', passing({ id, kind: 'paged' }))).answer).toEqual(first.answer);
    for (let n = 0; n < 4; n++) await call('POST', '/jobs', passing({ kind: 'paged' }));
    const seen: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: { jobs: Shown[]; nextCursor?: string } = await server.api(
        `/jobs?kind=paged&limit=2${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...page.jobs.map((job) => job.id));
      cursor = page.nextCursor;
    }
    expect(new Set(seen).size).toBe(5);
    expect(seen.at(-1)).toBe(id);
    await until('the load is known', async () => (await server.api<Load>('/pipelines/default')).load?.pending === 5);
    for (const each of seen) await call('POST', `/jobs/${each}/cancel`);
  });
});

describe('the alarm of failed jobs', () => {
  it('is raised for the pipeline, and cleared when they are tried again', async () => {
    const { id } = (await call('POST', '/jobs', passing())).answer as unknown as Shown;
    const store = await openStore({ dataDir: home.path, log: memoryLog(), databaseUrl: system.url, waitMs: 60_000 });
    await store.query("update headwater.jobs set state = 'failed', finished_at = now() where id = $1", [id]);
    await store.close();
    type Alarms = { alarms: { code: string; subject: { kind: string; name: string }; clearedAt?: string }[] };
    const open = async () =>
      (await server.api<Alarms>('/alarms')).alarms.filter(
        ({ code, clearedAt }) => code === 'JOBS_FAILED' && clearedAt === undefined,
      );
    await until('it is raised', async () => (await open())[0]?.subject.name === 'default', 60_000);
    const failed = 'headwater_jobs_failed{pipeline="default"}';
    await until('it is counted', async () => (await server.metric(failed)) === 1);
    await call('POST', `/jobs/${id}/retry`);
    await until('it is cleared', async () => (await open()).length === 0, 90_000);
    expect(await call('DELETE', `/jobs/${id}`)).toMatchObject({ status: 409, answer: { code: 'JOB_NOT_OVER' } });
    await call('POST', `/jobs/${id}/cancel`);
    expect((await call('DELETE', `/jobs/${id}`)).status).toBe(204);
    expect((await call('DELETE', `/jobs/${id}`)).status).toBe(404);
  });
});

describe('headwater worker', () => {
  it('needs the database of its server', async () => {
    const alone = start(process.execPath, [...HEADWATER, 'worker'], {
      ...{ cwd: home.path, env: { ...process.env, DATABASE_URL: '', HEADWATER_DATABASE_URL: '' } },
    });
    expect(await alone.exited).toBe(2);
    expect(alone.stderr()).toContain('Set DATABASE_URL');
  });

  it('does what waits, tells how it is, and goes when it is told to', async () => {
    const { id } = (await call('POST', '/jobs', passing({ template: 'T1' }))).answer as unknown as Shown;
    expect((await server.api<Shown>(`/jobs/${id}`)).state).toBe('submitted');
    const port = await freePort();
    worker = start(process.execPath, [...HEADWATER, 'worker', '--concurrency', '3'], {
      cwd: home.path,
      env: {
        ...process.env,
        DATABASE_URL: system.url,
        HEADWATER_DATA_DIR: home.path,
        HEADWATER_METRICS_PORT: String(port),
        HEADWATER_NODE_NAME: 'hand',
      },
    });
    await until('the job is done', async () => (await server.api<Shown>(`/jobs/${id}`)).state === 'succeeded', 60_000);
    const job = await server.api<WithSteps>(`/jobs/${id}`);
    expect(job.percent).toBe(100);
    expect(job.steps.map(({ worker: by }) => by)).toEqual(Array(2).fill(`hand/${worker.process.pid}`));
    const { workers } = await server.api<{ workers: object[] }>('/job-workers');
    expect(workers).toMatchObject([{ name: `hand/${worker.process.pid}`, concurrency: 3 }]);
    const text = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    expect(await text('/healthz')).toBe('ok\n');
    expect(JSON.parse(await text('/readyz'))).toMatchObject({ status: 'ok' });
    const lines = [
      'headwater_jobs_total{kind="custom",template="T1",outcome="succeeded"} 1',
      'headwater_job_slots 3',
      'headwater_job_step_seconds_count{action="pass",outcome="succeeded"} 2',
      'headwater_job_wait_seconds_count{pipeline="default"} 2',
      'headwater_job_seconds_count{kind="custom"} 1',
    ];
    await until('it is counted', async () => {
      const said = (await text('/metrics')).split('\n');
      return lines.every((line) => said.includes(line));
    });
    expect(await worker.stop('SIGTERM')).toBe(0);
    expect((await server.api<{ workers: object[] }>('/job-workers')).workers).toEqual([]);
  });
});
