import assert from 'node:assert/strict';
import { addressGroup } from './address.ts';
import type { PlayRequest } from './request.ts';

export type ViewerSession = {
  readonly sessionId: string;
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly protocol: string;
  readonly uid?: string | undefined;
  readonly address: string;
  readonly streamKeyId?: string | undefined;
  readonly openedAtMs: number;
  /** What was asked for, to be checked again when the rules change. */
  readonly request?: PlayRequest | undefined;
  /** What an HLS session shows instead of the signature that opened it. */
  readonly token?: string | undefined;
  /** Ends the session's connection. Called at most once. */
  close(reason: string): void;
};

/** How many sessions at once; 0 for any number. */
export type ViewerLimits = {
  readonly stream: number;
  readonly domain: number;
  /** For each address within the domain; IPv6 addresses count by their network of 64 bits. */
  readonly address: number;
  /** For each uid within the domain. */
  readonly uid: number;
};

type Scope = keyof ViewerLimits;

export type OpenResult =
  | { readonly opened: true; readonly remove: () => void }
  | { readonly opened: false; readonly code: 'LIMIT'; readonly scope: Scope; readonly limit: number };

export type ViewerSessionsOptions = { readonly limitsOf: (session: ViewerSession) => ViewerLimits };

const REVALIDATED_AT_ONCE = 500;

/** Everybody who is watching. Opening and removing cost the same however many there are. */
export class ViewerSessions {
  readonly #limitsOf: ViewerSessionsOptions['limitsOf'];
  readonly #sessions = new Map<string, ViewerSession>();
  readonly #counts = new Map<string, number>();
  readonly #byProtocol = new Map<string, number>();

  constructor(options: ViewerSessionsOptions) {
    this.#limitsOf = options.limitsOf;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Takes the session in unless a limit is reached. `remove` may be called more than once. */
  open(session: ViewerSession): OpenResult {
    assert(!this.#sessions.has(session.sessionId), 'a session id is opened once');
    const keys = countKeys(session);
    const limits = this.#limitsOf(session);
    for (const [scope, key] of keys) {
      const limit = limits[scope];
      if (limit > 0 && (this.#counts.get(key) ?? 0) >= limit) return { opened: false, code: 'LIMIT', scope, limit };
    }
    this.#sessions.set(session.sessionId, session);
    for (const [, key] of keys) add(this.#counts, key, 1);
    add(this.#byProtocol, session.protocol, 1);
    return { opened: true, remove: () => this.#remove(session) };
  }

  get(sessionId: string): ViewerSession | undefined {
    return this.#sessions.get(sessionId);
  }

  /** The sessions of one stream name; a rendition has its own. */
  streamCount(domain: string, app: string, stream: string): number {
    return this.#counts.get(streamKey({ domain, app, stream })) ?? 0;
  }

  domainCount(domain: string): number {
    return this.#counts.get(`domain\n${domain}`) ?? 0;
  }

  protocolCounts(): ReadonlyMap<string, number> {
    return this.#byProtocol;
  }

  /** A live view; a session may be removed while it is walked. */
  values(): IterableIterator<ViewerSession> {
    return this.#sessions.values();
  }

  /** Ends one session; false when there is none of that id. */
  close(sessionId: string, reason: string): boolean {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return false;
    this.#remove(session);
    session.close(reason);
    return true;
  }

  /**
   * Closes every session for which `check` gives a reason, and says how many. Walks 500 at a time, so that
   * the event loop goes on; sessions opened meanwhile are looked at too.
   */
  async revalidate(check: (session: ViewerSession) => string | undefined): Promise<number> {
    let seen = 0;
    let closed = 0;
    for (const session of this.#sessions.values()) {
      const reason = check(session);
      if (reason !== undefined && this.close(session.sessionId, reason)) closed++;
      if (++seen % REVALIDATED_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return closed;
  }

  #remove(session: ViewerSession): void {
    if (this.#sessions.get(session.sessionId) !== session) return;
    this.#sessions.delete(session.sessionId);
    for (const [, key] of countKeys(session)) add(this.#counts, key, -1);
    add(this.#byProtocol, session.protocol, -1);
  }
}

function countKeys(session: ViewerSession): readonly (readonly [Scope, string])[] {
  const { domain, uid } = session;
  const keys: [Scope, string][] = [
    ['stream', streamKey(session)],
    ['domain', `domain\n${domain}`],
    ['address', `address\n${domain}\n${addressGroup(session.address)}`],
  ];
  if (uid !== undefined) keys.push(['uid', `uid\n${domain}\n${uid}`]);
  return keys;
}

function streamKey({ domain, app, stream }: { domain: string; app: string; stream: string }): string {
  return `stream\n${domain}\n${app}\n${stream}`;
}

function add(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
