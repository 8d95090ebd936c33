import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { IdentityError } from './identity-error.ts';
import { type Giver, isAdministrator, type Rights, rightsOf, type User } from './user.ts';

/** A user as a document of all users has them: without what is secret. */
export type ListedUser = Rights & { readonly name: string; readonly isEnabled: boolean };

/** One user, before and after; undefined where there was none, or is none any more. */
export type UserStep = { readonly name: string; readonly before: User | undefined; readonly after: User | undefined };

/** What makes the present users those of a list, in the order of their names; throws what `by` may not do. */
export function stepsTo(
  wanted: readonly ListedUser[],
  present: readonly User[],
  { by, now }: { readonly by: Giver; readonly now: Date },
): readonly UserStep[] {
  const asWanted = new Map(wanted.map((each) => [each.name, each]));
  const known = new Map(present.map((user) => [user.name, user]));
  const names = [...new Set([...known.keys(), ...asWanted.keys()])].sort();
  const steps = names.flatMap((name): UserStep[] => {
    const [before, listed] = [known.get(name), asWanted.get(name)];
    if (before !== undefined && listed !== undefined && isDeepStrictEqual(listedUser(before), listed)) return [];
    return [{ name, before, after: listed && asListed(listed, before, now) }];
  });
  for (const { before, after } of steps) {
    for (const user of [before, after]) if (user !== undefined) checkGiver(by, user);
  }
  if (steps.length > 0) checkAdministrators(afterSteps(present, steps));
  return steps;
}

/** All users once the steps were made. */
export function afterSteps(present: readonly User[], steps: readonly UserStep[]): readonly User[] {
  const touched = new Set(steps.map(({ name }) => name));
  return [
    ...present.filter(({ name }) => !touched.has(name)),
    ...steps.flatMap(({ after }) => (after === undefined ? [] : [after])),
  ];
}

/** A user without what is secret. */
export function listedUser({ name, isEnabled, grants, statements }: User): ListedUser {
  return { name, isEnabled, grants, statements } as ListedUser;
}

/** Whoever is new has no password yet, and no access key. */
function asListed({ name, isEnabled, grants, statements }: ListedUser, before: User | undefined, now: Date): User {
  const rights = { isEnabled, grants, statements };
  if (before !== undefined) return { ...before, ...rights, ...(isEnabled ? {} : { endedBefore: now }) };
  const nothing = { passwordHash: null, totpSecret: null, recoveryHashes: [] };
  return { ...{ id: randomUUID(), name }, ...rights, ...nothing, createdAt: now, endedBefore: now };
}

/** Nobody gives, takes away or takes over more than they have. */
export function checkGiver(by: Giver, user: User): void {
  if (by.covers(rightsOf(user).policy)) return;
  const message = `you have not all the rights that ${user.name} has or should have`;
  throw new IdentityError('NOT_YOURS_TO_GIVE', message, 'Ask somebody who has them.');
}

/** Somebody must be left who can help out any other. */
export function checkAdministrators(users: readonly User[]): void {
  if (users.some(isAdministrator)) return;
  const message = 'nobody would be left who may everything';
  throw new IdentityError('LAST_ADMIN', message, 'Give another user with a password the role admin first.');
}
