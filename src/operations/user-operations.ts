import { z } from 'zod';
import { rightsSchema, SERVER } from '../identity/index.ts';
import { nextCursor, type Operation, operation, pageOf, pageQuery } from './base/index.ts';
import type { IdentityDoor } from './identity-door.ts';
import { shownUser, userName, userSchema } from './user-schema.ts';

const password = z.string().max(256).describe('12 characters or more');
const rights = rightsSchema.shape;
const newUser = z.strictObject({
  name: userName,
  password: password.optional().describe('Without one it is for programs, which log in with access keys'),
  grants: rights.grants.default([]),
  statements: rights.statements.default([]),
});
const userChange = z.strictObject({
  password: password.optional(),
  grants: rights.grants.optional(),
  statements: rights.statements.optional(),
  isEnabled: z.boolean().optional(),
  withoutTotp: z.literal(true).optional().describe('Takes the second factor away, for somebody who lost it'),
});
const byId = z.strictObject({ id: z.string().min(1).max(64) });

type UserDoor = Pick<IdentityDoor, 'accounts' | 'directory' | 'gate'>;

/** Who may log in, and what they may. */
export function userOperations({ accounts, directory, gate }: UserDoor): readonly Operation[] {
  const read = { area: 'Users', action: 'users:read', resource: () => SERVER } as const;
  const write = { area: 'Users', action: 'users:write', resource: () => SERVER } as const;
  return [
    operation({
      ...{ name: 'listUsers', method: 'get', path: '/users', ...read },
      summary: 'Who may log in',
      query: pageQuery(),
      answer: z.strictObject({ users: z.array(userSchema), nextCursor }),
      run: ({ query }) => {
        const { items, ...rest } = pageOf(directory.users(), query, ({ name }) => name);
        return { users: items.map(shownUser), ...rest };
      },
    }),
    operation({
      ...{ name: 'getUser', method: 'get', path: '/users/{id}', ...read },
      summary: 'One user',
      params: byId,
      answer: userSchema,
      run: ({ params }) => shownUser(accounts.require(params.id)),
    }),
    operation({
      ...{ name: 'createUser', method: 'post', path: '/users', ...write },
      summary: 'Makes a user; nobody gives more rights than they have',
      body: newUser,
      answer: userSchema,
      status: 201,
      run: async ({ body, caller, done }) => {
        const user = await accounts.create(body, caller);
        const { name: created, grants, statements } = user;
        done(SERVER, { created, grants, statements });
        return shownUser(user);
      },
    }),
    operation({
      ...{ name: 'changeUser', method: 'patch', path: '/users/{id}', ...write },
      summary: 'Changes what is named; a new password, or being disabled, ends the sessions of the user',
      params: byId,
      body: userChange,
      answer: userSchema,
      run: async ({ params, body, caller, done }) => {
        const user = await accounts.change(params.id, body, caller);
        gate.sweep();
        const { password: changed, ...rest } = body;
        done(SERVER, { changed: user.name, ...rest, ...(changed === undefined ? {} : { password: 'new' }) });
        return shownUser(user);
      },
    }),
    operation({
      ...{ name: 'deleteUser', method: 'delete', path: '/users/{id}', ...write },
      summary: 'Removes a user with the access keys',
      params: byId,
      run: async ({ params, caller, done }) => {
        const user = await accounts.remove(params.id, caller);
        gate.sweep();
        done(SERVER, { deleted: user.name });
      },
    }),
  ];
}
