import assert from 'node:assert/strict';
import { addressGroup } from './address.ts';
import type { PlayRequest } from './request.ts';
import { type Refusal, refusal } from './verdict.ts';

/** Media bytes given to one session, of the stream or rendition of that name. */
export type PlayedTraffic = { readonly name: string; bytes: number };

/** Why a session is over: the viewer went, the stream did, it did not keep up, or a code of the server's in lower case. */
export type SessionEnding = 'left' | 'stream_ended' | 'too_slow' | (string & {});

/** Those who keep count of viewers. What they throw is theirs to catch. */
export interface SessionListener {
  opened?(session: ViewerSession): void;
  closed?(session: ViewerSession, ending: SessionEnding): void;
}

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
  /** The name of the rendition that it plays at the moment, where it may go through several. */
  readonly plays?: () => string;
  /** What it was given so far, of each rendition that it played; whoever sends adds to it. */
  readonly traffic?: readonly PlayedTraffic[] | undefined;
  /** When it last asked for something, where it has no connection of its own. */
  readonly lastSeenWallMs?: () => number;
  /** What the player calls its viewing, under which it reports. */
  readonly viewing?: string | undefined;
  /** What the player calls itself, where `request` does not say so. */
  readonly agent?: string | undefined;
  /** The page that the player is on, where `request` does not say so. */
  readonly page?: string | undefined;
  /** Ends the session's connection. Called at most once. */
  close(reason: string): void;
};

/** Who wants to watch what. */
export type Newcomer = Pick<ViewerSession, 'domain' | 'app' | 'stream' | 'protocol' | 'address' | 'uid'>;

/** How many sessions at once; 0 for any number. */
export type ViewerLimits = {
  readonly stream: number;
  readonly domain: number;
  readonly app: number;
  /** For each address within the domain; IPv6 addresses count by their network of 64 bits. */
  readonly address: number;
  /** For each uid within the domain. */
  readonly uid: number;
};

type Scope = keyof ViewerLimits;

export type OpenResult =
  | { readonly opened: true; readonly remove: (ending?: SessionEnding) => void }
  | { readonly opened: false; readonly refusal: Refusal };

/** The limits of streams, apps and domains where several nodes count together. */
export interface SharedLimits {
  /** How many of a limit may be let in here. */
  allowed(key: string, limit: number): number;
  /** Asks for room for one more; undefined where there is some, or asking does not help. */
  makeRoom(key: string, limit: number): Promise<void> | undefined;
}

export type ViewerSessionsOptions = {
  readonly limitsOf: (session: Newcomer) => ViewerLimits;
  /** The name of the stream that the session's is a rendition of: the limit of a stream is for it and its renditions. */
  readonly ownerOf?: (session: Newcomer) => string;
  /** Why nobody more may be let in where the session's viewer wants to be, in words; undefined where he may. */
  readonly overrun?: (session: Newcomer) => string | undefined;
  /** Why this server lets nobody more in, wherever they want to be. */
  readonly shut?: (session: Newcomer) => Refusal | undefined;
  /** Where there are other nodes; asked each time, as they are found out later. */
  readonly shared?: () => SharedLimits | undefined;
};

const REVALIDATED_AT_ONCE = 500;

/** Everybody who is watching. Opening and removing cost the same however many there are. */
export class ViewerSessions {
  readonly #limitsOf: ViewerSessionsOptions['limitsOf'];
  readonly #ownerOf: (session: Newcomer) => string;
  readonly #overrun: NonNullable<ViewerSessionsOptions['overrun']>;
  readonly #shut: NonNullable<ViewerSessionsOptions['shut']>;
  readonly #shared: () => SharedLimits | undefined;
  readonly #sessions = new Map<string, ViewerSession>();
  /** What each session is counted under, as a rendition may be gone when its sessions end. */
  readonly #countedUnder = new WeakMap<ViewerSession, CountKeys>();
  readonly #counts = new Map<string, number>();
  readonly #byProtocol = new Map<string, number>();
  readonly #listeners = new Set<SessionListener>();

  constructor(options: ViewerSessionsOptions) {
    this.#limitsOf = options.limitsOf;
    this.#ownerOf = options.ownerOf ?? (({ stream }) => stream);
    this.#overrun = options.overrun ?? (() => undefined);
    this.#shut = options.shut ?? (() => undefined);
    this.#shared = options.shared ?? (() => undefined);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** To be waited for before `open` where it gives something: other nodes may have to leave room first. */
  room(session: Newcomer): Promise<unknown> | undefined {
    const shared = this.#shared();
    if (!shared) return undefined;
    const limits = this.#limitsOf(session);
    const asked = countKeys(session, this.#ownerOf(session)).flatMap(([scope, key]) => {
      const limit = isShared(scope) ? limits[scope] : 0;
      return limit > 0 ? (shared.makeRoom(key, limit) ?? []) : [];
    });
    return asked.length > 0 ? Promise.all(asked) : undefined;
  }

