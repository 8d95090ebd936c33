import { z } from 'zod';
import { grantSchema, ROLE_NAMES, rightsOf, statementSchema, type User } from '../identity/index.ts';
import { time } from './schemas.ts';

/** A user without what is secret. */
export const userSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    grants: z.array(grantSchema),
    statements: z.array(statementSchema),
    isEnabled: z.boolean(),
    roles: z.array(z.enum(ROLE_NAMES)),
    hasPassword: z.boolean(),
    hasTotp: z.boolean(),
    recoveryCodesLeft: z.int(),
    createdAt: time,
  })
  .meta({ id: 'User' });

type ShownUser = z.input<typeof userSchema>;

/** Rights are shown as they are written down, even those that this release does not know. */
export function shownUser(user: User): ShownUser {
  const { id, name, grants, statements, isEnabled, passwordHash, totpSecret, recoveryHashes, createdAt } = user;
  return {
    ...{ id, name, isEnabled, roles: [...rightsOf(user).roles] },
    ...({ grants, statements } as Pick<ShownUser, 'grants' | 'statements'>),
    hasPassword: passwordHash !== null,
    hasTotp: totpSecret !== null,
    recoveryCodesLeft: recoveryHashes.length,
    createdAt: createdAt.toISOString(),
  };
}
