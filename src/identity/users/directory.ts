import type { StoredIdentity, Transaction } from '../../store/index.ts';
import type { AccessKey, User } from './user.ts';
import { afterSteps, type UserStep } from './user-list.ts';

/** How long a key's last use need not be written down again. */
const USE_WORTH_MS = 600_000;

/** The tables of users and keys. */
export interface IdentityStore {
  load(): Promise<StoredIdentity>;
  /** False where there is somebody already. */
  seed(identity: StoredIdentity): Promise<boolean>;
  putUser(user: User): Promise<void>;
  removeUser(id: string): Promise<void>;
  /** All or none, within the transaction where there is one. */
  changeUsers(put: readonly User[], removedIds: readonly string[], within?: Transaction): Promise<void>;
  putKey(key: AccessKey): Promise<void>;
  removeKey(id: string): Promise<void>;
  keyUsed(id: string, at: Date): Promise<void>;
  /** Calls back when there is something to load. */
  onChange(callback: () => void): () => void;
}

/**
 * Stores changes by calling `write`, within a transaction of its own or the one that is given; false where it did not,
 * as they must wait.
 */
export type StoreSteps = (
  steps: readonly UserStep[],
  write: (within?: Transaction) => Promise<void>,
) => Promise<boolean>;

export type DirectoryOptions = {
  readonly store: IdentityStore;
  /** What was kept at this node; undefined at its first start. */
  readonly kept: StoredIdentity | undefined;
  /** Keeps all of it, for a start without the database. */
  readonly keep: (identity: StoredIdentity) => Promise<void>;
  /** The first user, asked for only where there is none, or with `isFirstStart`. */
  readonly first: () => Promise<User>;
  /** This start made secrets and shows the first user's password, so that it counts in a database with users, too. */
  readonly isFirstStart: boolean;
  /** Whether the database can be asked now. */
  readonly isReady: () => boolean;
  readonly wallMs: () => number;
  readonly onFailure: (error: unknown) => void;
};

/**
 * All users and access keys, in memory, so that logins need no database. The tables are the truth: changes go there
 * first, and those of other nodes come from there.
 */
export class Directory {
  readonly #options: DirectoryOptions;
  #users: ReadonlyMap<string, User> = new Map();
  #keys: ReadonlyMap<string, AccessKey> = new Map();
  /** Whose password was shown and is not known to be in the database yet. */
  #shown: User | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #stop: () => void = () => undefined;

  private constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  /** Takes what the tables have, or else what was kept, or else the first user. */
  static async open(options: DirectoryOptions): Promise<Directory> {
    const self = new Directory(options);
    if (options.kept !== undefined) self.#take(options.kept);
    if (options.isFirstStart) self.#shown = await options.first();
    if (options.isReady()) await self.refresh();
    if (self.#users.size === 0) {
      self.#take({ users: [self.#shown ?? (await options.first())], keys: [] });
      await self.#keep();
      if (options.isReady()) await self.refresh();
    }
    self.#stop = options.store.onChange(() => void self.refresh());
    return self;
  }