  /** Takes the session in unless a limit is reached. `remove` may be called more than once. */
  open(session: ViewerSession): OpenResult {
    assert(!this.#sessions.has(session.sessionId), 'a session id is opened once');
    const keys = countKeys(session, this.#ownerOf(session));
    const obstacle = this.#obstacle(session, keys);
    if (obstacle) return { opened: false, refusal: obstacle };
    this.#countedUnder.set(session, keys);
    this.#sessions.set(session.sessionId, session);
    for (const [, key] of keys) add(this.#counts, key, 1);
    add(this.#byProtocol, session.protocol, 1);
    for (const listener of this.#listeners) listener.opened?.(session);
    return { opened: true, remove: (ending = 'left') => this.#remove(session, ending) };
  }

  /** Why a session would not be opened now, once `room` was waited for; whoever is answered before he opens one hears of it at once. */
  obstacle(to: Newcomer): Refusal | undefined {
    return this.#obstacle(to, countKeys(to, this.#ownerOf(to)));
  }

  /** From now on hears of every session; returns what ends that. */
  listen(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(sessionId: string): ViewerSession | undefined {
    return this.#sessions.get(sessionId);
  }

  /** The sessions of one stream name; a rendition has its own. */
  streamCount(domain: string, app: string, stream: string): number {
    return this.#counts.get(nameKey({ domain, app, stream })) ?? 0;
  }

  /** How many count under a key of the limits. */
  count(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  domainCount(domain: string): number {
    return this.#counts.get(`domain\n${domain}`) ?? 0;
  }

  appCount(domain: string, app: string): number {
    return this.#counts.get(`app\n${domain}\n${app}`) ?? 0;
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
    this.#remove(session, reason.toLowerCase());
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

  #obstacle(to: Newcomer, keys: CountKeys): Refusal | undefined {
    const shut = this.#shut(to);
    if (shut) return shut;
    const limits = this.#limitsOf(to);
    for (const [scope, key] of keys) {
      if (scope === 'name') continue;
      const limit = limits[scope];
      if (limit === 0) continue;
      const shared = isShared(scope) ? this.#shared() : undefined;
      if (this.count(key) >= (shared?.allowed(key, limit) ?? limit)) return tooMany(scope, limit);
    }
    const reason = this.#overrun(to);
    return reason === undefined ? undefined : refusal('EGRESS_LIMIT', { reason });
  }

  #remove(session: ViewerSession, ending: SessionEnding): void {
    if (this.#sessions.get(session.sessionId) !== session) return;
    this.#sessions.delete(session.sessionId);
    for (const [, key] of this.#countedUnder.get(session) ?? []) add(this.#counts, key, -1);
    add(this.#byProtocol, session.protocol, -1);
    for (const listener of this.#listeners) listener.closed?.(session, ending);
  }
}

/** An address and a uid are rarely on two nodes at once: their limits are each node's own. */
function isShared(scope: Scope | 'name'): scope is 'stream' | 'domain' | 'app' {
  return scope === 'stream' || scope === 'domain' || scope === 'app';
}

type CountKeys = readonly (readonly [Scope | 'name', string])[];

function countKeys(session: Newcomer, owner: string): CountKeys {
  const { domain, uid } = session;
  const keys: [Scope | 'name', string][] = [
    ['name', nameKey(session)],
    ['stream', `stream\n${domain}\n${session.app}\n${owner}`],
    ['domain', `domain\n${domain}`],
    ['app', `app\n${domain}\n${session.app}`],
    ['address', `address\n${domain}\n${addressGroup(session.address)}`],
  ];
  if (uid !== undefined) keys.push(['uid', `uid\n${domain}\n${uid}`]);
  return keys;
}

function tooMany(scope: Scope, limit: number): Refusal {
  const where = scope === 'app' ? ' in this app' : '';
  return refusal('LIMIT', { reason: `limit of ${limit} viewers reached${where}`, remedy: 'Try again later.' });
}

function nameKey({ domain, app, stream }: { domain: string; app: string; stream: string }): string {
  return `name\n${domain}\n${app}\n${stream}`;
}

function add(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
