import { randomUUID } from 'node:crypto';
import { keyPlace, randomBase62, type SecretBox } from '../../store/index.ts';
import { type Passwords, passwordProblem } from '../credentials/index.ts';
import { covers } from '../policy/index.ts';
import type { Directory, StoreSteps } from './directory.ts';
import { IdentityError } from './identity-error.ts';
import { type AccessKey, EVERYTHING, type Giver, type Rights, type User } from './user.ts';
import { checkAdministrators, checkGiver, type ListedUser, stepsTo, type UserStep } from './user-list.ts';

const MAX_USERS = 10_000;
/** Two, so that a program can be given the new one before the old one goes. */
const KEYS_PER_USER = 2;

export type AccountsOptions = {
  readonly directory: Directory;
  readonly passwords: Passwords;
  readonly box: SecretBox;
  readonly wallMs: () => number;
};

export type NewUser = Rights & { readonly name: string; readonly password?: string | undefined };

export type UserChange = {
  readonly grants?: Rights['grants'] | undefined;
  readonly statements?: Rights['statements'] | undefined;
  readonly isEnabled?: boolean | undefined;
  readonly password?: string | undefined;
  /** Takes the second factor away, for somebody who lost it. */
  readonly withoutTotp?: boolean | undefined;
};

/** What can be done with users and their access keys. */
export class Accounts {
  readonly #options: AccountsOptions;

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /** Without a password it is for programs, which log in with access keys. */
  async create({ name, password, grants, statements }: NewUser, by: Giver): Promise<User> {
    const { directory, wallMs } = this.#options;
    const now = new Date(wallMs());
    const user: User = {
      ...{ id: randomUUID(), name, grants, statements, isEnabled: true },
      passwordHash: password === undefined ? null : await this.#hash(password, name),
      ...{ totpSecret: null, recoveryHashes: [], createdAt: now, endedBefore: now },
    };
    checkGiver(by, user);
    return directory.changeUser(user.id, () => {
      const users = directory.users();
      if (users.length >= MAX_USERS) throw limit(`there are ${MAX_USERS} users`, 'Remove users that are not needed.');
      if (users.some((each) => each.name === name)) {
        throw new IdentityError('NAME_TAKEN', `there is a user ${name} already`, 'Choose another name.');
      }
      return user;
    });
  }

  /** A new password, or being disabled, ends the user's sessions. */
  async change(id: string, change: UserChange, by: Giver): Promise<User> {
    const { directory, wallMs } = this.#options;
    const passwordHash =
      change.password === undefined ? undefined : await this.#hash(change.password, this.require(id).name);
    return directory.changeUser(id, (user = notFound()) => {
      checkGiver(by, user);
      const ends = passwordHash !== undefined || change.isEnabled === false;
      const changed: User = {
        ...user,
        grants: change.grants ?? user.grants,
        statements: change.statements ?? user.statements,
        isEnabled: change.isEnabled ?? user.isEnabled,
        ...(passwordHash === undefined ? {} : { passwordHash }),
        ...(change.withoutTotp ? { totpSecret: null, recoveryHashes: [] } : {}),
        ...(ends ? { endedBefore: new Date(wallMs()) } : {}),
      };
      checkGiver(by, changed);
      this.#checkLastAdministrator(changed);
      return changed;
    });
  }

  /** What would make the users those of the list; throws what could not be done. */
  stepsTo(wanted: readonly ListedUser[], by: Giver): readonly UserStep[] {
    const { directory, wallMs } = this.#options;
    return stepsTo(wanted, directory.users(), { by, now: new Date(wallMs()) });
  }

  /** Makes the users those of the list, all or none; who is not in it goes, with the access keys. */
  replaceAll(wanted: readonly ListedUser[], by: Giver, store: StoreSteps): Promise<readonly UserStep[]> {
    if (wanted.length > MAX_USERS) throw limit(`there are more than ${MAX_USERS} users`, 'Leave some out.');
    return this.#options.directory.changeAll(() => this.stepsTo(wanted, by), store);
  }

  async remove(id: string, by: Giver): Promise<User> {
    const user = this.require(id);
    await this.#options.directory.removeUser(id, () => {
      const now = this.require(id);
      checkGiver(by, now);
      this.#checkLastAdministrator({ ...now, isEnabled: false });
    });
    return user;
  }

  /** Users change their own password by the one they have. */
  async changeOwnPassword(id: string, present: string, wanted: string): Promise<void> {
    const { directory, passwords, wallMs } = this.#options;
    const user = this.require(id);
    if (!(await passwords.verify(present, user.passwordHash))) {
      throw new IdentityError('WRONG_PASSWORD', 'the present password is another', 'Type the one you log in with.');
    }
    const passwordHash = await this.#hash(wanted, user.name);
    const endedBefore = new Date(wallMs());
    await directory.changeUser(id, (now = notFound()) => ({ ...now, passwordHash, endedBefore }));
  }

  /** The secret is shown this once. */
  async makeKey(
    userId: string,
    note: string,
    by: Giver,
  ): Promise<{ readonly key: AccessKey; readonly secret: string }> {
    const { directory, box, wallMs } = this.#options;
    const [id, secret] = [`HW${randomBase62(18)}`, randomBase62(32)];
    const createdAt = new Date(wallMs());
    const key = { id, userId, note, createdAt, sealedSecret: box.seal(secret, keyPlace(id)), lastUsedAt: null };
    await directory.putKey(key, () => {
      checkGiver(by, this.require(userId));
      if (directory.keys().filter((each) => each.userId === userId).length < KEYS_PER_USER) return;
      throw limit(
        `the user has ${KEYS_PER_USER} access keys`,
        'Remove the one that is no longer used, or make a user.',
      );
    });
    return { key, secret };
  }

  async removeKey(id: string, by: Giver): Promise<AccessKey> {
    const key = this.#options.directory.key(id);
    if (key === undefined) throw new IdentityError('KEY_NOT_FOUND', 'there is no such access key', 'List the keys.');
    checkGiver(by, this.require(key.userId));
    await this.#options.directory.removeKey(id);
    return key;
  }

  /** Throws USER_NOT_FOUND. */
  require(id: string): User {
    return this.#options.directory.user(id) ?? notFound();
  }

  async #hash(password: string, userName: string): Promise<string> {
    const problem = passwordProblem(password, userName);
    if (problem === undefined) return this.#options.passwords.hash(password);
    throw new IdentityError('PASSWORD_WEAK', `the password ${problem}`, 'Choose a longer one; a few words will do.');
  }

  #checkLastAdministrator(changed: User): void {
    const others = this.#options.directory.users().filter(({ id }) => id !== changed.id);
    checkAdministrators([...others, changed]);
  }
}

/** The first user of all: an administrator. */
export async function firstAdministrator(password: string, passwords: Passwords, wallMs: number): Promise<User> {
  const now = new Date(wallMs);
  return {
    ...{ id: randomUUID(), name: 'admin', grants: [{ role: 'admin', resources: ['*'] }], statements: [] },
    ...{ passwordHash: await passwords.hash(password), totpSecret: null, recoveryHashes: [], isEnabled: true },
    ...{ createdAt: now, endedBefore: now },
  };
}

/** For what the machine's owner does. */
export const OWNER: Giver = { covers: (policy) => covers(EVERYTHING, policy) };

function notFound(): never {
  throw new IdentityError('USER_NOT_FOUND', 'there is no such user', 'List the users.');
}

function limit(message: string, remedy: string): IdentityError {
  return new IdentityError('LIMIT', message, remedy);
}