  users(): readonly User[] {
    return [...this.#users.values()];
  }

  user(id: string): User | undefined {
    return this.#users.get(id);
  }

  userNamed(name: string): User | undefined {
    return this.users().find((user) => user.name === name);
  }

  keys(): readonly AccessKey[] {
    return [...this.#keys.values()];
  }

  key(id: string): AccessKey | undefined {
    return this.#keys.get(id);
  }

  /**
   * A change that starts from what is there when its turn comes: `change` gives the user as it should be, or throws.
   * Resolved when it is in the database.
   */
  changeUser(id: string, change: (user: User | undefined) => User): Promise<User> {
    return this.#serial(async () => {
      const user = change(this.#users.get(id));
      await this.#options.store.putUser(user);
      await this.#taken({ users: [...this.users().filter((each) => each.id !== id), user], keys: this.keys() });
      return user;
    });
  }

  /** Changes of many that start from what is there when their turn comes; gives those that were made. */
  changeAll(plan: () => readonly UserStep[], store: StoreSteps): Promise<readonly UserStep[]> {
    return this.#serial(async () => {
      const steps = plan();
      const put = steps.flatMap(({ after }) => (after === undefined ? [] : [after]));
      const removed = new Set(steps.flatMap(({ before, after }) => (before && !after ? [before.id] : [])));
      const isStored = await store(steps, async (within) => {
        if (steps.length > 0) await this.#options.store.changeUsers(put, [...removed], within);
      });
      if (!isStored || steps.length === 0) return [];
      const keys = this.keys().filter(({ userId }) => !removed.has(userId));
      await this.#taken({ users: afterSteps(this.users(), steps), keys });
      return steps;
    });
  }

  /** `check` may throw. */
  removeUser(id: string, check: () => void): Promise<void> {
    return this.#serial(async () => {
      check();
      await this.#options.store.removeUser(id);
      await this.#taken({
        users: this.users().filter((user) => user.id !== id),
        keys: this.keys().filter(({ userId }) => userId !== id),
      });
    });
  }

  /** `check` may throw. */
  putKey(key: AccessKey, check: () => void): Promise<void> {
    return this.#serial(async () => {
      check();
      await this.#options.store.putKey(key);
      await this.#taken({ users: this.users(), keys: [...this.keys().filter(({ id }) => id !== key.id), key] });
    });
  }

  removeKey(id: string): Promise<void> {
    return this.#serial(async () => {
      await this.#options.store.removeKey(id);
      await this.#taken({ users: this.users(), keys: this.keys().filter((key) => key.id !== id) });
    });
  }

  /** Notes that a key was used, every ten minutes at most. */
  keyUsed(id: string): void {
    const key = this.#keys.get(id);
    const at = new Date(this.#options.wallMs());
    if (key === undefined || at.getTime() - (key.lastUsedAt?.getTime() ?? 0) < USE_WORTH_MS) return;
    this.#keys = new Map(this.#keys).set(id, { ...key, lastUsedAt: at });
    if (this.#options.isReady()) this.#options.store.keyUsed(id, at).catch(this.#options.onFailure);
  }

  /** Takes what the tables have now, or gives them what is here where they have nobody. */
  async refresh(): Promise<void> {
    await this.#serial(() => this.#load()).catch(this.#options.onFailure);
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#work;
  }

  async #load(): Promise<void> {
    const { store } = this.#options;
    let loaded = await store.load();
    if (loaded.users.length === 0) {
      if (this.#users.size === 0) return;
      await store.seed({ users: [...this.users()], keys: [...this.keys()] });
      loaded = await store.load();
    }
    if (this.#shown !== undefined) {
      const user = withPassword(this.#shown, loaded);
      if (user !== undefined) {
        await store.putUser(user);
        loaded = await store.load();
      }
      this.#shown = undefined;
    }
    await this.#taken(loaded);
  }

  async #taken(identity: { readonly users: readonly User[]; readonly keys: readonly AccessKey[] }): Promise<void> {
    this.#take(identity);
    // It is in the database and in force; a disk that is full takes that back from nobody.
    await this.#keep().catch(this.#options.onFailure);
  }

  #take({ users, keys }: { readonly users: readonly User[]; readonly keys: readonly AccessKey[] }): void {
    this.#users = new Map(users.map((user) => [user.id, user]));
    this.#keys = new Map(keys.map((key) => [key.id, key]));
  }

  #keep(): Promise<void> {
    return this.#options.keep({ users: [...this.users()], keys: [...this.keys()] });
  }

  #serial<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#work.then(work);
    this.#work = mine.catch(() => undefined);
    return mine;
  }
}

/** The user of this name with the password that was shown; undefined where that is so already. */
function withPassword(shown: User, { users }: StoredIdentity): User | undefined {
  const same = users.find(({ name }) => name === shown.name);
  if (same === undefined) return shown;
  if (same.id === shown.id) return undefined;
  const { passwordHash, endedBefore } = shown;
  return { ...same, passwordHash, endedBefore, isEnabled: true };
}
