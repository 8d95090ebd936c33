import { TestClock } from '../live/test-clock.ts';
import type { StoredIdentity } from '../store/index.ts';
import { SecretBox } from '../store/index.ts';
import { Passwords } from './credentials/index.ts';
import { Gate, type LoginSession, Sessions } from './login/index.ts';
import type { Role } from './policy/index.ts';
import { Accounts, Directory, firstAdministrator, type IdentityStore, SecondFactor } from './users/index.ts';

export const ADMIN_PASSWORD = 'a-password-of-the-test';

/** Tables in memory, of one or more nodes; `isAway` is a database that is not there. */
export class TestTables implements IdentityStore {
  isAway = false;
  identity: StoredIdentity = { users: [], keys: [] };
  readonly taken = new Set<string>();
  readonly #callbacks = new Set<() => void>();

  async load() {
    this.#ask();
    return this.identity;
  }

  async seed(identity: StoredIdentity) {
    this.#ask();
    if (this.identity.users.length > 0) return false;
    this.#set(identity);
    return true;
  }

  async putUser(user: StoredIdentity['users'][number]) {
    this.#ask();
    const { users, keys } = this.identity;
    this.#set({ users: [...users.filter(({ id }) => id !== user.id), user], keys });
  }

  async removeUser(id: string) {
    this.#ask();
    const { users, keys } = this.identity;
    this.#set({ users: users.filter((user) => user.id !== id), keys: keys.filter(({ userId }) => userId !== id) });
  }

  async changeUsers(put: readonly StoredIdentity['users'][number][], removedIds: readonly string[]) {
    this.#ask();
    const gone = new Set([...removedIds, ...put.map(({ id }) => id)]);
    const { users, keys } = this.identity;
    this.#set({
      users: [...users.filter(({ id }) => !gone.has(id)), ...put],
      keys: keys.filter(({ userId }) => !removedIds.includes(userId)),
    });
  }

  async putKey(key: StoredIdentity['keys'][number]) {
    this.#ask();
    this.#set({ ...this.identity, keys: [...this.identity.keys.filter(({ id }) => id !== key.id), key] });
  }

  async removeKey(id: string) {
    this.#ask();
    this.#set({ ...this.identity, keys: this.identity.keys.filter((key) => key.id !== id) });
  }

  async keyUsed() {
    this.#ask();
  }

  onChange(callback: () => void) {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  /** The database is there again. */
  back(): void {
    this.isAway = false;
    for (const callback of this.#callbacks) callback();
  }

  #ask(): void {
    if (this.isAway) throw new Error('the database is not available');
  }

  #set(identity: StoredIdentity): void {
    this.identity = identity;
    for (const callback of this.#callbacks) callback();
  }
}

/** All of this folder put together, with a cheap hash. */
export async function testIdentity(
  options: {
    readonly tables?: TestTables;
    readonly kept?: StoredIdentity;
    readonly isFirstStart?: boolean;
    readonly sessions?: readonly LoginSession[];
    readonly totpRoles?: readonly Role[];
    readonly clock?: TestClock;
  } = {},
) {
  const { tables = new TestTables(), clock = new TestClock() } = options;
  const passwords = new Passwords({ log2N: 4, p: 1 });
  const box = new SecretBox([Buffer.alloc(32, 7)]);
  const wallMs = () => clock.wallMs();
  const state = { kept: options.kept, sessions: options.sessions ?? [], failures: [] as unknown[] };
  const onFailure = (error: unknown) => void state.failures.push(error);
  const directory = await Directory.open({
    store: tables,
    kept: options.kept,
    keep: async (identity) => {
      state.kept = identity;
    },
    first: () => firstAdministrator(ADMIN_PASSWORD, passwords, wallMs()),
    isFirstStart: options.isFirstStart ?? false,
    isReady: () => !tables.isAway,
    wallMs,
    onFailure,
  });
  const sessions = new Sessions({
    wallMs,
    sessions: state.sessions,
    keep: async (all) => {
      state.sessions = all;
    },
    onFailure,
  });
  const takeOnce = async (name: string) => !tables.taken.has(name) && tables.taken.add(name).size > 0;
  const secondFactor = new SecondFactor({ directory, box, wallMs, takeOnce });
  const accounts = new Accounts({ directory, passwords, box, wallMs });
  const gate = new Gate({
    ...{ directory, passwords, secondFactor, sessions, box, wallMs },
    jwtKey: 'a-key-of-the-test-that-is-long-enough',
    totpRoles: options.totpRoles ?? [],
    groupOf: (address) => address,
    nowMs: () => clock.nowMs(),
  });
  return { tables, clock, state, directory, sessions, secondFactor, accounts, gate };
}

export type TestIdentity = Awaited<ReturnType<typeof testIdentity>>;
