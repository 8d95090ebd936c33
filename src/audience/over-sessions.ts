import type { SessionEnding, SessionListener, ViewerSession } from '../access/index.ts';
import { type PlayerTotals, Viewings } from './viewings.ts';

/** A session that is over, with what its player said of it. */
export type OverSession = {
  readonly session: ViewerSession;
  /** The stream whose rendition was played, or the stream itself. */
  readonly owner: string;
  readonly ending: SessionEnding;
  readonly closedAtMs: number;
  readonly player: PlayerTotals | undefined;
};

export type OverSessionsOptions = {
  readonly clock: { nowMs(): number; wallMs(): number; after(delayMs: number, action: () => void): () => void };
  readonly ownerOf: (session: ViewerSession) => string;
  /** Whether the stream that a session watched is still there. */
  readonly isLive: (session: ViewerSession) => boolean;
  readonly onOver: (over: OverSession) => void;
};

type Held = Omit<OverSession, 'player'> & { readonly sinceMs: number };

/** A player that reports sends its last words when it goes: they may come after its connection closed. */
const LAST_WORDS_MS = 3000;
const MOST_HELD = 20_000;
const SWEEP_MS = 1000;

/** Tells of each viewer's session once it is over and its player has said its last words. */
export class OverSessions implements SessionListener {
  readonly viewings: Viewings;
  readonly #options: OverSessionsOptions;
  readonly #owners = new WeakMap<ViewerSession, string>();
  #held: Held[] = [];
  #isStopping = false;
  #cancelSweep: () => void = () => {};

  constructor(options: OverSessionsOptions) {
    this.#options = options;
    this.viewings = new Viewings(options.clock);
    this.#sweepLater();
  }

  /** The stream that a session was opened for; a rendition may be gone by the time it ends. */
  ownerOf(session: ViewerSession): string {
    return this.#owners.get(session) ?? this.#options.ownerOf(session);
  }

  opened(session: ViewerSession): void {
    this.#owners.set(session, this.#options.ownerOf(session));
    this.viewings.opened(session);
  }

  closed(session: ViewerSession, ending: SessionEnding): void {
    const { clock } = this.#options;
    const closedAtMs = session.lastSeenWallMs?.() ?? clock.wallMs();
    const over = { session, owner: this.ownerOf(session), ending: this.#endingOf(session, ending), closedAtMs };
    const waits = session.viewing !== undefined && !this.#isStopping && this.#held.length < MOST_HELD;
    if (waits) this.#held.push({ ...over, sinceMs: clock.nowMs() });
    else this.#tell(over);
  }

  /** From now on sessions end because the server does, and nobody waits for last words. */
  stop(): void {
    this.#isStopping = true;
    this.#cancelSweep();
    for (const held of this.#held.splice(0)) this.#tell(held);
  }

  #tell({ session, owner, ending, closedAtMs: seenUntilMs }: Omit<OverSession, 'player'>): void {
    // Who has no connection and plays from what was fetched asks for nothing more: his player tells that he is there.
    const saidAtMs = session.lastSeenWallMs && this.viewings.lastReportWallMs(session);
    const closedAtMs = Math.max(seenUntilMs, saidAtMs ?? 0);
    this.#options.onOver({ session, owner, ending, closedAtMs, player: this.viewings.claim(session) });
  }

  /** Who has no connection cannot see a stream end, he only asks no more. */
  #endingOf(session: ViewerSession, ending: SessionEnding): SessionEnding {
    if (this.#isStopping) return 'server_stopped';
    const isGone = ending === 'left' && session.lastSeenWallMs !== undefined && !this.#options.isLive(session);
    return isGone ? 'stream_ended' : ending;
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(SWEEP_MS, () => {
      const until = this.#options.clock.nowMs() - LAST_WORDS_MS;
      const due = this.#held.findIndex(({ sinceMs }) => sinceMs > until);
      for (const held of this.#held.splice(0, due < 0 ? this.#held.length : due)) this.#tell(held);
      this.viewings.sweep();
      this.#sweepLater();
    });
  }
}
