import { randomUUID } from 'node:crypto';
import type { StoredLoginSession } from '../../store/index.ts';

/** Half a day. */
export const SESSION_SECONDS = 12 * 3600;
const MAX_SESSIONS = 10_000;
const MAX_PER_USER = 50;
const MAX_AGENT_LENGTH = 200;

/** Somebody who is logged in at this node. */
export type LoginSession = StoredLoginSession;

export type SessionsOptions = {
  readonly wallMs: () => number;
  /** What was kept of them. */
  readonly sessions: readonly LoginSession[];
  /** Keeps all of them, over a restart. */
  readonly keep: (sessions: readonly LoginSession[]) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
};

/** The logins of this node, so that each can be seen and ended. */
export class Sessions {
  readonly #options: SessionsOptions;
  #sessions: ReadonlyMap<string, LoginSession>;
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#sessions = new Map(options.sessions.map((session) => [session.id, session]));
  }

  /** The user's oldest sessions end where there are too many. */
  begin(userId: string, { address, agent }: { readonly address: string; readonly agent: string }): LoginSession {
    const startedMs = this.#options.wallMs();
    const session: LoginSession = {
      ...{ id: randomUUID(), userId, startedMs, endsMs: startedMs + SESSION_SECONDS * 1000 },
      ...{ address, agent: agent.slice(0, MAX_AGENT_LENGTH) },
    };
    const all = this.all();
    const theirs = all.filter((each) => each.userId === userId);
    const tooMany = new Set(theirs.slice(0, Math.max(0, theirs.length - MAX_PER_USER + 1)));
    this.#set([...all.filter((each) => !tooMany.has(each)), session].slice(-MAX_SESSIONS));
    return session;
  }

  find(id: string): LoginSession | undefined {
    const session = this.#sessions.get(id);
    return session && session.endsMs > this.#options.wallMs() ? session : undefined;
  }

  /** The oldest first. */
  all(): readonly LoginSession[] {
    const nowMs = this.#options.wallMs();
    return [...this.#sessions.values()].filter(({ endsMs }) => endsMs > nowMs);
  }

  /** Undefined where there is none. */
  end(id: string): LoginSession | undefined {
    const session = this.find(id);
    if (session) this.#set(this.all().filter((each) => each !== session));
    return session;
  }

  /** Those of whom a user is no longer there, or who may no longer go on. */
  endWhere(isOver: (session: LoginSession) => boolean): void {
    const all = this.all();
    const left = all.filter((session) => !isOver(session));
    if (left.length < all.length) this.#set(left);
  }

  /** Resolves when what there is has been kept. */
  async close(): Promise<void> {
    await this.#keeping;
  }

  #set(sessions: readonly LoginSession[]): void {
    this.#sessions = new Map(sessions.map((session) => [session.id, session]));
    this.#keeping = this.#keeping.then(() => this.#options.keep(this.all())).catch(this.#options.onFailure);
  }
}
