import type {
  PlayedTraffic,
  PlayRequest,
  SessionEnding,
  Verdict,
  ViewerSession,
  ViewerSessions,
} from '../../access/index.ts';
import type { Clock, StreamId } from '../../live/index.ts';
import type { CompiledRules } from '../../rules/index.ts';
import type { Played } from './ladder-view.ts';

export type HlsSessionsOptions = {
  readonly clock: Clock;
  readonly sessions: ViewerSessions;
  readonly rules: () => CompiledRules;
  readonly verify: (request: PlayRequest, token: string) => Verdict;
  /** The server ended the session of the token. */
  readonly onShutOut?: (token: string) => void;
};

/** Where a viewer's requests come from and what they begin with. */
export type KnownBy = {
  /** The path up to the last slash. */
  readonly folder: string;
  readonly host: string;
  readonly address: string;
};

/** One viewer, whichever variants he goes through. */
type Viewer = {
  readonly host: string;
  readonly address: string;
  readonly token: string;
  rules: CompiledRules;
  expiresAtMs: number;
  readonly traffic: PlayedTraffic[];
  readonly folders: Set<string>;
  /** All that he asked for, by name. */
  readonly played: Map<string, Played>;
  lastSeenMs: number;
  /** What he asked for last. */
  playing: Played;
  readonly remove: (ending?: SessionEnding) => void;
};

/** What a viewer asks for, and what counts the bytes that he is given of it. */
export type Watched = { readonly played: Played; readonly traffic: PlayedTraffic };

/** A session that is open: what it is known by, and for how long it lasts by itself. */
export type OpenedSession = { readonly key: string; readonly host: string; readonly expiresAtMs: number };

/** A viewer that asked for nothing this long is gone. */
export const GONE_MS = 15_000;
const SWEEP_MS = 2000;

const SHUT_OUT: Verdict = {
  allowed: false,
  code: 'REVOKED',
  status: 403,
  reason: 'session ended by the server',
  remedy: 'Open the playlist URL again, if the rules still let you in.',
};

/** HLS viewers, told apart by the token in their URLs, without cookies. */
export class HlsSessions {
  readonly #options: HlsSessionsOptions;
  readonly #viewers = new Map<string, Viewer>();
  /** What viewers play whose token is in the path, which nobody else's begins with. */
  readonly #byFolder = new Map<string, { readonly viewer: Viewer; readonly watched: Watched }>();
  /** Tokens of sessions that were ended, with the time when they expire by themselves. */
  readonly #shutOutUntilMs = new Map<string, number>();
  #cancelSweep: () => void = () => {};

  constructor(options: HlsSessionsOptions) {
    this.#options = options;
    this.#sweepLater();
  }

