import { timingSafeEqual } from 'node:crypto';
import { keyPlace, type SecretBox } from '../../store/index.ts';
import { BusyError, type Passwords } from '../credentials/index.ts';
import type { Policy, Role } from '../policy/index.ts';
import { type Directory, EVERYTHING, rightsOf, type SecondFactor, type User } from '../users/index.ts';
import { Caller } from './caller.ts';
import { LoginLimits, type Try } from './login-limits.ts';
import { type LoginSession, SESSION_SECONDS, type Sessions } from './sessions.ts';
import { isOwnerToken, readToken, signToken, type Token } from './tokens.ts';

/** A day and a half. */
const MAX_TEMPORARY_SECONDS = 36 * 3600;
const TOKEN = /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/;

export type GateOptions = {
  readonly directory: Directory;
  readonly passwords: Passwords;
  readonly secondFactor: SecondFactor;
  readonly sessions: Sessions;
  readonly box: SecretBox;
  readonly jwtKey: string;
  /** Roles that need a second factor. */
  readonly totpRoles: readonly Role[];
  /** What one client is counted by. */
  readonly groupOf: (address: string) => string;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
};

/** Where a request comes from. */
export type Origin = { readonly address: string; readonly agent: string };

export type LoginRequest = {
  readonly user: string;
  readonly password: string;
  readonly code?: string | undefined;
};

export type LoginResult =
  | { readonly ok: true; readonly user: User; readonly token: string; readonly session: LoginSession }
  | { readonly ok: false; readonly code: 'TOO_MANY_TRIES' | 'WRONG_PASSWORD' | 'TOTP_MISSING' | 'TOTP_WRONG' };

/** Lets people and programs in, and knows them again. */
export class Gate {
  readonly #options: GateOptions;
  readonly #limits: LoginLimits;
  readonly #asked = new Map<string, Promise<Caller | undefined>>();

  constructor(options: GateOptions) {
    this.#options = options;
    this.#limits = new LoginLimits(options.nowMs);
    for (const { userId, address } of options.sessions.all()) {
      const user = options.directory.user(userId);
      if (user) this.#limits.welcome(options.groupOf(address), user.name);
    }
  }

  /** Name, password and, where there is one, the second factor. */
  async logIn({ user: name, password, code }: LoginRequest, origin: Origin): Promise<LoginResult> {
    const attempt = this.#limits.begin(this.#options.groupOf(origin.address), name);
    if (attempt === undefined) return { ok: false, code: 'TOO_MANY_TRIES' };
    const user = await this.#withPassword(name, password);
    if (user === 'busy') return { ok: false, code: 'TOO_MANY_TRIES' };
    if (user === undefined) return { ok: false, code: 'WRONG_PASSWORD' };
    const wrong = await this.#secondFactorProblem(user, code, attempt);
    if (wrong !== undefined) return { ok: false, code: wrong };
    attempt.succeeded();
    const session = this.#options.sessions.begin(user.id, origin);
    const { jwtKey, wallMs } = this.#options;
    const claims = { typ: 'session', sid: session.id, sub: user.id } as const;
    return { ok: true, user, session, token: signToken(claims, jwtKey, wallMs(), SESSION_SECONDS) };
  }

  /** Whoever shows a session's token, a temporary key, the password of admin, or that this machine is theirs. */
  async callerOfBearer(bearer: string, { address }: Origin): Promise<Caller | undefined> {
    const { jwtKey, wallMs } = this.#options;
    if (isOwnerToken(bearer, jwtKey)) {
      return new Caller({ kind: 'owner', name: 'owner', address, policies: [EVERYTHING] });
    }
    // A token that has lapsed is no guess at a password.
    if (!TOKEN.test(bearer)) return this.#callerOfPassword(bearer, address);
    const token = readToken(bearer, jwtKey, wallMs());
    return token && this.#callerOfToken(token, address);
  }

  /** Whoever shows a session's token, and nothing else. */
  callerOfSession(token: string, { address }: Origin): Caller | undefined {
    const { jwtKey, wallMs } = this.#options;
    const read = readToken(token, jwtKey, wallMs());
    return read?.typ === 'session' ? this.#callerOfToken(read, address) : undefined;
  }

  /** Whoever has an access key and its secret. */
  callerOfKey(id: string, secret: string, origin: Origin): Caller | undefined {
    const caller = this.callerOfSignature(id, (expected) => isSame(expected, secret), origin);
    return caller === 'unknown' || caller === 'wrong' ? undefined : caller;
  }

