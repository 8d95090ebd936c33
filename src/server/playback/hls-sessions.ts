import type { PlayRequest, Verdict, ViewerSessions } from '../../access/index.ts';
import type { Clock } from '../../live/index.ts';
import type { CompiledRules } from '../../rules/index.ts';

export type HlsSessionsOptions = {
  readonly clock: Clock;
  readonly sessions: ViewerSessions;
  readonly rules: () => CompiledRules;
  readonly verify: (request: PlayRequest, token: string) => Verdict;
};

type Entry = {
  lastSeenMs: number;
  readonly address: string;
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
  /** Tokens of sessions that were ended, with the time when they expire by themselves. */
  readonly #shutOutUntilMs = new Map<string, number>();
  #cancelSweep: () => void = () => {};

  constructor(options: HlsSessionsOptions) {
    this.#options = options;
    this.#sweepLater();
  }

  /** Lets a request of a session through; the first one makes it a viewer. */
  enter(request: PlayRequest, token: string): Verdict {
    if (this.#shutOutUntilMs.has(token)) return SHUT_OUT;
    const nowMs = this.#options.clock.nowMs();
    const known = this.#entries.get(keyOf(request, token));
    if (known && this.#isStillValid(known, request)) {
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

  #isStillValid(entry: Entry, request: PlayRequest): boolean {
    const isSame = entry.address === request.address && entry.rules === this.#options.rules();
    return isSame && this.#options.clock.wallMs() < entry.expiresAtMs;
  }

  #open(request: PlayRequest, token: string, nowMs: number): Verdict {
    const verdict = this.#options.verify(request, token);
    if (!verdict.allowed) return verdict;
    const sessionId = verdict.sessionId ?? token;
    const expiresAtMs = verdict.expiresAtMs ?? Number.POSITIVE_INFINITY;
    const key = keyOf(request, token);
    const forget = () => this.#entries.delete(key);
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
    this.#entries.set(key, {
      lastSeenMs: nowMs,
      address: request.address,
      rules: this.#options.rules(),
      expiresAtMs,
      remove: () => {
        forget();
        opened.remove();
      },
    });
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
