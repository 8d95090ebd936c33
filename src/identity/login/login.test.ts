import { beforeEach, describe, expect, it } from 'vitest';
import { totpCode, totpStep } from '../credentials/index.ts';
import { type Policy, SERVER } from '../policy/index.ts';
import { ADMIN_PASSWORD, type TestIdentity, TestTables, testIdentity } from '../test-identity.ts';
import { OWNER } from '../users/index.ts';
import { LoginLimits, TRIES_PER_ADDRESS, TRIES_PER_USER } from './login-limits.ts';
import { ownerToken, readToken, signToken } from './tokens.ts';

const SESSION = { typ: 'session', sid: 's', sub: 'u' } as const;
const KEY = 'a-key-of-the-test-that-is-long-enough';
const PASSWORD = 'correct horse battery';
const here = { address: '203.0.113.1', agent: 'test' };
const there = { address: '203.0.113.2', agent: 'test' };

let identity: TestIdentity;

beforeEach(async () => {
  identity = await testIdentity();
});

async function logIn(
  from = here,
  { user = 'admin', password = ADMIN_PASSWORD, code = undefined as string | undefined } = {},
) {
  return identity.gate.logIn({ user, password, code }, from);
}

async function loggedIn(...args: Parameters<typeof logIn>) {
  const result = await logIn(...args);
  if (!result.ok) throw new Error(result.code);
  return result;
}

describe('LoginLimits', () => {
  let nowMs = 0;
  const begin = (limits: LoginLimits, times: number, address: (n: number) => string, user = 'admin') =>
    Array.from({ length: times }, (_, n) => limits.begin(address(n), user)).filter((each) => each !== undefined).length;

  it('slows down one address, and no other', () => {
    const limits = new LoginLimits(() => nowMs);
    expect(begin(limits, 100, () => 'a', 'x')).toBe(TRIES_PER_ADDRESS);
    expect(limits.begin('a', 'admin')).toBeUndefined();
    expect(limits.begin('b', 'admin')).toBeDefined();
    nowMs += 60_001;
    expect(limits.begin('a', 'admin')).toBeDefined();
  });

  it('slows down guesses for one user from many addresses, and locks out neither others nor that user', () => {
    const limits = new LoginLimits(() => nowMs);
    limits.begin('home', 'admin')?.succeeded();
    expect(begin(limits, 100, (n) => `bot ${n}`)).toBe(TRIES_PER_USER);
    expect(limits.begin('home', 'admin')).toBeDefined();
    expect(limits.begin('bot 101', 'ann')).toBeDefined();
  });

  it('does not count what was right', () => {
    const limits = new LoginLimits(() => nowMs);
    for (let times = 0; times < 100; times++) limits.begin('a', 'admin')?.succeeded();
    expect(begin(limits, 100, () => 'a')).toBe(TRIES_PER_ADDRESS);
  });

  it('lets a right login of the same address forgive no guesses', () => {
    const limits = new LoginLimits(() => nowMs);
    expect(begin(limits, TRIES_PER_ADDRESS - 1, () => 'a')).toBe(TRIES_PER_ADDRESS - 1);
    limits.begin('a', 'mallory')?.succeeded();
    expect(begin(limits, 100, () => 'a')).toBe(1);
  });

  it('remembers whom it slows down, whatever number of strangers come', () => {
    const limits = new LoginLimits(() => nowMs);
    begin(limits, TRIES_PER_ADDRESS, () => 'a');
    for (let n = 0; n < 9000; n++) limits.begin(`b${n}`, `user ${n}`);
    expect(limits.begin('a', 'x')).toBeUndefined();
  });
});

