import { z } from 'zod';
import type { StoredAccessKey, StoredUser } from '../../store/index.ts';
import { covers, grantSchema, type Policy, policyOf, type Role, statementSchema } from '../policy/index.ts';

/** Somebody who may log in. */
export type User = StoredUser;

/** What a program logs in with. */
export type AccessKey = StoredAccessKey;

/** What nobody but an administrator has. */
export const EVERYTHING: Policy = [{ effect: 'allow', actions: ['*'], resources: ['*'] }];

/** Whoever makes a change: nobody gives away, takes away or takes over more than they have. */
export type Giver = { readonly covers: (policy: Policy) => boolean };

const MAX_GRANTS = 50;

/** The rights of a user as they are written down. */
export const rightsSchema = z.strictObject({
  grants: z.array(grantSchema).max(MAX_GRANTS),
  statements: z.array(statementSchema).max(MAX_GRANTS),
});

export type Rights = z.output<typeof rightsSchema>;

const known = new WeakMap<User, { readonly policy: Policy; readonly roles: readonly Role[] }>();

/** What a user may; nothing where rights are written down that this release does not know, as one may be a denial. */
export function rightsOf(user: User): { readonly policy: Policy; readonly roles: readonly Role[] } {
  const before = known.get(user);
  if (before !== undefined) return before;
  const parsed = rightsSchema.safeParse({ grants: user.grants, statements: user.statements });
  const rights = parsed.success
    ? {
        policy: policyOf(parsed.data.grants, parsed.data.statements),
        roles: parsed.data.grants.map(({ role }) => role),
      }
    : { policy: [], roles: [] };
  known.set(user, rights);
  return rights;
}

/** Whether a user may everything, and so help out any other. */
export function isAdministrator(user: User): boolean {
  return user.isEnabled && user.passwordHash !== null && covers(rightsOf(user).policy, EVERYTHING);
}
