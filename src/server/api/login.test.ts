import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ClientAddresses } from '../../access/index.ts';
import { ADMIN_PASSWORD, testIdentity } from '../../identity/test-identity.ts';
import { TestClock } from '../../live/test-clock.ts';
import { createLogger } from '../../log/index.ts';
import { Login } from './login.ts';

const PASSWORD = ADMIN_PASSWORD;

let clock: TestClock;
let server: Server;
let url: string;
let recorded: object[];

beforeEach(async () => {
  clock = new TestClock();
  recorded = [];
  const record = (entry: object) => void recorded.push(entry);
  const unused = () => Promise.reject(new Error('not asked for'));
  const login = new Login({
    identity: { ...(await testIdentity({ clock })), audit: { record, list: unused, verify: unused } },
    clients: new ClientAddresses({ trustedProxies: ['127.0.0.1'] }),
    log: createLogger({ level: 'silent' }),
  });
  const app = express();
  app.use(express.json());
  app.post('/login', (request, response) => login.logIn(request, response));
  app.post('/logout', (request, response) => login.logOut(request, response));
  app.use((request, response, next) => login.require(request, response, next));
  app.get('/', (_request, response) => {
    response.send('in');
  });
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.close();
});

type Headers = Record<string, string>;

const send = (body: object, headers: Headers = {}) =>
  fetch(`${url}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

const logIn = (password: string, headers: Headers = {}) => send({ password }, headers);

const statusWith = async (headers: Headers) => (await fetch(url, { headers })).status;

const from = (address: string, scheme = 'http') => ({ 'x-forwarded-for': address, 'x-forwarded-proto': scheme });

describe('Login', () => {
  it('gives a cookie that no script reads and no other site sends, on HTTPS for HTTPS alone', async () => {
    const cookie = (await logIn(PASSWORD)).headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect(await statusWith({ cookie: cookie.split(';', 1)[0] ?? '' })).toBe(200);
    const secure = await logIn(PASSWORD, from('203.0.113.1', 'https'));
    expect(secure.headers.get('set-cookie')).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
  });

  it('refuses another password', async () => {
    const response = await logIn('wrong');
    expect([response.status, response.headers.get('set-cookie')]).toEqual([401, null]);
  });

  it.each([
    [{}, 'body.password'],
    [{ password: '' }, 'body.password'],
    [{ password: 7 }, 'body.password'],
    [{ password: [PASSWORD] }, 'body.password'],
    [{ password: PASSWORD, user: 7 }, 'body.user'],
    [{ password: PASSWORD, username: 'admin' }, 'body.username'],
    [[PASSWORD], 'body'],
  ])('says what is wrong in %j', async (body, place) => {
    const response = await send(body);
    expect([response.status, response.headers.get('set-cookie')]).toEqual([400, null]);
    expect(await response.json()).toMatchObject({ code: 'BAD_REQUEST', errors: [{ path: place }] });
    expect(recorded).toEqual([]);
  });

  it.each<[string, Headers]>([
    ['nothing', {}],
    ['a wrong password', { authorization: 'Bearer wrong' }],
    ['a cookie of its own making', { cookie: 'headwater_session=eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW4ifQ.' }],
    ['a password in another scheme', { authorization: `Basic ${PASSWORD}` }],
  ])('does not let in %s', async (_, headers) => {
    expect(await statusWith(headers)).toBe(401);
  });

  it('gives 12 hours, and takes the password of a program', async () => {
    expect(await statusWith({ authorization: `Bearer ${PASSWORD}` })).toBe(200);
    const cookie = (await logIn(PASSWORD)).headers.get('set-cookie');
    expect(cookie).toContain('Max-Age=43200');
  });

  it('ends the session on the way out, so that its cookie is good no more', async () => {
    const cookie = (await logIn(PASSWORD)).headers.get('set-cookie')?.split(';', 1)[0] ?? '';
    expect((await fetch(`${url}/logout`, { method: 'POST', headers: { cookie } })).status).toBe(204);
    expect(await statusWith({ cookie })).toBe(401);
  });

  it('has logins written down, good and bad, and none of those that nobody looked at', async () => {
    const attacker = from('203.0.113.7');
    await logIn(PASSWORD, attacker);
    for (let tries = 0; tries < 15; tries++) await logIn('wrong', attacker);
    const outcomes = recorded.map((entry) => ({ ...entry }) as { action: string; outcome: string; address: string });
    expect(outcomes[0]).toMatchObject({ action: 'login', outcome: 'done', address: '203.0.113.7', actor: 'admin' });
    expect(outcomes.filter(({ outcome }) => outcome === 'refused')).toHaveLength(10);
    expect(JSON.stringify(recorded)).not.toContain('wrong"');
  });

  it('lets each address try ten times a minute, however often others succeed', async () => {
    const attacker = from('203.0.113.7');
    for (let tries = 0; tries < 10; tries++) {
      expect((await logIn('wrong', attacker)).status).toBe(401);
      expect(await statusWith({ authorization: `Bearer ${PASSWORD}`, ...from('203.0.113.8') })).toBe(200);
    }
    expect((await logIn(PASSWORD, attacker)).status).toBe(429);
    expect(await statusWith({ authorization: `Bearer ${PASSWORD}`, ...attacker })).toBe(401);
    expect((await logIn(PASSWORD, from('203.0.113.8'))).status).toBe(200);
    clock.advance(60_001);
    expect((await logIn(PASSWORD, attacker)).status).toBe(200);
  });
});
