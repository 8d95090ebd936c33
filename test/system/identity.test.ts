import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { totpCode, totpStep } from '../../src/identity/credentials/index.ts';
import {
  type Action,
  decide,
  decideAnywhere,
  policyOf,
  type Resource,
  ROLE_NAMES,
} from '../../src/identity/policy/index.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { HEADWATER, type Headwater, start, startHeadwater, until } from '../support/index.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';

type Made = { readonly id: string; readonly secret: string };
type Entry = { readonly actor: string; readonly action: string; readonly resource: string; readonly outcome: string };

const PASSWORD = 'correct horse battery';

let server: Headwater;
let flv: MadeFlv;
let publisher: RtmpPublisher;
let sending: { stop(): Promise<void> };

beforeAll(async () => {
  [server, flv] = await Promise.all([startHeadwater(), makeFlv({ seconds: 2, gop: 30, size: '320x180' })]);
  publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/one?key=${server.secrets.streamKey}` });
  sending = playForEver(publisher, flv.tags);
  await until('the database is ready', async () => {
    const { database } = await server.api<{ database: { state: string } }>('/health');
    return database.state === 'ready';
  });
});

afterAll(async () => {
  await sending?.stop();
  await publisher?.drop();
  await server?.stop();
  await flv?.remove();
});

const json = { 'content-type': 'application/json' };

async function call(method: string, path: string, headers: Record<string, string>, body?: object) {
  const response = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body ? json : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  const answer = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>;
  return { status: response.status, answer, cookie: response.headers.get('set-cookie')?.split(';', 1)[0] ?? '' };
}

const post = <T>(path: string, body: object) =>
  server.api<T>(path, { method: 'POST', headers: json, body: JSON.stringify(body) });

const basic = ({ id, secret }: Made) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
});
const logIn = (body: object) => call('POST', '/login', {}, body);

async function userWith(name: string, more: object = {}): Promise<{ id: string; key: Record<string, string> }> {
  const { id } = await post<{ id: string }>('/users', { name, ...more });
  return { id, key: basic(await post<Made>('/access-keys', { userId: id })) };
}

const entries = async () => (await server.api<{ entries: Entry[] }>('/audit?limit=500')).entries;
const written = (entry: Partial<Entry>) =>
  until(JSON.stringify(entry), async () => {
    const found = await entries();
    return found.some((each) => Object.entries(entry).every(([name, value]) => each[name as keyof Entry] === value));
  });

describe('roles', () => {
  const SERVER: Resource = { kind: 'server' };
  const APP: Resource = { kind: 'app', domain: 'default', app: 'live' };
  const operations: [method: string, path: string, action: Action, on: Resource | 'anywhere', body?: object][] = [
    ['GET', '/streams', 'streams:read', 'anywhere'],
    ['GET', '/setup', 'streams:push-urls', APP],
    ['DELETE', '/streams/default/live/none', 'streams:kick', APP],
    ['GET', '/recordings', 'recordings:read', 'anywhere'],
    ['GET', '/recordings/default/live/none/1/a.mp4', 'recordings:read', APP],
    ['DELETE', '/recordings/default/live/none/1', 'recordings:delete', APP],
    ['POST', '/streams/default/live/none/record', 'recordings:command', APP, { command: 'stop' }],
    ['GET', '/blocks', 'blocks:read', 'anywhere'],
    ['POST', '/blocks', 'blocks:write', APP, { app: 'live', stream: 'blocked' }],
    ['DELETE', '/blocks/default/live/none', 'blocks:write', APP],
    ['GET', '/deliveries?state=dead', 'callbacks:read', 'anywhere'],
    ['GET', '/events?after=latest', 'events:read', 'anywhere'],
    ['GET', '/health', 'health:read', SERVER],
    ['GET', '/backup', 'backup:read', SERVER],
    ['GET', '/audit', 'audit:read', SERVER],
    ['GET', '/audit/verify', 'audit:read', SERVER],
    ['GET', '/users', 'users:read', SERVER],
    ['GET', '/users/none', 'users:read', SERVER],
    ['POST', '/users', 'users:write', SERVER, { name: 'NOT A NAME' }],
    ['PATCH', '/users/none', 'users:write', SERVER, {}],
    ['DELETE', '/users/none', 'users:write', SERVER],
    ['GET', '/sessions', 'sessions:read', SERVER],
    ['DELETE', '/sessions/none', 'sessions:end', SERVER],
    ['GET', '/access-keys', 'keys:read', SERVER],
    ['POST', '/access-keys', 'keys:write', SERVER, { userId: 'none' }],
    ['DELETE', '/access-keys/none', 'keys:write', SERVER],
    ['POST', '/temporary-keys', 'keys:issue-temporary', 'anywhere', { statements: [] }],
  ];

  it.each(ROLE_NAMES)('%s may what its policy allows, and hears which action is missing', async (role) => {
    const { key } = await userWith(`role-${role}`, { grants: [{ role }] });
    const policy = policyOf([{ role, resources: ['*'] }]);
    for (const [method, path, action, on, body] of operations) {
      const { status, answer } = await call(method, path, key, body);
      const may = on === 'anywhere' ? decideAnywhere(policy, action) : decide(policy, action, on);
      const what = `${role} ${method} ${path}`;
      if (may.allowed) expect([what, status]).not.toEqual([what, 403]);
      else expect([what, status, answer.code, answer.action]).toEqual([what, 403, 'NOT_ALLOWED', action]);
      expect([what, status >= 500]).toEqual([what, false]);
    }
  });

  it('holds a domain manager to the domain', async () => {
    const onDefault = await userWith('manager', {
      grants: [{ role: 'domain-manager', resources: ['domain/default'] }],
    });
    const elsewhere = await userWith('stranger', { grants: [{ role: 'domain-manager', resources: ['domain/other'] }] });
    const streams = async (key: Record<string, string>) => (await call('GET', '/streams', key)).answer.streams;
    expect(await streams(onDefault.key)).toHaveLength(1);
    expect(await streams(elsewhere.key)).toEqual([]);
    expect((await call('GET', '/setup', elsewhere.key)).status).toBe(403);
    expect((await call('DELETE', '/streams/default/live/one', elsewhere.key)).status).toBe(403);
    const events = async (key: Record<string, string>) =>
      (await call('GET', '/events?waitSeconds=30', key)).answer.events;
    expect(await events(onDefault.key)).not.toEqual([]);
    expect(await events(elsewhere.key)).toEqual([]);
    await written({ actor: 'stranger', action: 'streams:kick', resource: 'app/default/live', outcome: 'refused' });
  });
});

describe('users', () => {
  it('log in by name, password and second factor, and may end their sessions', async () => {
    const { id } = await post<{ id: string }>('/users', {
      name: 'ann',
      password: PASSWORD,
      grants: [{ role: 'monitor' }],
    });
    const { cookie } = await logIn({ user: 'ann', password: PASSWORD });
    const begun = (await call('POST', '/me/totp', { cookie })).answer as { secret: string; uri: string };
    expect(begun.uri).toContain(begun.secret);
    const code = totpCode(begun.secret, totpStep(Date.now()));
    const { recoveryCodes } = (await call('POST', '/me/totp/confirm', { cookie }, { code })).answer as {
      recoveryCodes: string[];
    };
    expect(await logIn({ user: 'ann', password: PASSWORD })).toMatchObject({
      status: 401,
      answer: { code: 'TOTP_MISSING' },
    });
    expect(await logIn({ user: 'ann', password: PASSWORD, code })).toMatchObject({
      status: 401,
      answer: { code: 'TOTP_WRONG' },
    });
    const second = await logIn({ user: 'ann', password: PASSWORD, code: recoveryCodes[0] });
    expect(second.status).toBe(200);
    const me = (await call('GET', '/me', { cookie })).answer as { user: object; actions: string[]; sessionId: string };
    expect(me).toMatchObject({ name: 'ann', kind: 'session', user: { id, hasTotp: true, recoveryCodesLeft: 9 } });
    expect(me.actions).toContain('streams:read');
    expect(me.actions).not.toContain('streams:kick');
    const { sessions } = (await call('GET', '/me/sessions', { cookie })).answer as { sessions: { id: string }[] };
    expect(sessions).toHaveLength(2);
    const other = sessions.find((each) => each.id !== me.sessionId)!;
    expect((await call('DELETE', `/me/sessions/${other.id}`, { cookie })).status).toBe(204);
    expect((await call('GET', '/me', { cookie: second.cookie })).status).toBe(401);
    expect((await call('DELETE', `/sessions/${other.id}`, { cookie })).status).toBe(403);
    const shown = JSON.stringify(await server.api('/users'));
    for (const secret of ['scrypt$', begun.secret, recoveryCodes[1]!]) expect(shown).not.toContain(secret);
    await server.api(`/users/${id}`, { method: 'PATCH', headers: json, body: JSON.stringify({ isEnabled: false }) });
    expect((await call('GET', '/me', { cookie })).status).toBe(401);
    await written({ actor: 'ann', action: 'account:totp', outcome: 'done' });
  });

  it('change their own password and nothing else of theirs', async () => {
    await post('/users', { name: 'bob', password: PASSWORD });
    const { cookie } = await logIn({ user: 'bob', password: PASSWORD });
    const change = (present: string, wanted: string) => call('POST', '/me/password', { cookie }, { present, wanted });
    expect((await change('wrong', `${PASSWORD} new`)).answer).toMatchObject({ code: 'WRONG_PASSWORD' });
    expect((await change(PASSWORD, 'short')).answer).toMatchObject({ code: 'PASSWORD_WEAK', status: 400 });
    expect((await change(PASSWORD, `${PASSWORD} new`)).status).toBe(204);
    expect((await call('GET', '/me', { cookie })).status).toBe(401);
    expect((await logIn({ user: 'bob', password: PASSWORD })).status).toBe(401);
    expect((await logIn({ user: 'bob', password: `${PASSWORD} new` })).status).toBe(200);
  });

  it('are refused with where it is wrong, and nobody takes the last administrator away', async () => {
    const headers = { authorization: `Bearer ${server.secrets.adminPassword}` };
    const refused = async (body: object) => (await call('POST', '/users', headers, body)).answer;
    expect(await refused({ name: 'x', colour: 'red' })).toMatchObject({ status: 400 });
    expect(await refused({ name: 'x', grants: [{ role: 'king' }] })).toMatchObject({
      title: expect.stringMatching(/^body\.grants\.0\.role/),
    });
    expect(await refused({ name: 'admin' })).toMatchObject({ status: 409, code: 'NAME_TAKEN' });
    expect(await refused({ name: 'x', password: 'short' })).toMatchObject({ status: 400, code: 'PASSWORD_WEAK' });
    const { users } = await server.api<{ users: { id: string; name: string }[] }>('/users');
    const admin = users.find(({ name }) => name === 'admin')!;
    const key = users.find(({ name }) => name === 'role-admin')!;
    await call('DELETE', `/users/${key.id}`, headers);
    expect((await call('DELETE', `/users/${admin.id}`, headers)).answer).toMatchObject({
      status: 409,
      code: 'LAST_ADMIN',
    });
  });
});

describe('keys', () => {
  it('are rotated with two at once, and lend less than they have for a time', async () => {
    const { id, key: first } = await userWith('program', { grants: [{ role: 'operator' }] });
    const second = await post<Made>('/access-keys', { userId: id });
    const headers = { authorization: `Bearer ${server.secrets.adminPassword}` };
    expect((await call('POST', '/access-keys', headers, { userId: id })).answer).toMatchObject({ code: 'LIMIT' });
    const statements = [{ effect: 'allow', actions: ['streams:read', 'users:read'], resources: ['*'] }];
    const lent = await call('POST', '/temporary-keys', basic(second), { statements, seconds: 60 });
    const bearer = { authorization: `Bearer ${lent.answer.token}` };
    expect((await call('GET', '/streams', bearer)).status).toBe(200);
    expect((await call('GET', '/health', bearer)).status).toBe(403);
    expect((await call('GET', '/users', bearer)).status).toBe(403);
    expect((await call('POST', '/temporary-keys', bearer, { statements })).status).toBe(403);
    await server.api(`/access-keys/${second.id}`, { method: 'DELETE' });
    expect((await call('GET', '/streams', bearer)).status).toBe(401);
    expect((await call('GET', '/streams', first)).status).toBe(200);
    const { accessKeys } = await server.api<{ accessKeys: { lastUsedAt: string | null }[] }>('/access-keys');
    expect(accessKeys.some(({ lastUsedAt }) => lastUsedAt !== null)).toBe(true);
    expect(JSON.stringify(accessKeys)).not.toContain(second.secret);
  });
});

describe('the audit log', () => {
  it('has what was done and refused, by whom, and no secret', async () => {
    await call('DELETE', '/streams/default/live/one', { authorization: `Bearer ${server.secrets.adminPassword}` });
    await logIn({ password: 'a wrong password of the test' });
    await written({ actor: 'admin', action: 'streams:kick', resource: 'app/default/live', outcome: 'done' });
    await written({ actor: 'admin', action: 'login', outcome: 'refused' });
    await written({ actor: 'admin', action: 'users:write', outcome: 'done' });
    const text = JSON.stringify(await entries());
    for (const secret of [PASSWORD, 'a wrong password of the test', server.secrets.adminPassword]) {
      expect(text).not.toContain(secret);
    }
    expect(await server.api('/audit/verify')).toMatchObject({ entries: expect.any(Number), problems: [] });
  });
});

describe('the owner of the machine', () => {
  const command = async (...args: string[]) => {
    const child = start(process.execPath, [...HEADWATER, ...args], {
      env: { ...process.env, HEADWATER_DATA_DIR: server.dataDir },
    });
    const code = await child.exited;
    return { code, out: child.stdout(), err: child.stderr() };
  };

  it('gives a new password to who lost theirs, whose sessions end', async () => {
    await post('/users', { name: 'forgetful', password: PASSWORD });
    const { cookie } = await logIn({ user: 'forgetful', password: PASSWORD });
    const { code, out } = await command('users', 'reset-password', 'forgetful');
    const password = out.trim();
    expect([code, password]).toEqual([0, expect.stringMatching(/^[A-Za-z0-9]{20}$/)]);
    expect((await call('GET', '/me', { cookie })).status).toBe(401);
    expect((await logIn({ user: 'forgetful', password: PASSWORD })).status).toBe(401);
    expect((await logIn({ user: 'forgetful', password })).status).toBe(200);
    expect(await command('users', 'reset-password', 'nobody')).toMatchObject({
      ...{ code: 1, err: expect.stringContaining('there is no user nobody') },
    });
  });

  it('is let in by what only they can read', async () => {
    const { jwtKey } = JSON.parse(readFileSync(join(server.dataDir, 'secrets.json'), 'utf8')) as { jwtKey: string };
    const token = createHmac('sha256', jwtKey).update('headwater owner').digest('base64url');
    const { answer } = await call('GET', '/me', { authorization: `Bearer owner.${token}` });
    expect(answer).toMatchObject({ kind: 'owner', name: 'owner' });
    expect((await call('GET', '/me', { authorization: `Bearer owner.${token}x` })).status).toBe(401);
  });
});