  /** Whoever signed with the secret of an access key: `isSignedBy` is given the secret and must compare in constant time. */
  callerOfSignature(
    id: string,
    isSignedBy: (secret: string) => boolean,
    { address }: Origin,
  ): Caller | 'unknown' | 'wrong' {
    const { directory, box } = this.#options;
    const key = directory.key(id);
    const user = key && this.#enabled(key.userId);
    if (key === undefined || user === undefined) return 'unknown';
    if (!isSignedBy(box.open(key.sealedSecret, keyPlace(id)))) return 'wrong';
    directory.keyUsed(id);
    return this.#caller(user, { kind: 'access-key', keyId: id, address });
  }

  /** A key for a time that allows what both its maker and `policy` allow. */
  temporaryKey(maker: Caller, policy: Policy, seconds: number): { readonly token: string; readonly endsMs: number } {
    const { jwtKey, wallMs } = this.#options;
    const lifeSeconds = Math.min(seconds, MAX_TEMPORARY_SECONDS);
    const nowMs = wallMs();
    const by = { sub: maker.userId ?? '', ...(maker.keyId === undefined ? {} : { key: maker.keyId }) };
    const token = signToken({ typ: 'temporary', ...by, policy, atMs: nowMs }, jwtKey, nowMs, lifeSeconds);
    return { token, endsMs: (Math.floor(nowMs / 1000) + lifeSeconds) * 1000 };
  }

  /** Sessions whose user may no longer use them leave the list. */
  sweep(): void {
    this.#options.sessions.endWhere(({ userId, startedMs }) => this.#enabled(userId, startedMs) === undefined);
  }

  #callerOfToken(token: Token, address: string): Caller | undefined {
    if (token.typ === 'session') {
      const session = this.#options.sessions.find(token.sid);
      const user = session && this.#enabled(session.userId, session.startedMs);
      return user && this.#caller(user, { kind: 'session', sessionId: token.sid, address });
    }
    const { sub, key, policy, atMs } = token;
    const user = this.#enabled(sub, atMs);
    if (user === undefined || (key !== undefined && this.#options.directory.key(key) === undefined)) return undefined;
    return this.#caller(user, { kind: 'temporary-key', keyId: key, address }, [policy]);
  }

  /** Programs of old show the password of `admin` and nothing else; whoever has a second factor needs a key. */
  #callerOfPassword(password: string, address: string): Promise<Caller | undefined> {
    const key = JSON.stringify([address, password]);
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    // What comes at once is one try, not as many as there are requests.
    const asking = this.#askPassword(password, address).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asking);
    return asking;
  }

  async #askPassword(password: string, address: string): Promise<Caller | undefined> {
    const { directory, groupOf } = this.#options;
    const admin = directory.userNamed('admin');
    if (!admin?.isEnabled || admin.totpSecret !== null) return undefined;
    const attempt = this.#limits.begin(groupOf(address), admin.name);
    if (attempt === undefined) return undefined;
    const user = await this.#withPassword(admin.name, password);
    if (user === undefined || user === 'busy') return undefined;
    attempt.succeeded();
    return this.#caller(user, { kind: 'password', address });
  }

  async #withPassword(name: string, password: string): Promise<User | 'busy' | undefined> {
    const { directory, passwords } = this.#options;
    const user = directory.userNamed(name);
    try {
      const isRight = await passwords.verify(password, user?.isEnabled ? user.passwordHash : null);
      return isRight ? user : undefined;
    } catch (error) {
      if (error instanceof BusyError) return 'busy';
      throw error;
    }
  }

  /** Whoever has the password and no code yet has not guessed anything. */
  async #secondFactorProblem(
    user: User,
    code: string | undefined,
    attempt: Try,
  ): Promise<'TOTP_MISSING' | 'TOTP_WRONG' | undefined> {
    if (user.totpSecret === null) return undefined;
    if (code === undefined) {
      attempt.takeBack();
      return 'TOTP_MISSING';
    }
    return (await this.#options.secondFactor.takes(user, code)) ? undefined : 'TOTP_WRONG';
  }

  #enabled(userId: string, sinceMs = Number.POSITIVE_INFINITY): User | undefined {
    const user = this.#options.directory.user(userId);
    return user?.isEnabled && sinceMs >= user.endedBefore.getTime() ? user : undefined;
  }

  #caller(
    user: User,
    how: Pick<ConstructorParameters<typeof Caller>[0], 'kind' | 'address' | 'sessionId' | 'keyId'>,
    narrowed: readonly Policy[] = [],
  ): Caller {
    const { policy, roles } = rightsOf(user);
    const isPerson = how.kind === 'session' || how.kind === 'password';
    const mustEnrol =
      isPerson && user.totpSecret === null && roles.some((role) => this.#options.totpRoles.includes(role));
    return new Caller({ ...how, name: user.name, userId: user.id, policies: [policy, ...narrowed], mustEnrol });
  }
}

function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
