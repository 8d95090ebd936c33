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

/** HLS viewers, told apart by the token in their URLs, without cookies. */
export class HlsSessions {
  readonly #options: HlsSessionsOptions;
  readonly #entries = new Map<string, Entry>();
  #cancelSweep: () => void = () => {};

  constructor(options: HlsSessionsOptions) {
    this.#options = options;
    this.#sweepLater();
  }

  /** Lets a request of a session through; the first one makes it a viewer. */
  enter(request: PlayRequest, token: string): Verdict {
    const nowMs = this.#options.clock.nowMs();
    const known = this.#entries.get(token);
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
    const forget = () => this.#entries.delete(token);
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
          close: forget,
        });
    if (!opened.opened) {
      const reason = `limit of ${opened.limit} viewers reached`;
      return { allowed: false, code: 'LIMIT', status: 429, reason, remedy: 'Try again later.' };
    }
    this.#entries.set(token, {
      lastSeenMs: nowMs,
      address: request.address,
      rules: this.#options.rules(),
      expiresAtMs: verdict.expiresAtMs ?? Number.POSITIVE_INFINITY,
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
      this.#sweepLater();
    });
  }
}
