import { beforeEach, describe, expect, it } from 'vitest';
import { totpCode, totpStep } from '../credentials/index.ts';
import { covers, type Policy } from '../policy/index.ts';
import { ADMIN_PASSWORD, type TestIdentity, TestTables, testIdentity } from '../test-identity.ts';
import { OWNER } from './accounts.ts';
import { type Giver, rightsOf, type User } from './user.ts';

const PASSWORD = 'correct horse battery';
const code = (code: string) => expect.objectContaining({ code });
const operator = { grants: [{ role: 'operator', resources: ['*'] }], statements: [] } as const;
const rights = { grants: [{ role: 'operator' as const, resources: ['*'] }], statements: [] };

let identity: TestIdentity;
let admin: User;

beforeEach(async () => {
  identity = await testIdentity();
  admin = identity.directory.userNamed('admin')!;
});

const giver = (user: User): Giver => ({ covers: (policy: Policy) => covers(rightsOf(user).policy, policy) });

describe('Accounts', () => {
  it('makes users, each name once, with no weak password', async () => {
    const { accounts, directory } = identity;
    const user = await accounts.create({ name: 'ann', password: PASSWORD, ...rights }, OWNER);
    expect(directory.userNamed('ann')).toEqual(user);
    expect(JSON.stringify(directory.users())).not.toContain(PASSWORD);
    const again = accounts.create({ name: 'ann', password: PASSWORD, ...rights }, OWNER);
    await expect(again).rejects.toThrow(code('NAME_TAKEN'));
    const weak = accounts.create({ name: 'bob', password: 'short', ...rights }, OWNER);
    await expect(weak).rejects.toThrow(code('PASSWORD_WEAK'));
    const both = ['carl', 'carl'].map((name) => accounts.create({ name, ...rights }, OWNER));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('lets nobody give, take away or take over more than they have', async () => {
    const { accounts } = identity;
    const statement = { effect: 'allow' as const, actions: ['users:*' as const, 'keys:*' as const], resources: ['*'] };
    const ann = await accounts.create({ name: 'ann', ...rights, statements: [statement] }, OWNER);
    const by = giver(ann);
    const refused = code('NOT_YOURS_TO_GIVE');
    const everything = { grants: [{ role: 'admin' as const, resources: ['*'] }], statements: [] };
    await expect(accounts.create({ name: 'bob', ...everything }, by)).rejects.toThrow(refused);
    await expect(accounts.change(ann.id, everything, by)).rejects.toThrow(refused);
    await expect(accounts.change(admin.id, { password: PASSWORD }, by)).rejects.toThrow(refused);
    await expect(accounts.change(admin.id, { withoutTotp: true }, by)).rejects.toThrow(refused);
    await expect(accounts.remove(admin.id, by)).rejects.toThrow(refused);
    await expect(accounts.makeKey(admin.id, '', by)).rejects.toThrow(refused);
    const bob = await accounts.create({ name: 'bob', ...rights }, by);
    expect((await accounts.change(bob.id, { isEnabled: false }, by)).isEnabled).toBe(false);
  });

  it('makes the users those of a list, all or none, and keeps passwords and factors of those who stay', async () => {
    const { accounts, directory, tables } = identity;
    const ann = await accounts.create({ name: 'ann', password: PASSWORD, ...rights }, OWNER);
    const bob = await accounts.create({ name: 'bob', ...rights }, OWNER);
    await accounts.makeKey(bob.id, '', OWNER);
    const everything = { grants: [{ role: 'admin' as const, resources: ['*'] }], statements: [], isEnabled: true };
    const wanted = [
      { name: 'carl', ...rights, isEnabled: true },
      { name: 'ann', ...everything },
      { name: 'admin', ...everything },
    ];
    const present = directory.users();
    const names = () =>
      directory
        .users()
        .map(({ name }) => name)
        .toSorted();
    const store = async (_: unknown, write: () => Promise<void>) => {
      await write();
      return true;
    };
    const refused = accounts.replaceAll(wanted, giver(bob), store);
    await expect(refused).rejects.toThrow(code('NOT_YOURS_TO_GIVE'));
    const last = accounts.replaceAll([{ name: 'carl', ...everything }], OWNER, store);
    await expect(last).rejects.toThrow(code('LAST_ADMIN'));
    const waiting = await accounts.replaceAll(wanted, OWNER, async () => false);
    expect([waiting, directory.users()]).toEqual([[], present]);
    const failed = accounts.replaceAll(wanted, OWNER, async () => Promise.reject(new Error('no')));
    await expect(failed).rejects.toThrow('no');
    expect(directory.users()).toEqual(present);
    const steps = await accounts.replaceAll(wanted, OWNER, store);
    expect(steps.map(({ name }) => name)).toEqual(['ann', 'bob', 'carl']);
    expect([names(), directory.keys()]).toEqual([['admin', 'ann', 'carl'], []]);
    expect(directory.userNamed('ann')).toEqual({ ...ann, ...everything });
    expect(directory.userNamed('carl')?.passwordHash).toBeNull();
    expect(tables.identity.users.map(({ name }) => name).toSorted()).toEqual(names());
    expect(await accounts.replaceAll(wanted, OWNER, store)).toEqual([]);
  });

  it('keeps one administrator with a password', async () => {
    const { accounts } = identity;
    const last = code('LAST_ADMIN');
    await expect(accounts.remove(admin.id, OWNER)).rejects.toThrow(last);
    await expect(accounts.change(admin.id, { isEnabled: false }, OWNER)).rejects.toThrow(last);
    await expect(accounts.change(admin.id, { grants: rights.grants }, OWNER)).rejects.toThrow(last);
    const denial = { effect: 'deny' as const, actions: ['audit:read' as const], resources: ['*'] };
    await expect(accounts.change(admin.id, { statements: [denial] }, OWNER)).rejects.toThrow(last);
    await accounts.create(
      { name: 'second', password: PASSWORD, grants: [{ role: 'admin', resources: ['*'] }], statements: [] },
      OWNER,
    );
    expect((await accounts.remove(admin.id, OWNER)).name).toBe('admin');
  });

  it('gives a user two access keys at once, each secret once', async () => {
    const { accounts, directory } = identity;
    const first = await accounts.makeKey(admin.id, 'first', OWNER);
    const second = await accounts.makeKey(admin.id, 'second', OWNER);
    expect(first.secret).toMatch(/^[0-9A-Za-z]{32}$/);
    expect(JSON.stringify(directory.keys())).not.toContain(first.secret);
    await expect(accounts.makeKey(admin.id, 'third', OWNER)).rejects.toThrow(code('LIMIT'));
    await accounts.removeKey(first.key.id, OWNER);
    const third = await accounts.makeKey(admin.id, 'third', OWNER);
    expect(directory.keys().map(({ id }) => id)).toEqual([second.key.id, third.key.id]);
    await expect(accounts.removeKey(first.key.id, OWNER)).rejects.toThrow(code('KEY_NOT_FOUND'));
  });

  it('changes a password of one who knows the present one', async () => {
    const { accounts, directory } = identity;
    const ann = await accounts.create({ name: 'ann', password: PASSWORD, ...rights }, OWNER);
    const wrong = accounts.changeOwnPassword(ann.id, 'something else', 'another long one');
    await expect(wrong).rejects.toThrow(code('WRONG_PASSWORD'));
    await expect(accounts.changeOwnPassword(ann.id, PASSWORD, 'short')).rejects.toThrow(code('PASSWORD_WEAK'));
    await accounts.changeOwnPassword(ann.id, PASSWORD, 'another long one');
    expect(directory.user(ann.id)?.passwordHash).not.toBe(ann.passwordHash);
  });
});

describe('rightsOf', () => {
  it('are none where a part of them is not known here', () => {
    const known: User = { ...admin, ...operator };
    expect(rightsOf(known).policy).toHaveLength(1);
    const newer = { ...known, statements: [{ effect: 'deny', actions: ['moon:fly'], resources: ['*'] }] };
    expect(rightsOf(newer)).toEqual({ policy: [], roles: [] });
  });
});

describe('SecondFactor', () => {
  it('counts once it is confirmed, and takes each code once', async () => {
    const { secondFactor, directory, clock } = identity;
    const { secret } = secondFactor.begin(admin);
    const now = () => totpCode(secret, totpStep(clock.wallMs()));
    expect(directory.user(admin.id)?.totpSecret).toBeNull();
    await expect(secondFactor.confirm(admin.id, '000000')).rejects.toThrow(code('TOTP_WRONG'));
    const used = now();
    const recovery = await secondFactor.confirm(admin.id, used);
    const user = directory.user(admin.id)!;
    expect(JSON.stringify(user)).not.toContain(secret);
    expect(JSON.stringify(user)).not.toContain(recovery[0]);
    expect(await secondFactor.takes(user, used)).toBe(false);
    clock.advance(30_000);
    expect(await secondFactor.takes(user, now())).toBe(true);
    expect(await secondFactor.takes(user, now())).toBe(false);
    // Another node, or this one after a restart.
    const other = await testIdentity({ tables: identity.tables, clock });
    expect(await other.secondFactor.takes(user, now())).toBe(false);
    expect(await secondFactor.takes(user, recovery[3]!)).toBe(true);
    expect(await secondFactor.takes(user, recovery[3]!)).toBe(false);
    expect(directory.user(admin.id)?.recoveryHashes).toHaveLength(9);
    await expect(secondFactor.confirm(admin.id, now())).rejects.toThrow(code('TOTP_NOT_BEGUN'));
    expect(() => secondFactor.begin(directory.user(admin.id)!)).toThrow(code('TOTP_ALREADY'));
  });

  it('strikes a recovery code out once, however many use it at once', async () => {
    const { secondFactor, directory, clock } = identity;
    const { secret } = secondFactor.begin(admin);
    const [recovery = ''] = await secondFactor.confirm(admin.id, totpCode(secret, totpStep(clock.wallMs())));
    const user = directory.user(admin.id)!;
    const results = await Promise.all([1, 2, 3].map(() => secondFactor.takes(user, recovery)));
    expect(results).toEqual([true, false, false]);
  });
});

describe('Directory', () => {
  it('makes an administrator where there is nobody, and never again', async () => {
    const { tables } = identity;
    expect(tables.identity.users.map(({ name }) => name)).toEqual(['admin']);
    const again = await testIdentity({ tables });
    expect(again.directory.users()).toEqual(identity.directory.users());
  });

  it('starts without the database from what was kept, changes nothing then, and takes what has changed when it is back', async () => {
    const { tables, accounts, state } = identity;
    await accounts.create({ name: 'ann', password: PASSWORD, ...rights }, OWNER);
    tables.isAway = true;
    const later = await testIdentity({ tables, kept: state.kept! });
    expect(later.directory.users().map(({ name }) => name)).toEqual(['admin', 'ann']);
    await expect(later.accounts.create({ name: 'bob', ...rights }, OWNER)).rejects.toThrow('not available');
    expect(later.directory.userNamed('bob')).toBeUndefined();
    tables.identity = { ...tables.identity, users: tables.identity.users.filter(({ name }) => name === 'admin') };
    tables.back();
    await later.directory.refresh();
    expect(later.directory.users().map(({ name }) => name)).toEqual(['admin']);
    expect(later.state.kept?.users).toHaveLength(1);
  });

  it('gives its first user to a database that comes later and has none', async () => {
    const tables = new TestTables();
    tables.isAway = true;
    const { directory } = await testIdentity({ tables });
    const [made] = directory.users();
    tables.back();
    await directory.refresh();
    expect(tables.identity.users).toEqual([made]);
  });

  it.each([
    ['at once', false],
    ['that comes later', true],
  ])('has the password that a first start shows count in a database with users %s', async (_, isAway) => {
    const { tables, accounts } = identity;
    const { id, createdAt } = admin;
    await accounts.change(id, { password: PASSWORD }, OWNER);
    tables.isAway = isAway;
    const next = await testIdentity({ tables, isFirstStart: true });
    expect(next.directory.users()).toHaveLength(1);
    tables.back();
    await next.directory.refresh();
    expect(next.directory.users()).toMatchObject([{ id, createdAt }]);
    const logIn = (password: string) =>
      next.gate.logIn({ user: 'admin', password }, { address: '203.0.113.1', agent: '' });
    expect([(await logIn(ADMIN_PASSWORD)).ok, (await logIn(PASSWORD)).ok]).toEqual([true, false]);
    await next.accounts.change(id, { password: PASSWORD }, OWNER);
    await next.directory.refresh();
    expect((await logIn(PASSWORD)).ok).toBe(true);
  });

  it('hears of what another node changes', async () => {
    const other = await testIdentity({ tables: identity.tables });
    const ann = await identity.accounts.create({ name: 'ann', ...rights }, OWNER);
    await other.directory.refresh();
    expect(other.directory.user(ann.id)).toEqual(ann);
  });
});
