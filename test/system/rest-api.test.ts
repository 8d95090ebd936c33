import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Action, decideAnywhere, policyOf, ROLE_NAMES } from '../../src/identity/policy/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { type ApiOperation, OpenApi, type Parameter } from '../support/openapi.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { brokenValuesOf, ODD_TEXTS, valuesOf } from '../support/schema-values.ts';

const RULES: RulesInput = {
  domains: [{ name: 'default', push: { auth: { type: 'no_auth' } }, play: { auth: { type: 'no_auth' } } }],
  streams: [
    { publish: { waitSeconds: 1 }, hls: { segmentSeconds: 2 } },
    { match: { app: 'live' }, timeShift: { enabled: true } },
  ],
};
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 6);
/** What a client takes out of a path before it is sent. */
const DOTS = /^(\.|%2e)*$/;
const PASSWORD = 'correct horse battery';

let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let flv: MadeFlv;
let publisher: RtmpPublisher;
let sending: { stop(): Promise<void> };
let api: OpenApi;
let cookie: string;
/** Names that are there, by the parameter that they go into. */
let names: Record<string, string>;

const start = () =>
  startHeadwater({ rules: RULES, dataDir: `${home.path}/data`, env: { HEADWATER_RECORDINGS_DIR: home.path } });

beforeAll(async () => {
  home = await tempDir('rest-api');
  [server, flv] = await Promise.all([start(), makeFlv({ seconds: 4, gop: 30, size: '320x180' })]);
  await untilDatabase();
  publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/one' });
  sending = playForEver(publisher, flv.tags);
  await until('something is kept', async () => {
    const marked = await ask('POST', '/streams/default/live/one/markers', { body: { name: 'first' } }, admin());
    return marked.status === 201;
  });
  api = new OpenApi((await ask('GET', '/openapi.json')).body as Record<string, unknown>);
  cookie = (await ask('POST', '/login', { body: { password: server.secrets.adminPassword } })).cookie;
  const user = await ask('POST', '/users', { body: { name: 'someone', password: PASSWORD } }, { cookie });
  names = { domain: 'default', app: 'live', stream: 'one', id: String(user.body.id), name: 'default' };
});

afterAll(async () => {
  await sending?.stop();
  await publisher?.drop();
  await server?.stop();
  await flv?.remove();
  await home?.remove();
});

const admin = () => ({ authorization: `Bearer ${server.secrets.adminPassword}` });

const untilDatabase = () =>
  until('the database is ready', async () => {
    const { database } = await server.api<{ database: { state: string } }>('/health');
    return database.state === 'ready';
  });

type Answered = {
  readonly status: number;
  readonly type: string;
  readonly body: Record<string, unknown>;
  readonly cookie: string;
  readonly isReplayed: boolean;
};

async function ask(
  method: string,
  path: string,
  { body }: { readonly body?: unknown } = {},
  headers: Record<string, string> = {},
): Promise<Answered> {
  const response = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  const text = await response.text();
  return {
    ...{ status: response.status, type, cookie: response.headers.get('set-cookie')?.split(';', 1)[0] ?? '' },
    body: type.endsWith('json') && text !== '' ? JSON.parse(text) : {},
    isReplayed: response.headers.get('idempotency-replayed') === 'true',
  };
}

const pathWith = (path: string, values: Record<string, string>) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'nothing'));