describe('Gate', () => {
  it('gives a session that lasts half a day and can be ended', async () => {
    const { gate, sessions, clock } = identity;
    const [one, two] = [await loggedIn(here), await loggedIn(there)];
    expect(gate.callerOfSession(one.token, here)).toMatchObject({ kind: 'session', name: 'admin' });
    expect(sessions.all().map(({ address }) => address)).toEqual([here.address, there.address]);
    sessions.end(one.session.id);
    expect(gate.callerOfSession(one.token, here)).toBeUndefined();
    expect(await gate.callerOfBearer(two.token, there)).toMatchObject({ name: 'admin' });
    clock.advance(12 * 3600 * 1000 + 1);
    expect(gate.callerOfSession(two.token, here)).toBeUndefined();
  });

  it('knows its sessions after a restart', async () => {
    const { token } = await loggedIn();
    await identity.sessions.close();
    const { tables, clock, state } = identity;
    const next = await testIdentity({ tables, clock, sessions: state.sessions });
    expect(next.gate.callerOfSession(token, here)).toBeDefined();
    const none = await testIdentity({ tables, clock });
    expect(none.gate.callerOfSession(token, here)).toBeUndefined();
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, 'WRONG_PASSWORD'],
    ['nobody', { user: 'nobody' }, 'WRONG_PASSWORD'],
  ])('refuses %s', async (_, request, code) => {
    expect(await logIn(here, request)).toEqual({ ok: false, code });
    expect(identity.sessions.all()).toEqual([]);
  });

  it('lets people in without the database', async () => {
    const tables = new TestTables();
    tables.isAway = true;
    identity = await testIdentity({ tables });
    expect((await logIn()).ok).toBe(true);
  });

  it('ends the sessions and temporary keys of a user who is disabled or has a new password', async () => {
    const { gate, accounts, sessions, clock } = identity;
    const rights = { grants: [{ role: 'operator' as const, resources: ['*'] }], statements: [] };
    const ann = await accounts.create({ name: 'ann', password: PASSWORD, ...rights }, OWNER);
    const { token } = await loggedIn(here, { user: 'ann', password: PASSWORD });
    const caller = gate.callerOfSession(token, here)!;
    const temporary = gate.temporaryKey(caller, [], 60).token;
    expect(await gate.callerOfBearer(temporary, here)).toBeDefined();
    clock.advance(1);
    await accounts.change(ann.id, { password: `${PASSWORD} new` }, OWNER);
    expect(gate.callerOfSession(token, here)).toBeUndefined();
    expect(await gate.callerOfBearer(temporary, here)).toBeUndefined();
    expect((await logIn(here, { user: 'ann', password: PASSWORD })).ok).toBe(false);
    const next = await loggedIn(here, { user: 'ann', password: `${PASSWORD} new` });
    await accounts.change(ann.id, { isEnabled: false }, OWNER);
    expect(gate.callerOfSession(next.token, here)).toBeUndefined();
    expect((await logIn(here, { user: 'ann', password: `${PASSWORD} new` })).ok).toBe(false);
    gate.sweep();
    expect(sessions.all()).toEqual([]);
  });

  it('takes many requests at once with the password of admin for one try, and lapsed tokens for none', async () => {
    const { gate, directory, clock } = identity;
    const at = (times: number, bearer: string) =>
      Promise.all(Array.from({ length: times }, () => gate.callerOfBearer(bearer, there)));
    expect((await at(50, ADMIN_PASSWORD)).every((caller) => caller?.name === 'admin')).toBe(true);
    const userId = directory.userNamed('admin')!.id;
    const old = signToken({ typ: 'session', sid: 's', sub: userId }, KEY, clock.wallMs() - 100_000, 60);
    await at(50, old);
    expect((await logIn(there)).ok).toBe(true);
  });

  it('takes the password of admin from programs, until there is a second factor', async () => {
    const { gate, secondFactor, directory, clock } = identity;
    expect(await gate.callerOfBearer(ADMIN_PASSWORD, here)).toMatchObject({ kind: 'password', name: 'admin' });
    expect(await gate.callerOfBearer('wrong', here)).toBeUndefined();
    const admin = directory.userNamed('admin')!;
    const { secret } = secondFactor.begin(admin);
    await secondFactor.confirm(admin.id, totpCode(secret, totpStep(clock.wallMs())));
    expect(await gate.callerOfBearer(ADMIN_PASSWORD, here)).toBeUndefined();
    expect(await logIn()).toEqual({ ok: false, code: 'TOTP_MISSING' });
    expect(await logIn(here, { code: '000000' })).toEqual({ ok: false, code: 'TOTP_WRONG' });
    clock.advance(30_000);
    expect((await logIn(here, { code: totpCode(secret, totpStep(clock.wallMs())) })).ok).toBe(true);
  });

  it('lets nobody whose role needs a second factor do anything before there is one', async () => {
    identity = await testIdentity({ totpRoles: ['admin'] });
    const { gate, accounts, directory } = identity;
    const { token } = await loggedIn();
    const caller = gate.callerOfSession(token, here)!;
    expect(caller.may('streams:read', SERVER)).toMatchObject({ allowed: false, code: 'TOTP_REQUIRED' });
    expect(caller.mayAnywhere('streams:read').allowed).toBe(false);
    expect(caller.covers([])).toBe(false);
    const { key, secret } = await accounts.makeKey(directory.userNamed('admin')!.id, '', OWNER);
    expect(gate.callerOfKey(key.id, secret, here)?.may('streams:read', SERVER).allowed).toBe(true);
  });

  it('knows a program by its access key, and when it came last', async () => {
    const { gate, accounts, directory, clock } = identity;
    const { key, secret } = await accounts.makeKey(directory.userNamed('admin')!.id, '', OWNER);
    expect(gate.callerOfKey(key.id, secret, here)).toMatchObject({ kind: 'access-key', keyId: key.id, name: 'admin' });
    expect(directory.key(key.id)?.lastUsedAt?.getTime()).toBe(clock.wallMs());
    for (const wrong of ['', `${secret}0`, secret.toLowerCase()]) {
      expect(gate.callerOfKey(key.id, wrong, here)).toBeUndefined();
    }
    expect(gate.callerOfKey('HW0', secret, here)).toBeUndefined();
    await accounts.removeKey(key.id, OWNER);
    expect(gate.callerOfKey(key.id, secret, here)).toBeUndefined();
  });

  it('makes temporary keys that allow no more than their maker and their policy, for their time', async () => {
    const { gate, accounts, clock } = identity;
    const rights = { grants: [{ role: 'monitor' as const, resources: ['*'] }], statements: [] };
    const ann = await accounts.create({ name: 'ann', ...rights }, OWNER);
    const { key, secret } = await accounts.makeKey(ann.id, '', OWNER);
    const maker = gate.callerOfKey(key.id, secret, here)!;
    const narrow: Policy = [{ effect: 'allow', actions: ['streams:read', 'streams:kick'], resources: ['app/a/live'] }];
    const { token, endsMs } = gate.temporaryKey(maker, narrow, 600);
    const caller = (await gate.callerOfBearer(token, here))!;
    const on = (domain: string) => ({ kind: 'app' as const, domain, app: 'live' });
    expect(caller.kind).toBe('temporary-key');
    expect(caller.may('streams:read', on('a')).allowed).toBe(true);
    expect(caller.may('streams:read', on('b')).allowed).toBe(false);
    expect(caller.may('streams:kick', on('a')).allowed).toBe(false);
    expect(gate.callerOfSession(token, here)).toBeUndefined();
    await accounts.change(ann.id, { grants: [] }, OWNER);
    expect((await gate.callerOfBearer(token, here))?.may('streams:read', on('a')).allowed).toBe(false);
    await accounts.removeKey(key.id, OWNER);
    expect(await gate.callerOfBearer(token, here)).toBeUndefined();
    const long = gate.temporaryKey(maker, narrow, 1e9);
    expect(long.endsMs - clock.wallMs()).toBeLessThanOrEqual(36 * 3600 * 1000);
    clock.advance(endsMs - clock.wallMs() + 1);
    expect(await gate.callerOfBearer(token, here)).toBeUndefined();
  });

  it('lets the owner of the machine do everything, whatever the clocks say', async () => {
    const { gate } = identity;
    expect((await gate.callerOfBearer(ownerToken(KEY), here))?.may('backup:read', SERVER).allowed).toBe(true);
    expect(await gate.callerOfBearer(ownerToken('another key'), here)).toBeUndefined();
    expect(gate.callerOfSession(ownerToken(KEY), here)).toBeUndefined();
  });
});

describe('readToken', () => {
  const wallMs = Date.UTC(2026, 0, 1);
  const token = signToken(SESSION, KEY, wallMs, 60);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [header = '', body = '', signature = ''] = token.split('.');
  it.each([
    ['another key', signToken(SESSION, 'another-key-of-the-test', wallMs, 60)],
    ['no signature', `${part({ alg: 'none', typ: 'JWT' })}.${part({ ...SESSION, iat: 1, exp: 9_999_999_999 })}.`],
    ['another body', `${header}.${part({ ...SESSION, iat: 1, exp: 9_999_999_999 })}.${signature}`],
    ['no body of ours', signToken({ typ: 'admin' } as never, KEY, wallMs, 60)],
    ['an old one', signToken(SESSION, KEY, wallMs - 61_000, 60)],
    ['something else', 'x.y.z'],
    ['a cut one', `${header}.${body}`],
  ])('takes not %s', (_, text) => {
    expect(readToken(text, KEY, wallMs)).toBeUndefined();
    expect(readToken(token, KEY, wallMs)).toMatchObject({ typ: 'session', sid: 's' });
  });
});
