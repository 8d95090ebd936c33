import { z } from 'zod';
import { grantSchema, ROLE_NAMES, rightsOf, rightsSchema, statementSchema, type User } from '../identity/index.ts';
import { time } from './schemas.ts';

export const userName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, { error: 'use up to 64 of a-z, 0-9, . _ @ and -' });

const rights = rightsSchema.shape;

/** All users, as a document has them. */
export const usersSchema = z
  .array(
    z
      .strictObject({
        name: userName,
        grants: rights.grants.default([]),
        statements: rights.statements.default([]),
        isEnabled: z.boolean().default(true),
      })
      .meta({ id: 'UserOfDocument' }),
  )
  .max(10_000)
  .superRefine((users, context) => {
    for (const [index, { name }] of users.entries()) {
      if (users.findIndex((each) => each.name === name) === index) continue;
      context.addIssue({ code: 'custom', path: [index, 'name'], message: `names ${name} a second time` });
    }
  });

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
