import { createHash, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import jsonwebtoken from 'jsonwebtoken';
import type { ControlDoor } from './control-door.ts';
import { sendProblem } from './problem.ts';

const COOKIE = 'headwater_session';
const SESSION_SECONDS = 12 * 3600;
const TRIES_PER_MINUTE = 10;
const MAX_REMEMBERED_ADDRESSES = 10_000;

type Tries = { count: number; readonly sinceMs: number };

/** Lets the administrator in by password, and programs by the same password as a bearer token. */
export class Login {
  readonly #door: ControlDoor;
  readonly #tries = new Map<string, Tries>();

  constructor(door: ControlDoor) {
    this.#door = door;
  }

  /** `POST /api/v1/login` with `{ password }`. */
  logIn(request: Request, response: Response): void {
    const address = request.socket.remoteAddress ?? '';
    if (!this.#mayTry(address)) {
      sendProblem(response, 429, 'TOO_MANY_TRIES', 'too many tries', 'Wait a minute.');
      return;
    }
    const body: unknown = request.body;
    const password = typeof body === 'object' && body !== null && 'password' in body ? body.password : undefined;
    if (typeof password !== 'string' || !this.#isPassword(password)) {
      this.#door.log.warn({ address }, 'login failed');
      sendProblem(
        response,
        401,
        'WRONG_PASSWORD',
        'wrong password',
        'It is printed at the first start and in secrets.json.',
      );
      return;
    }
    this.#tries.delete(address);
    const token = jsonwebtoken.sign({ role: 'admin' }, this.#door.jwtKey, { expiresIn: SESSION_SECONDS });
    response.cookie(COOKIE, token, { httpOnly: true, sameSite: 'strict', maxAge: SESSION_SECONDS * 1000 });
    response.json({ role: 'admin', expiresInSeconds: SESSION_SECONDS });
  }

  logOut(_request: Request, response: Response): void {
    response.clearCookie(COOKIE);
    response.status(204).end();
  }

  /** Express middleware: goes on for those who are logged in. */
  require(request: Request, response: Response, next: NextFunction): void {
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const isIn = bearer === undefined ? this.#hasSession(request) : this.#isBearer(request, bearer);
    if (isIn) next();
    else sendProblem(response, 401, 'NOT_LOGGED_IN', 'not logged in', 'Log in with the administrator password.');
  }

  #hasSession(request: Request): boolean {
    const token = new RegExp(`(?:^|; )${COOKIE}=([^;]+)`).exec(request.headers.cookie ?? '')?.[1];
    return token !== undefined && this.#isToken(token);
  }

  #isBearer(request: Request, bearer: string): boolean {
    if (this.#isToken(bearer)) return true;
    return this.#mayTry(request.socket.remoteAddress ?? '') && this.#isPassword(bearer);
  }

  #isToken(token: string): boolean {
    try {
      jsonwebtoken.verify(token, this.#door.jwtKey, { algorithms: ['HS256'] });
      return true;
    } catch {
      return false;
    }
  }

  #isPassword(given: string): boolean {
    const digest = (text: string) => createHash('sha256').update(text).digest();
    const isRight = timingSafeEqual(digest(given), digest(this.#door.adminPassword));
    if (isRight) this.#tries.clear();
    return isRight;
  }

  #mayTry(address: string): boolean {
    const nowMs = this.#door.clock.nowMs();
    const tries = this.#tries.get(address);
    if (!tries || nowMs - tries.sinceMs > 60_000) {
      if (this.#tries.size >= MAX_REMEMBERED_ADDRESSES) this.#tries.clear();
      this.#tries.set(address, { count: 1, sinceMs: nowMs });
      return true;
    }
    tries.count++;
    return tries.count <= TRIES_PER_MINUTE;
  }
}
