import { createRequire } from 'node:module';
import { objectProblems, readShapes } from './apsara-shapes.ts';
import type { Headwater } from './headwater.ts';
import { until } from './until.ts';

export type Key = { readonly id: string; readonly secret: string };
export type Answer = Record<string, unknown> & { readonly RequestId: string };

/** A program that calls actions as ApsaraVideo's own clients do; throws what they throw, with `code`. */
export type ApsaraClient = (action: string, parameters?: object) => Promise<Answer>;

const require = createRequire(import.meta.url);
const { RPCClient } = require('@alicloud/pop-core');
const { default: OpenApiClient, Config, OpenApiRequest, Params } = require('@alicloud/openapi-client');
const { default: OpenApiUtil } = require('@alicloud/openapi-util');
const { RuntimeOptions } = require('@alicloud/tea-util');

/** Each service's version, and with it the table of its shapes. */
const VERSIONS = { live: '2016-11-01', vod: '2017-03-21', mts: '2014-06-18' } as const;

export type ApsaraService = keyof typeof VERSIONS;

const shapes = new Map<ApsaraService, ReturnType<typeof readShapes>>();

function shapesOf(service: ApsaraService): ReturnType<typeof readShapes> {
  const known = shapes.get(service) ?? readShapes(`${service}-${VERSIONS[service]}`);
  shapes.set(service, known);
  return known;
}

/** An access key of admin, or of a user with these grants. */
export async function newKey(server: Headwater, grants?: readonly object[]): Promise<Key> {
  const post = <T>(path: string, body: object) =>
    server.api<T>(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  // The server answers before its database does, where the machine has much to do.
  await until('the database is there', async () => {
    const ready = await fetch(`http://127.0.0.1:${server.controlPort}/readyz`);
    return ((await ready.json()) as { database: { state: string } }).database.state !== 'unavailable';
  });
  const { users } = await server.api<{ users: { id: string; name: string }[] }>('/users');
  const user =
    grants === undefined
      ? users.find(({ name }) => name === 'admin')
      : await post<{ id: string }>('/users', {
          name: `robot-${users.length}`,
          password: 'correct horse battery',
          grants,
        });
  return post<Key>('/access-keys', { userId: user?.id });
}

/** The client of version 1 of the signature (HMAC-SHA1). Every answer is checked against the table of shapes. */
export function popClient(
  server: Pick<Headwater, 'controlPort'>,
  key: Key,
  method: 'GET' | 'POST' = 'POST',
  service: ApsaraService = 'live',
): ApsaraClient {
  const endpoint = `http://127.0.0.1:${server.controlPort}`;
  const client = new RPCClient({
    endpoint,
    apiVersion: VERSIONS[service],
    accessKeyId: key.id,
    accessKeySecret: key.secret,
  });
  return async (action, parameters = {}) =>
    checked(
      service,
      action,
      await client.request(action, parameters, { method, timeout: 30_000, formatParams: false }),
    );
}

/** The client of version 3 (ACS3-HMAC-SHA256). Every answer is checked against the table of shapes. */
export function openApiClient(
  server: Pick<Headwater, 'controlPort'>,
  key: Key,
  service: ApsaraService = 'live',
): ApsaraClient {
  const endpoint = `127.0.0.1:${server.controlPort}`;
  const client = new OpenApiClient(
    new Config({ accessKeyId: key.id, accessKeySecret: key.secret, endpoint, protocol: 'HTTP' }),
  );
  return async (action, parameters = {}) => {
    const params = new Params({
      ...{ action, version: VERSIONS[service], protocol: 'HTTP', pathname: '/', method: 'POST', authType: 'AK' },
      ...{ style: 'RPC', reqBodyType: 'formData', bodyType: 'json' },
    });
    const request = new OpenApiRequest({ query: OpenApiUtil.query(parameters) });
    const runtime = new RuntimeOptions({ autoretry: false, readTimeout: 30_000, connectTimeout: 10_000 });
    const { body } = await client.callApi(params, request, runtime);
    return checked(service, action, body);
  };
}

/** The code with which a call is refused. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

function checked(service: ApsaraService, action: string, answer: Answer): Answer {
  const shape = shapesOf(service).get(action);
  if (shape === undefined) throw new Error(`the table has no action ${action}`);
  const { RequestId, ...rest } = answer;
  const problems = objectProblems(rest, shape.answer);
  if (problems.length > 0) throw new Error(`${action} answers otherwise than the table: ${problems.join('; ')}`);
  if (!/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/.test(RequestId))
    throw new Error(`${action}: RequestId ${RequestId}`);
  return answer;
}