describe('the OpenAPI document', () => {
  type Input = { readonly path: string; readonly query: string; readonly body: unknown };

  /** As the document says and of what is there, or with something wrong in every part. */
  function inputs({ path, parameters, body }: ApiOperation): fc.Arbitrary<Input> {
    const ofPath = parameters.filter((each) => each.in === 'path');
    const ofQuery = parameters.filter((each) => each.in === 'query');
    const record = (of: readonly Parameter[], values: (each: Parameter) => fc.Arbitrary<unknown>, needed?: []) =>
      fc.record(Object.fromEntries(of.map((each) => [each.name, values(each)])), needed && { requiredKeys: needed });
    const made = (isGood: boolean) =>
      fc.record({
        path: record(ofPath, ({ name }) => (isGood ? fc.constant(names[name] ?? 'x') : oddName)),
        query: record(ofQuery, (each) => (isGood ? goodQuery(each) : fc.constantFrom(...ODD_TEXTS)), []),
        body: body === undefined ? fc.constant(undefined) : isGood ? valuesOf(api, body) : brokenValuesOf(api, body),
      });
    return fc.oneof(made(true), made(false)).map(({ path: values, query, body: sent }) => ({
      path: path.replace(/\{(\w+)\}/g, (_, name: string) => escaped(String(values[name])) || '-'),
      query: queryOf(query),
      body: sent,
    }));
  }

  const oddName = fc.constantFrom('nothing', 'live', ...ODD_TEXTS.filter((text) => !DOTS.test(text)));

  /** Nobody waits for the next event here. */
  const goodQuery = ({ name, schema }: Parameter) => (name === 'waitSeconds' ? fc.constant(0) : valuesOf(api, schema));

  function queryOf(values: Record<string, unknown>): string {
    const pairs = Object.entries(values).map(([name, each]) => `${name}=${escaped(String(each))}`);
    return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  }

  const escaped = (text: string) => encodeURIComponent(Buffer.from(text).toString());

  it('is true of every operation, with any input: never a fault, always a code, and answers of its schemas', async () => {
    const statuses = new Map<string, Set<number>>();
    // What ends the logins of this test or its publisher, and downloads of the whole database.
    const left = new Set(['logOut', 'getBackup', 'startDrain']);
    for (const operation of api.operations.filter(({ name }) => !left.has(name))) {
      const seen = new Set<number>();
      statuses.set(operation.name, seen);
      await fc.assert(
        fc.asyncProperty(inputs(operation), async ({ path, query, body }) => {
          const answer = await ask(operation.method, `${path}${query}`, { body }, { cookie });
          seen.add(answer.status);
          expect([answer.status, problemIn(operation, answer)]).toEqual([answer.status, undefined]);
        }),
        { numRuns: ROUNDS },
      );
    }
    const succeeded = [...statuses].filter(([, seen]) => [...seen].some((each) => each < 300));
    expect(succeeded.length).toBeGreaterThan(statuses.size / 4);
    console.log(`${statuses.size} operations, ${ROUNDS} inputs each: no fault, every answer of its schema`);
  });

  function problemIn(operation: ApiOperation, { status, type, body }: Answered): string | undefined {
    if (status >= 500 && status !== 503) return `a fault: ${JSON.stringify(body)}`;
    if (status < 400) {
      const schema = operation.answers.get(status);
      if (schema === undefined) return 'not a status of the document';
      return schema === 'none' ? undefined : api.problemOf(schema, body);
    }
    if (type !== 'application/problem+json') return `an error as ${type}`;
    const problem = api.problemOf({ $ref: '#/components/schemas/Problem' }, body);
    return problem ?? (body.status === status && /^[A-Z_]+$/.test(String(body.code)) ? undefined : 'without a code');
  }
});

describe('every operation by every role', () => {
  it('is allowed and refused as the policy says', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const nowhere = { domain: 'nowhere.example', app: 'none', stream: 'none', id, name: 'none' };
    for (const role of ROLE_NAMES) {
      const user = await ask('POST', '/users', { body: { name: `a-${role}`, grants: [{ role }] } }, { cookie });
      const key = await ask('POST', '/access-keys', { body: { userId: user.body.id } }, { cookie });
      const basic = Buffer.from(`${key.body.id}:${key.body.secret}`).toString('base64');
      for (const { name, method, path, action } of api.operations) {
        if (action === undefined) continue;
        const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
        const { status, body: answer } = await ask(method, pathWith(path, nowhere), body, {
          authorization: `Basic ${basic}`,
        });
        const isRefused = status === 403 && answer.code === (action === 'self' ? 'NOT_A_PERSON' : 'NOT_ALLOWED');
        expect([role, name, isRefused]).toEqual([role, name, !mayBy(role, action)]);
      }
    }
  });

  /** Keys have no account of their own. */
  function mayBy(role: (typeof ROLE_NAMES)[number], action: string): boolean {
    if (action === 'self' || action === 'anyone') return action === 'anyone';
    return decideAnywhere(policyOf([{ role, resources: ['*'] }]), action as Action).allowed;
  }
});

describe('a request with an Idempotency-Key', () => {
  const create = (key: string, body: object) => ask('POST', '/users', { body }, { cookie, 'idempotency-key': key });

  it('is done once, however often and how close together it is sent, over a restart too', async () => {
    const body = { name: 'once', password: PASSWORD };
    const [first, second] = await Promise.all([create('k1', body), create('k1', body)]);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect([first.isReplayed, second.isReplayed].toSorted()).toEqual([false, true]);
    const user = { name: 'keyed', password: PASSWORD };
    const made = await create('k2', user);
    const key = await ask(
      'POST',
      '/access-keys',
      { body: { userId: made.body.id } },
      { cookie, 'idempotency-key': 'k3' },
    );
    await sending.stop();
    await publisher.drop();
    await server.child.stop();
    server = await start();
    await untilDatabase();
    expect(await create('k1', body)).toMatchObject({ status: 201, body: first.body, isReplayed: true });
    const again = await ask(
      'POST',
      '/access-keys',
      { body: { userId: made.body.id } },
      { cookie, 'idempotency-key': 'k3' },
    );
    expect(again.body).toEqual(key.body);
    expect(await create('k1', { ...body, name: 'other' })).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
  });

  it('is another one without the key, and nothing is kept of what was refused', async () => {
    const refused = await create('k4', { name: 'once', password: PASSWORD });
    expect([refused.status, refused.body.code]).toEqual([409, 'NAME_TAKEN']);
    expect((await create('k4', { name: 'twice', password: PASSWORD })).status).toBe(201);
  });
});
