import { z } from 'zod';
import type { Documented } from './openapi.ts';

/** Who logs in where no user is named. */
export const FIRST_USER = 'admin';

/** What somebody logs in with. */
export const loginBody = z
  .strictObject({
    user: z.string().min(1).max(64).default(FIRST_USER),
    password: z.string().min(1).max(1024),
    code: z.string().min(1).max(64).optional().describe('Of the authenticator program, or a recovery code'),
  })
  .meta({ examples: [{ user: 'admin', password: 'correct horse battery' }] });

const nothing = z.strictObject({});
const without = { resource: undefined, params: nothing, query: nothing, body: undefined, action: 'anyone' } as const;

/** What needs no login. */
export const OPEN: readonly Documented[] = [
  {
    ...{ ...without, name: 'logIn', area: 'Login', method: 'post', path: '/login', status: 200 },
    summary: 'Gives a session of twelve hours, as a cookie',
    body: loginBody,
    answer: z.strictObject({ user: z.string(), expiresInSeconds: z.int() }),
  },
  {
    ...{ ...without, name: 'logOut', area: 'Login', method: 'post', path: '/logout', status: 204 },
    summary: 'Ends the session of the cookie',
  },
  {
    ...{ ...without, name: 'getOpenApi', area: 'Login', method: 'get', path: '/openapi.json', status: 200 },
    summary: 'This document',
    media: 'application/json',
  },
];
