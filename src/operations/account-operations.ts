import { z } from 'zod';
import { ACTIONS, type Caller, type LoginSession, SERVER, type User } from '../identity/index.ts';
import { nextCursor, notFound, type Operation, operation, pageOf, pageQuery } from './base/index.ts';
import type { IdentityDoor } from './identity-door.ts';
import { isoOf, sortableMs, time } from './schemas.ts';
import { shownUser, userSchema } from './user-schema.ts';

const newPassword = z.strictObject({ present: z.string().max(1024), wanted: z.string().max(1024) });
const me = z
  .strictObject({
    name: z.string(),
    kind: z.enum(['session', 'password', 'access-key', 'temporary-key', 'owner']),
    mustEnrol: z.boolean().describe('Nothing else is allowed before there is a second factor'),
    sessionId: z.string().optional(),
    actions: z.array(z.enum(ACTIONS as [(typeof ACTIONS)[number]])).describe('What is allowed somewhere'),
    user: userSchema.optional(),
  })
  .meta({ id: 'Me' });
const session = z
  .strictObject({
    id: z.string(),
    user: z.string().optional(),
    address: z.string(),
    agent: z.string(),
    startedAt: time,
    endsAt: time,
  })
  .meta({ id: 'LoginSession' });
const sessionPage = z.strictObject({ sessions: z.array(session), nextCursor });
const byId = z.strictObject({ id: z.string().min(1).max(64) });

/** What people do with their own account, and everybody's sessions. */
export function accountOperations(door: IdentityDoor): readonly Operation[] {
  const { accounts, directory, secondFactor, sessions, gate } = door;
  const own = { area: 'My account', action: 'self' } as const;
  const area = 'Sessions';
  const userOf = (caller: Caller): User => accounts.require(caller.userId ?? '');
  const shown = ({ id, userId, startedMs, endsMs, address, agent }: LoginSession) => ({
    ...{ id, user: directory.user(userId)?.name, address, agent },
    ...{ startedAt: isoOf(startedMs), endsAt: isoOf(endsMs) },
  });
  const page = (all: readonly LoginSession[], query: z.output<ReturnType<typeof pageQuery>>) => {
    const { items, ...rest } = pageOf(all, query, ({ startedMs, id }) => `${sortableMs(startedMs)} ${id}`);
    return { sessions: items.map(shown), ...rest };
  };
  return [
    operation({
      ...{ name: 'getMe', area: own.area, method: 'get', path: '/me', action: 'anyone' },
      summary: 'Who asks, and what they may',
      answer: me,
      run: ({ caller }) => {
        const { name, kind, mustEnrol, sessionId, userId } = caller;
        const user = userId === undefined ? undefined : shownUser(accounts.require(userId));
        return {
          name,
          kind,
          mustEnrol,
          sessionId,
          actions: ACTIONS.filter((each) => caller.mayAnywhere(each).allowed),
          user,
        };
      },
    }),
    operation({
      ...{ name: 'changeMyPassword', method: 'post', path: '/me/password', ...own, audited: 'account:password' },
      summary: 'Changes your own password, which ends your sessions',
      body: newPassword,
      run: async ({ body, caller, done }) => {
        await accounts.changeOwnPassword(userOf(caller).id, body.present, body.wanted);
        gate.sweep();
        done(SERVER);
      },
    }),
    operation({
      ...{ name: 'beginMyTotp', method: 'post', path: '/me/totp', ...own },
      summary: 'Gives the secret of a second factor, which counts once it is confirmed',
      answer: z.strictObject({ secret: z.string(), uri: z.string().describe('For a QR code') }),
      status: 201,
      run: ({ caller }) => secondFactor.begin(userOf(caller)),
    }),
    operation({
      ...{ name: 'confirmMyTotp', method: 'post', path: '/me/totp/confirm', ...own, audited: 'account:totp' },
      summary: 'Proves that your program has the secret; the recovery codes are shown this once',
      body: z.strictObject({ code: z.string().max(64) }),
      answer: z.strictObject({ recoveryCodes: z.array(z.string()) }),
      run: async ({ body, caller, done }) => {
        const recoveryCodes = await secondFactor.confirm(userOf(caller).id, body.code);
        done(SERVER);
        return { recoveryCodes };
      },
    }),
    operation({
      ...{ name: 'listMySessions', method: 'get', path: '/me/sessions', ...own },
      summary: 'Where you are logged in',
      query: pageQuery(),
      answer: sessionPage,
      run: ({ query, caller }) => {
        const { id } = userOf(caller);
        return page(
          sessions.all().filter(({ userId }) => userId === id),
          query,
        );
      },
    }),
    operation({
      ...{ name: 'endMySession', method: 'delete', path: '/me/sessions/{id}', ...own, audited: 'sessions:end' },
      summary: 'Ends a session of yours',
      params: byId,
      run: ({ params, caller, done }) => {
        const found = sessions.find(params.id);
        if (found === undefined || found.userId !== userOf(caller).id) return noSession();
        sessions.end(found.id);
        done(SERVER, { session: found.id });
      },
    }),
    operation({
      ...{ name: 'listSessions', area, method: 'get', path: '/sessions', action: 'sessions:read' },
      resource: () => SERVER,
      summary: 'Who is logged in, the oldest first',
      query: pageQuery(),
      answer: sessionPage,
      run: ({ query }) => page(sessions.all(), query),
    }),
    operation({
      ...{ name: 'endSession', area, method: 'delete', path: '/sessions/{id}', action: 'sessions:end' },
      resource: () => SERVER,
      summary: 'Ends a session',
      params: byId,
      run: ({ params, done }) => {
        const ended = sessions.end(params.id) ?? noSession();
        done(SERVER, { session: ended.id, user: directory.user(ended.userId)?.name });
      },
    }),
  ];
}

function noSession(): never {
  throw notFound('SESSION_NOT_FOUND', 'there is no such session', 'List the sessions.');
}
