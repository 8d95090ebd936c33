import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import type { z } from 'zod';
import type { Client } from '../../access/index.ts';
import { type Caller, type LoginResult, type Origin, SESSION_SECONDS } from '../../identity/index.ts';
import { OperationError, taken } from '../../operations/index.ts';
import type { ControlDoor } from './control-door.ts';
import { setCaller } from './guard.ts';
import { loginBody } from './open-operations.ts';
import { sendOperationError, sendProblem } from './problem.ts';
import { bodyOf } from './request-body.ts';

const COOKIE = 'headwater_session';

/** What the login needs. */
export type LoginDoor = Pick<ControlDoor, 'clients' | 'log'> & {
  readonly identity: Pick<ControlDoor['identity'], 'gate' | 'sessions' | 'audit'>;
};

type Refusal = (LoginResult & { readonly ok: false })['code'];

const REFUSALS: Readonly<Record<Refusal, readonly [status: number, title: string, remedy: string]>> = {
  TOO_MANY_TRIES: [429, 'too many tries', 'Wait a minute.'],
  WRONG_PASSWORD: [
    401,
    'wrong user or password',
    'That of admin was printed at the first start and is in secrets.json.',
  ],
  TOTP_MISSING: [401, 'a code of the second factor is missing', 'Give the code that your authenticator program shows.'],
  TOTP_WRONG: [401, 'the code is not right', 'Wait for the next code and check the clocks, or use a recovery code.'],
};

/** Lets people in by password and second factor, and programs by keys. */
export class Login {
  readonly #door: LoginDoor;

  constructor(door: LoginDoor) {
    this.#door = door;
  }

  /** `POST /api/v1/login` with `{ user, password, code }`; without a user it is admin. */
  async logIn(request: Request, response: Response): Promise<void> {
    const { address, scheme } = this.#clientOf(request);
    const body = readBody(request, response);
    if (body === undefined) return;
    const { user } = body;
    const result: LoginResult = await this.#door.identity.gate.logIn(body, originOf(request, address));
    if (!result.ok) return this.#refuse(response, result.code, user, address);
    this.#record('login', user, address, 'done', {});
    response.cookie(COOKIE, result.token, {
      httpOnly: true,
      sameSite: 'strict',
      secure: scheme === 'https',
      maxAge: SESSION_SECONDS * 1000,
    });
    response.json({ user, expiresInSeconds: SESSION_SECONDS });
  }

  /** Ends the session, too, so that a copy of the cookie is of no use. */
  logOut(request: Request, response: Response): void {
    const { gate, sessions } = this.#door.identity;
    const { address } = this.#clientOf(request);
    const caller = gate.callerOfSession(cookieOf(request), originOf(request, address));
    if (caller?.sessionId !== undefined) {
      sessions.end(caller.sessionId);
      this.#record('logout', caller.name, address, 'done', {});
    }
    response.clearCookie(COOKIE);
    response.status(204).end();
  }

  /** Express middleware: goes on for those who are let in. */
  async require(request: Request, response: Response, next: NextFunction): Promise<void> {
    const caller = await this.callerOf(request);
    if (caller === undefined) {
      sendProblem(response, 401, 'NOT_LOGGED_IN', 'not logged in', 'Log in, or give a key that is still good.');
      return;
    }
    setCaller(response, caller);
    next();
  }

  /** Whoever makes the request, by a key or the session's cookie; undefined for nobody. */
  async callerOf(request: IncomingMessage): Promise<Caller | undefined> {
    const { gate } = this.#door.identity;
    const origin = originOf(request, this.#clientOf(request).address);
    const { authorization } = request.headers;
    if (authorization === undefined) return gate.callerOfSession(cookieOf(request), origin);
    const [, scheme = '', given = ''] = /^(Bearer|Basic) (.+)$/i.exec(authorization) ?? [];
    if (scheme.toLowerCase() === 'bearer') return gate.callerOfBearer(given, origin);
    const [, id = '', secret = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(given, 'base64').toString()) ?? [];
    return gate.callerOfKey(id, secret, origin);
  }

  #refuse(response: Response, code: Refusal, user: string, address: string): void {
    const [status, title, remedy] = REFUSALS[code];
    this.#door.log.warn({ address, code }, 'login failed');
    // What nobody looked at any more is not worth an entry: there may be a hundred in a second.
    if (code !== 'TOO_MANY_TRIES') this.#record('login', user, address, 'refused', { code });
    else response.set('Retry-After', '60');
    sendProblem(response, status, code, title, remedy);
  }

  #record(action: string, actor: string, address: string, outcome: 'done' | 'refused', detail: object): void {
    const entry = { actor, actorKind: 'password', address, action, resource: 'server', outcome, detail: { ...detail } };
    this.#door.identity.audit.record(entry);
  }

  /** Behind an HTTPS proxy the browser's own address counts, and the cookie stays on HTTPS. */
  #clientOf({ socket, headers }: IncomingMessage): Client {
    return this.#door.clients.find({ address: socket.remoteAddress ?? '', scheme: 'http' }, headers);
  }
}

/** What was sent, where it is a login at all; else that is answered, with the fields that are wrong. */
function readBody(request: Request, response: Response): z.output<typeof loginBody> | undefined {
  try {
    return taken('body', loginBody, bodyOf(request));
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    sendOperationError(response, error);
    return undefined;
  }
}

function originOf({ headers }: IncomingMessage, address: string): Origin {
  return { address, agent: headers['user-agent'] ?? '' };
}

function cookieOf({ headers }: IncomingMessage): string {
  return new RegExp(`(?:^|; )${COOKIE}=([^;]+)`).exec(headers.cookie ?? '')?.[1] ?? '';
}
