import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Passwords, totpCode, totpStep } from '../../../src/identity/credentials/index.ts';
import {
  Accounts,
  Directory,
  firstAdministrator,
  listedUser,
  OWNER,
  SecondFactor,
} from '../../../src/identity/index.ts';
import {
  backup,
  IdentityTables,
  keyPlace,
  openStore,
  RuleApprovals,
  RuleRevisions,
  readIdentity,
  SecretBox,
  type Store,
  type Transaction,
  totpPlace,
  writeIdentity,
} from '../../../src/store/index.ts';
import { dataFolder, memoryLog, type SystemPostgres, startSystemPostgres, until } from './helpers.ts';

const PASSWORD = 'correct horse battery';
const rights = { grants: [{ role: 'monitor' as const, resources: ['domain/a'] }], statements: [] };
const nodes = [dataFolder(), dataFolder()] as const;
const log = memoryLog();
const passwords = new Passwords({ log2N: 4, p: 1 });
const [oldKey, newKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
let system: SystemPostgres;
let stores: readonly [Store, Store];
let tables: readonly [IdentityTables, IdentityTables];
let directories: readonly [Directory, Directory];

async function openDirectory(store: Store, own: IdentityTables, dataDir: string): Promise<Directory> {
  return Directory.open({
    store: own,
    kept: await readIdentity(dataDir),
    keep: (identity) => writeIdentity(dataDir, identity),
    first: () => firstAdministrator(PASSWORD, passwords, Date.now()),
    isFirstStart: false,
    isReady: () => store.state.kind === 'ready',
    wallMs: Date.now,
    onFailure: (error) => log.error({ error }, 'failed'),
  });
}

beforeAll(async () => {
  system = await startSystemPostgres();
  const open = (dataDir: string) => openStore({ dataDir, log, databaseUrl: system.url, waitMs: 60_000 });
  stores = [await open(nodes[0].path), await open(nodes[1].path)];
  tables = [new IdentityTables({ store: stores[0], log }), new IdentityTables({ store: stores[1], log })];
  directories = [
    await openDirectory(stores[0], tables[0], nodes[0].path),
    await openDirectory(stores[1], tables[1], nodes[1].path),
  ];
});
afterAll(async () => {
  for (const directory of directories ?? []) await directory.close();
  for (const store of stores ?? []) await store.close();
  system?.remove();
  for (const node of nodes) node.remove();
});

describe('users and keys in the database', () => {
  it('are of one administrator for all nodes at first', async () => {
    expect(directories[1].users()).toEqual(directories[0].users());
    expect(directories[0].users()).toHaveLength(1);
    expect(await tables[0].seed({ users: [...directories[0].users()], keys: [] })).toBe(false);
  });

  it('are changed with a revision of the rules, or not at all', async () => {
    const [store] = stores;
    const box = new SecretBox([oldKey]);
    const accounts = new Accounts({ directory: directories[0], passwords, box, wallMs: Date.now });
    const revisions = new RuleRevisions({ store, log, box, secretsOf: () => [] });
    const present = directories[0].users().map(listedUser);
    const wanted = [...present, { name: 'with-rules', ...rights, isEnabled: true }];
    const change = (fails: boolean) =>
      accounts.replaceAll(wanted, OWNER, async (_steps, write) => {
        const also = async (within: Transaction) => {
          await write(within);
          if (fails) throw new Error('the disk is full');
        };
        await revisions.append({ domains: [] }, { author: 'test', expectedNumber: 0, also });
        return true;
      });
    await expect(change(true)).rejects.toThrow('the disk is full');
    expect([await revisions.latest(), (await tables[0].load()).users]).toMatchObject([undefined, [{ name: 'admin' }]]);
    expect(directories[0].userNamed('with-rules')).toBeUndefined();
    await change(false);
    expect((await revisions.latest())?.number).toBe(1);
    await until(() => directories[1].userNamed('with-rules') !== undefined);
    await accounts.replaceAll(present, OWNER, async (_steps, write) => {
      await write();
      return true;
    });
    await until(() => directories[1].userNamed('with-rules') === undefined);
  });

  it('reach the other node, and come back as they were written', async () => {
    const accounts = new Accounts({
      directory: directories[0],
      passwords,
      box: new SecretBox([oldKey]),
      wallMs: Date.now,
    });
    const ann = await accounts.create({ name: 'ann', password: PASSWORD, ...rights }, OWNER);
    const { key } = await accounts.makeKey(ann.id, 'for the test', OWNER);
    await until(() => directories[1].key(key.id) !== undefined);
    expect([directories[1].user(ann.id), directories[1].key(key.id)]).toEqual([ann, key]);
    const known = { users: directories[1].users(), keys: directories[1].keys() };
    // It is written after it is known.
    await until(async () => isDeepStrictEqual(await readIdentity(nodes[1].path), known));
    await accounts.change(ann.id, { isEnabled: false }, OWNER);
    await until(() => directories[1].user(ann.id)?.isEnabled === false);
    directories[0].keyUsed(key.id);
    await until(async () => (await tables[1].load()).keys[0]?.lastUsedAt !== null);
    await accounts.remove(ann.id, OWNER);
    await until(() => directories[1].user(ann.id) === undefined);
    expect((await tables[0].load()).keys).toEqual([]);
  });

  it('hold no secret in clear, in a dump or in the file, and can be sealed with another master key', async () => {
    const box = new SecretBox([oldKey]);
    const accounts = new Accounts({ directory: directories[0], passwords, box, wallMs: Date.now });
    const factor = new SecondFactor({ directory: directories[0], box, wallMs: Date.now, takeOnce: async () => true });
    const bob = await accounts.create({ name: 'bob', password: PASSWORD, ...rights }, OWNER);
    const { key, secret } = await accounts.makeKey(bob.id, '', OWNER);
    const { secret: totp } = factor.begin(bob);
    const recovery = await factor.confirm(bob.id, totpCode(totp, totpStep(Date.now())));
    const secrets = [PASSWORD, secret, totp, ...recovery];
    const dump = async () => {
      const out = new PassThrough();
      const [bytes] = await Promise.all([buffer(out), backup(stores[0], out)]);
      return gunzipSync(bytes).toString();
    };
    const before = await dump();
    expect(before).toContain('"name":"bob"');
    for (const each of secrets) expect(before).not.toContain(each);
    const file = readFileSync(join(nodes[0].path, 'identity.json'), 'utf8');
    expect(file).toContain('"bob"');
    for (const each of secrets) expect(file).not.toContain(each);

    const both = new SecretBox([newKey, oldKey]);
    expect(await tables[1].reseal((sealed, place) => both.reseal(sealed, place))).toBe(2);
    const { users, keys } = await tables[0].load();
    const alone = new SecretBox([newKey]);
    expect(alone.open(keys.find(({ id }) => id === key.id)!.sealedSecret, keyPlace(key.id))).toBe(secret);
    expect(alone.open(users.find(({ id }) => id === bob.id)!.totpSecret!, totpPlace(bob.id))).toBe(totp);
    for (const each of secrets) expect(await dump()).not.toContain(each);
    const broken = tables[1].reseal((sealed, place) => new SecretBox([oldKey]).reseal(sealed, place));
    await expect(broken).rejects.toMatchObject({ code: 'MASTER_KEY_UNKNOWN' });
    expect((await tables[0].load()).keys).toEqual(keys);
  });
});

describe('approvals in the database', () => {
  it('are removed 90 days after they were decided on, or expired', async () => {
    const approvals = new RuleApprovals({ store: stores[0], box: new SecretBox([oldKey]) });
    const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
    const add = async (reason: string, createdDays: number, decidedDays?: number) => {
      const decided = { decidedBy: decidedDays === undefined ? null : 'ann', revision: null };
      await approvals.add({
        ...{ id: randomUUID(), reason, author: 'eve', authorId: 'eve', risks: ['keys'], changes: [], ...decided },
        state: decidedDays === undefined ? 'pending' : 'rejected',
        ...{ createdAt: ago(createdDays), expiresAt: ago(createdDays - 7) },
        decidedAt: decidedDays === undefined ? null : ago(decidedDays),
      });
    };
    await add('waits', 1);
    await add('expired lately', 96);
    await add('expired long ago', 98);
    await add('decided lately', 96, 89);
    await add('decided long ago', 95, 91);
    expect(await approvals.prune()).toBe(2);
    const left = (await approvals.list(10)).map(({ reason }) => reason);
    expect(left.toSorted()).toEqual(['decided lately', 'expired lately', 'waits']);
    expect(await approvals.prune()).toBe(0);
  });
});
