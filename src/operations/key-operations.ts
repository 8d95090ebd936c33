import { z } from 'zod';
import { type AccessKey, SERVER, statementSchema } from '../identity/index.ts';
import { nextCursor, type Operation, OperationError, operation, pageOf, pageQuery } from './base/index.ts';
import type { IdentityDoor } from './identity-door.ts';
import { isoOf, line, time } from './schemas.ts';

const MAX_TEMPORARY_SECONDS = 36 * 3600;

const newKey = z.strictObject({ userId: z.string().max(64), note: line(200).default('') });
const accessKey = z
  .strictObject({
    id: z.string(),
    userId: z.string(),
    user: z.string().optional().describe("The user's name"),
    note: z.string(),
    createdAt: time,
    lastUsedAt: time.nullable(),
  })
  .meta({ id: 'AccessKey' });
const newTemporary = z.strictObject({
  statements: z.array(statementSchema).min(1).max(20),
  seconds: z.int().min(60).max(MAX_TEMPORARY_SECONDS).default(3600),
});

type KeyDoor = Pick<IdentityDoor, 'accounts' | 'directory' | 'gate'>;

/** Access keys of programs, two for each user, and temporary keys that allow less than their maker may. */
export function keyOperations({ accounts, directory, gate }: KeyDoor): readonly Operation[] {
  const area = 'Keys';
  const write = { area, action: 'keys:write', resource: () => SERVER } as const;
  const shown = ({ id, userId, note, createdAt, lastUsedAt }: AccessKey) => ({
    ...{ id, userId, user: directory.user(userId)?.name, note },
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  });
  return [
    operation({
      ...{ name: 'listAccessKeys', area, method: 'get', path: '/access-keys', action: 'keys:read' },
      resource: () => SERVER,
      summary: 'The access keys of programs, without their secrets',
      query: pageQuery(),
      answer: z.strictObject({ accessKeys: z.array(accessKey), nextCursor }),
      run: ({ query }) => {
        const { items, ...rest } = pageOf(directory.keys(), query, ({ id }) => id);
        return { accessKeys: items.map(shown), ...rest };
      },
    }),
    operation({
      ...{ name: 'createAccessKey', method: 'post', path: '/access-keys', ...write },
      summary: 'Makes an access key, two at most for a user; its secret is shown this once',
      body: newKey,
      answer: accessKey.extend({ secret: z.string() }).meta({ id: 'NewAccessKey' }),
      status: 201,
      run: async ({ body, caller, done }) => {
        const { key, secret } = await accounts.makeKey(body.userId, body.note, caller);
        done(SERVER, { created: key.id, user: directory.user(key.userId)?.name });
        return { ...shown(key), secret };
      },
    }),
    operation({
      ...{ name: 'deleteAccessKey', method: 'delete', path: '/access-keys/{id}', ...write },
      summary: 'Removes an access key, and what was made with it ends',
      params: z.strictObject({ id: z.string().min(1).max(64) }),
      run: async ({ params, caller, done }) => {
        const key = await accounts.removeKey(params.id, caller);
        done(SERVER, { deleted: key.id, user: directory.user(key.userId)?.name });
      },
    }),
    operation({
      ...{ name: 'createTemporaryKey', area, method: 'post', path: '/temporary-keys', action: 'keys:issue-temporary' },
      summary: 'Makes a key for a time that allows what both its maker and its statements allow',
      body: newTemporary,
      answer: z.strictObject({ token: z.string(), expiresAt: time }),
      status: 201,
      run: ({ body: { statements, seconds }, caller, done }) => {
        if (caller.userId === undefined || caller.kind === 'temporary-key') {
          const message = 'a temporary key is made by a user or an access key';
          throw new OperationError(403, 'NO_MAKER', message, 'Use an access key, or log in.');
        }
        const { token, endsMs } = gate.temporaryKey(caller, statements, seconds);
        const expiresAt = isoOf(endsMs);
        done(SERVER, { statements, expiresAt });
        return { token, expiresAt };
      },
    }),
  ];
}
