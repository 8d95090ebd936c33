import type { PlayRequest, Verdict, ViewerSessions } from '../../access/index.ts';
import type { Clock, StreamId } from '../../live/index.ts';
import type { CompiledRules } from '../../rules/index.ts';

export type HlsSessionsOptions = {
  readonly clock: Clock;
  readonly sessions: ViewerSessions;
  readonly rules: () => CompiledRules;
  readonly verify: (request: PlayRequest, token: string) => Verdict;
};

/** Where a viewer's requests come from and what they begin with. */
export type KnownBy = {
  /** The path up to the last slash. */
  readonly folder: string;
  readonly host: string;
  readonly address: string;
};

type Entry = KnownBy & {
  lastSeenMs: number;
  readonly token: string;
  readonly id: StreamId;
  readonly rules: CompiledRules;
  readonly expiresAtMs: number;
  readonly remove: () => void;
};

/** A viewer that asked for nothing this long is gone. */
const GONE_MS = 15_000;
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
  readonly #entries = new Map<string, Entry>();
  /** Viewers with their token in the path, which nobody else's begins with. */
  readonly #byFolder = new Map<string, Entry>();
  /** Tokens of sessions that were ended, with the time when they expire by themselves. */
  readonly #shutOutUntilMs = new Map<string, number>();
  #cancelSweep: () => void = () => {};

  constructor(options: HlsSessionsOptions) {
    this.#options = options;
    this.#sweepLater();
  }

  /** The stream of a viewer who was let in, if by now nothing has changed that the decision rests on. */
  known({ folder, host, address }: KnownBy): StreamId | undefined {
    const entry = this.#byFolder.get(folder);
    if (!entry || entry.host !== host || this.#shutOutUntilMs.has(entry.token)) return undefined;
    if (!this.#isStillValid(entry, address)) return undefined;
    entry.lastSeenMs = this.#options.clock.nowMs();
    return entry.id;
  }

  /** Lets a request of a session through; the first one makes it a viewer. */
  enter(request: PlayRequest, token: string): Verdict {
    if (this.#shutOutUntilMs.has(token)) return SHUT_OUT;
    const nowMs = this.#options.clock.nowMs();
    const known = this.#entries.get(keyOf(request, token));
    if (known && this.#isStillValid(known, request.address)) {
      known.lastSeenMs = nowMs;
      return { allowed: true };
    }
    known?.remove();
    return this.#open(request, token, nowMs);
  }

  close(): void {
    this.#cancelSweep();
    for (const entry of [...this.#entries.values()]) entry.remove();
  }

  #isStillValid(entry: Entry, address: string): boolean {
    const isSame = entry.address === address && entry.rules === this.#options.rules();
    return isSame && this.#options.clock.wallMs() < entry.expiresAtMs;
  }

  #open(request: PlayRequest, token: string, nowMs: number): Verdict {
    const verdict = this.#options.verify(request, token);
    if (!verdict.allowed) return verdict;
    const sessionId = verdict.sessionId ?? token;
    const expiresAtMs = verdict.expiresAtMs ?? Number.POSITIVE_INFINITY;
    const key = keyOf(request, token);
    const folder = request.path.slice(0, request.path.lastIndexOf('/') + 1);
    const forget = () => {
      this.#entries.delete(key);
      if (this.#byFolder.get(folder) === entry) this.#byFolder.delete(folder);
    };
    const opened = this.#options.sessions.get(sessionId)
      ? { opened: true as const, remove: () => {} }
      : this.#options.sessions.open({
          sessionId,
          domain: request.domain.name,
          app: request.app,
          stream: request.stream,
          protocol: 'hls',
          uid: verdict.uid,
          address: request.address,
          openedAtMs: this.#options.clock.wallMs(),
          request,
          token,
          close: () => {
            forget();
            this.#shutOutUntilMs.set(token, expiresAtMs);
          },
        });
    if (!opened.opened) {
      const reason = `limit of ${opened.limit} viewers reached`;
      return { allowed: false, code: 'LIMIT', status: 429, reason, remedy: 'Try again later.' };
    }
    const entry: Entry = {
      lastSeenMs: nowMs,
      token,
      id: { domain: request.domain.name, app: request.app, name: request.stream },
      folder,
      host: request.host ?? '',
      address: request.address,
      rules: this.#options.rules(),
      expiresAtMs,
      remove: () => {
        forget();
        opened.remove();
      },
    };
    this.#entries.set(key, entry);
    if (folder.endsWith(`/~${token}/`)) this.#byFolder.set(folder, entry);
    return verdict;
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(SWEEP_MS, () => {
      const goneBefore = this.#options.clock.nowMs() - GONE_MS;
      for (const entry of [...this.#entries.values()]) if (entry.lastSeenMs < goneBefore) entry.remove();
      const wallMs = this.#options.clock.wallMs();
      for (const [token, untilMs] of this.#shutOutUntilMs) if (untilMs < wallMs) this.#shutOutUntilMs.delete(token);
      this.#sweepLater();
    });
  }
}

/** What was verified once: the token for this stream, and for no other. */
function keyOf({ domain, app, stream }: PlayRequest, token: string): string {
  return `${domain.name}\n${app}\n${stream}\n${token}`;
}
