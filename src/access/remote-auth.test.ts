import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { RemoteAuthRule } from '../rules/index.ts';
import { RemoteAuth, remoteRequest } from './remote-auth.ts';
import type { RemoteSubject } from './remote-request.ts';

const subject: RemoteSubject = {
  action: 'play',
  domain: 'play.example.com',
  app: 'live',
  stream: 'demo',
  protocol: 'flv',
  path: '/live/demo.flv',
  query: 'token=a%2Fb&user=u&auth_key=x',
  address: '203.0.113.9',
  userAgent: 'Söme\r\nplayer',
};
const rule = (fields: Partial<RemoteAuthRule> = {}): RemoteAuthRule => ({
  url: 'http://127.0.0.1/check',
  form: 'headers',
  method: 'GET',
  timeoutMs: 2000,
  passCodes: [200],
  failCodes: [401, 403],
  onTimeout: 'fail',
  keepArgs: 'all',
  ...fields,
});

const servers: Server[] = [];
const clients: RemoteAuth[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/check`;
}

function client(): RemoteAuth {
  clients.push(new RemoteAuth());
  return clients.at(-1)!;
}

describe('remoteRequest', () => {
  it.each([
    ['all', 'http://h/c?a=1&token=a%2Fb&user=u&auth_key=x'],
    ['none', 'http://h/c?a=1'],
    [['user', 'token', 'gone'], 'http://h/c?a=1&user=u&token=a%2Fb'],
  ] as const)('keeps %j', (keep, url) => {
    const keepArgs = typeof keep === 'string' ? keep : [...keep];
    expect(remoteRequest(rule({ url: 'http://h/c?a=1', keepArgs }), subject).url).toBe(url);
  });

  it('waits 3 s at most and sends clean headers', () => {
    const request = remoteRequest(rule({ timeoutMs: 9000 }), subject);
    expect(request.timeoutMs).toBe(3000);
    expect(request.headers['user-agent']).toBe('S?me??player');
  });
});

describe('RemoteAuth over HTTP', () => {
  it.each([
    [200, 'pass'],
    [403, 'fail'],
    [500, 'unavailable'],
  ] as const)('%s is %s', async (status, expected) => {
    const requests: IncomingMessage[] = [];
    const url = await serve((request, response) => {
      requests.push(request);
      response.writeHead(status).end('x'.repeat(100_000));
    });
    expect(await client().ask(rule({ url, method: 'POST' }), subject)).toBe(expected);
    expect(requests[0]).toMatchObject({ method: 'POST', url: '/check?token=a%2Fb&user=u&auth_key=x' });
    expect(requests[0]?.headers).toMatchObject({ 'x-forwarded-for': '203.0.113.9', 'x-headwater-app': 'live' });
  });

  it.each([
    [200, '0', 'pass'],
    [200, '{"code":0,"data":null}', 'pass'],
    [200, '{"code":7}', 'fail'],
    [200, '', 'fail'],
    [403, '0', 'fail'],
    [500, '0', 'unavailable'],
  ] as const)('takes %s with %j in the form of SRS as %s', async (status, body, expected) => {
    let asked: unknown;
    const url = await serve(async (request, response) => {
      asked = [request.method, request.url, JSON.parse(Buffer.concat(await request.toArray()).toString())];
      response.writeHead(status).end(body);
    });
    const srs = rule({ url: `${url}?a=1`, form: 'srs', keepArgs: ['token'] });
    expect(await client().ask(srs, { ...subject, sessionId: 'c1', server: 'node-1' })).toBe(expected);
    const hook = { action: 'on_play', client_id: 'c1', app: 'live', stream: 'demo', param: '?token=a%2Fb' };
    expect(asked).toMatchObject(['POST', '/check?a=1', hook]);
  });

  it('lets nobody in by a body without an end', async () => {
    const url = await serve((_, response) => {
      const more = () => response.write('0'.repeat(10_000), () => response.destroyed || more());
      more();
    });
    expect(await client().ask(rule({ url, form: 'srs', timeoutMs: 1000 }), subject)).toBe('fail');
  });

  it('says that a player has left until it is taken, in the form of SRS only', async () => {
    const told: string[] = [];
    const untold: string[] = [];
    const url = await serve(async (request, response) => {
      const { action, client_id } = JSON.parse(Buffer.concat(await request.toArray()).toString());
      told.push(`${action} ${client_id}`);
      response.end(told.length > 1 ? '0' : '1');
    });
    const remote = new RemoteAuth(undefined, undefined, (each) => untold.push(each));
    clients.push(remote);
    remote.left(rule({ url }), { ...subject, sessionId: 'no' });
    remote.left(rule({ url, form: 'srs' }), { ...subject, sessionId: 'c1' });
    await expect.poll(() => told, { timeout: 5000 }).toEqual(['on_stop c1', 'on_stop c1']);
    expect(untold).toEqual([]);
  });

  it('follows no redirect', async () => {
    let hits = 0;
    const url = await serve((_, response) => {
      hits++;
      response.writeHead(302, { location: '/pass' }).end();
    });
    expect(await client().ask(rule({ url }), subject)).toBe('unavailable');
    expect(hits).toBe(1);
  });

  it('gives up on a server that does not answer, or is not there', async () => {
    const silent = await serve(() => undefined);
    expect(await client().ask(rule({ url: silent, timeoutMs: 100 }), subject)).toBe('unavailable');
    expect(await client().ask(rule({ url: silent, timeoutMs: 100, onTimeout: 'pass' }), subject)).toBe('pass');
    servers.at(-1)?.closeAllConnections();
    servers.pop()?.close();
    expect(await client().ask(rule({ url: silent }), subject)).toBe('unavailable');
  });
});

it('RemoteAuth keeps 10 000 farewells at most, and says so once', async () => {
  const untold: string[] = [];
  const remote = new RemoteAuth(
    () => new Promise(() => undefined),
    undefined,
    (each) => untold.push(each),
  );
  for (let each = 0; each < 10_100; each++) remote.left(rule({ form: 'srs' }), subject);
  expect(untold).toEqual(['http://127.0.0.1/check']);
  await remote.close();
});

it('RemoteAuth asks one server at most 128 questions at once, and refuses the rest even where a timeout passes', async () => {
  const answers: (() => void)[] = [];
  const remote = new RemoteAuth(() => new Promise((resolve) => answers.push(() => resolve({ status: 200 }))));
  const asked = Array.from({ length: 128 }, () => remote.ask(rule({ onTimeout: 'pass' }), subject));
  expect(await remote.ask(rule({ onTimeout: 'pass' }), subject)).toBe('busy');
  const other = remote.ask(rule({ url: 'http://127.0.0.2/' }), subject);
  for (const answer of answers) answer();
  expect(new Set(await Promise.all([...asked, other]))).toEqual(new Set(['pass']));
  const again = remote.ask(rule(), subject);
  answers.at(-1)?.();
  expect(await again).toBe('pass');
});