  /** What a viewer plays who was let in, if by now nothing has changed that the decision rests on. */
  known({ folder, host, address }: KnownBy): Watched | undefined {
    const entry = this.#byFolder.get(folder);
    if (!entry) return undefined;
    const { viewer, watched } = entry;
    if (viewer.host !== host || this.#shutOutUntilMs.has(viewer.token)) return undefined;
    if (!this.#isStillValid(viewer, address)) return undefined;
    viewer.lastSeenMs = this.#options.clock.nowMs();
    viewer.playing = watched.played;
    return watched;
  }

  /** To be waited for before `enter` where it gives something: nodes that count together may have to make room first. */
  room(request: PlayRequest, token: string, played: Played): Promise<unknown> | undefined {
    if (this.#viewers.has(keyOf(request, token))) return undefined;
    return this.#options.sessions.room(whoseSession(request, played));
  }

  /** Lets a request of a session through; the first one makes it a viewer. */
  enter(request: PlayRequest, token: string, played: Played): Verdict {
    if (this.#shutOutUntilMs.has(token)) return SHUT_OUT;
    const known = this.#viewers.get(keyOf(request, token));
    if (known && known.address !== request.address) {
      known.remove('moved');
      return this.#open(request, token, played);
    }
    if (!known) return this.#open(request, token, played);
    if (!this.#isStillValid(known, request.address)) {
      const verdict = this.#verifyAgain(known, request);
      if (!verdict.allowed) return verdict;
    }
    known.lastSeenMs = this.#options.clock.nowMs();
    known.playing = played;
    this.#addFolder(known, request, played);
    return { allowed: true };
  }

  /** What counts the bytes of a viewer who was let in; undefined where he is gone. */
  trafficOf(request: PlayRequest, token: string, { id }: Played): PlayedTraffic | undefined {
    const viewer = this.#viewers.get(keyOf(request, token));
    return viewer && trafficIn(viewer.traffic, id.name);
  }

  /** The session of a request that was let through just now. */
  opened(request: PlayRequest, token: string): OpenedSession | undefined {
    const key = keyOf(request, token);
    const viewer = this.#viewers.get(key);
    return viewer && { key, host: viewer.host, expiresAtMs: viewer.expiresAtMs };
  }

  /** A viewer was served elsewhere; gives what counts his bytes, undefined where he is gone. */
  served(key: string, { name }: StreamId): PlayedTraffic | undefined {
    const viewer = this.#viewers.get(key);
    if (!viewer) return undefined;
    viewer.lastSeenMs = this.#options.clock.nowMs();
    viewer.playing = viewer.played.get(name) ?? viewer.playing;
    return trafficIn(viewer.traffic, name);
  }

  /** Whether the token's session was ended by the server. */
  isShutOut(token: string): boolean {
    return this.#shutOutUntilMs.has(token);
  }

  close(): void {
    this.#cancelSweep();
    for (const viewer of [...this.#viewers.values()]) viewer.remove();
  }

  /** The rules changed, or the token's time is over. */
  #verifyAgain(viewer: Viewer, request: PlayRequest): Verdict {
    const verdict = this.#options.verify(request, viewer.token);
    if (verdict.allowed) {
      viewer.rules = this.#options.rules();
      viewer.expiresAtMs = verdict.expiresAtMs ?? Number.POSITIVE_INFINITY;
    } else viewer.remove(verdict.code.toLowerCase());
    return verdict;
  }

  #isStillValid(viewer: Viewer, address: string): boolean {
    const isSame = viewer.address === address && viewer.rules === this.#options.rules();
    return isSame && this.#options.clock.wallMs() < viewer.expiresAtMs;
  }

  #open(request: PlayRequest, token: string, played: Played): Verdict {
    const verdict = this.#options.verify(request, token);
    if (!verdict.allowed) return verdict;
    const sessionId = verdict.sessionId ?? token;
    const expiresAtMs = verdict.expiresAtMs ?? Number.POSITIVE_INFINITY;
    const key = keyOf(request, token);
    const traffic: PlayedTraffic[] = [];
    const { clock } = this.#options;
    const forget = () => {
      this.#viewers.delete(key);
      for (const folder of viewer.folders) this.#byFolder.delete(folder);
    };
    const session: ViewerSession = {
      sessionId,
      ...(verdict.uid === undefined ? {} : { uid: verdict.uid }),
      viewing: verdict.viewing,
      ...whoseSession(request, played),
      plays: () => viewer.playing.id.name,
      traffic,
      lastSeenWallMs: () => clock.wallMs() - (clock.nowMs() - viewer.lastSeenMs),
      openedAtMs: clock.wallMs(),
      request,
      token,
      close: () => {
        forget();
        this.#shutOutUntilMs.set(token, expiresAtMs);
        this.#options.onShutOut?.(token);
      },
    };
    const opened = this.#options.sessions.get(sessionId)
      ? { opened: true as const, remove: () => {} }
      : this.#options.sessions.open(session);
    if (!opened.opened) return opened.refusal;
    const viewer: Viewer = {
      host: request.host ?? '',
      address: request.address,
      token,
      rules: this.#options.rules(),
      expiresAtMs,
      folders: new Set(),
      played: new Map(),
      traffic,
      lastSeenMs: clock.nowMs(),
      playing: played,
      remove: (ending) => {
        forget();
        opened.remove(ending);
      },
    };
    this.#viewers.set(key, viewer);
    this.#addFolder(viewer, request, played);
    return verdict;
  }

  #addFolder(viewer: Viewer, { path }: PlayRequest, played: Played): void {
    viewer.played.set(played.id.name, played);
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    if (!folder.includes(`/~${viewer.token}/`)) return;
    viewer.folders.add(folder);
    this.#byFolder.set(folder, { viewer, watched: { played, traffic: trafficIn(viewer.traffic, played.id.name) } });
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(SWEEP_MS, () => {
      const goneBefore = this.#options.clock.nowMs() - GONE_MS;
      for (const viewer of [...this.#viewers.values()]) if (viewer.lastSeenMs < goneBefore) viewer.remove();
      const wallMs = this.#options.clock.wallMs();
      for (const [token, untilMs] of this.#shutOutUntilMs) if (untilMs < wallMs) this.#shutOutUntilMs.delete(token);
      this.#sweepLater();
    });
  }
}

function whoseSession({ domain, app, address }: PlayRequest, { owner }: Played) {
  return { domain: domain.name, app, stream: owner.name, protocol: 'hls', address };
}

/** One for each name that a viewer goes through: as many as a ladder has rungs. */
function trafficIn(all: PlayedTraffic[], name: string): PlayedTraffic {
  const known = all.find((each) => each.name === name);
  if (known) return known;
  const traffic = { name, bytes: 0 };
  all.push(traffic);
  return traffic;
}

/** What was verified once: the token for this name, and for no other. */
function keyOf({ domain, app, stream }: PlayRequest, token: string): string {
  return `${domain.name}\n${app}\n${stream}\n${token}`;
}
