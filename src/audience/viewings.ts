import type { ViewerSession } from '../access/index.ts';

/** What a player said of its viewing: totals, times in ms. */
export type PlayerTotals = {
  readonly watchedMs: number;
  readonly stalledMs: number;
  readonly stalls: number;
  readonly startupMs?: number | undefined;
};

type Clock = { nowMs(): number; wallMs(): number };

type Viewing = {
  /** Open sessions that belong to it: a player that reconnects goes on with its totals. */
  sessions: number;
  latest: PlayerTotals | undefined;
  /** When it came. */
  latestWallMs: number;
  /** What sessions before took as theirs. */
  claimed: PlayerTotals;
  forgetAtMs: number;
};

const NOTHING: PlayerTotals = { watchedMs: 0, stalledMs: 0, stalls: 0 };
const MOST_VIEWINGS = 50_000;
/** Between two sessions of one viewing. */
const KEPT_MS = 60_000;

/** What players report, by the viewing that their sessions were opened with. */
export class Viewings {
  readonly #clock: Clock;
  readonly #viewings = new Map<string, Viewing>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A session begins; of those that name no viewing nothing is kept. */
  opened({ viewing: id }: ViewerSession): void {
    if (id === undefined) return;
    const known = this.#viewings.get(id);
    if (known) known.sessions++;
    else if (this.#viewings.size < MOST_VIEWINGS) {
      const forgetAtMs = Number.POSITIVE_INFINITY;
      this.#viewings.set(id, { sessions: 1, latest: undefined, latestWallMs: 0, claimed: NOTHING, forgetAtMs });
    }
  }

  /** Totals since the viewing began; of unknown ones nothing is kept. */
  report(id: string, { watchedMs, stalledMs, stalls, startupMs }: PlayerTotals): void {
    const viewing = this.#viewings.get(id);
    if (!viewing) return;
    viewing.latest = { watchedMs, stalledMs, stalls, startupMs };
    viewing.latestWallMs = this.#clock.wallMs();
  }

  /** What the session's player reported of it so far; undefined where it does not report. */
  totalsOf({ viewing: id }: ViewerSession): PlayerTotals | undefined {
    const { latest, claimed } = (id === undefined ? undefined : this.#viewings.get(id)) ?? {};
    return latest && claimed && since(latest, claimed);
  }

  /** When its player reported last; undefined where it never did. */
  lastReportWallMs({ viewing: id }: ViewerSession): number | undefined {
    const { latest, latestWallMs } = (id === undefined ? undefined : this.#viewings.get(id)) ?? {};
    return latest && latestWallMs;
  }

  /** The same of a session that is over: the next one of the viewing begins where it ended. */
  claim(session: ViewerSession): PlayerTotals | undefined {
    const viewing = session.viewing === undefined ? undefined : this.#viewings.get(session.viewing);
    if (!viewing) return undefined;
    const totals = this.totalsOf(session);
    viewing.claimed = viewing.latest ?? viewing.claimed;
    if (--viewing.sessions <= 0) viewing.forgetAtMs = this.#clock.nowMs() + KEPT_MS;
    return totals;
  }

  /** Forgets viewings without sessions; to be called every now and then. */
  sweep(): void {
    const nowMs = this.#clock.nowMs();
    for (const [id, { sessions, forgetAtMs }] of this.#viewings) {
      if (sessions <= 0 && forgetAtMs <= nowMs) this.#viewings.delete(id);
    }
  }
}

function since(latest: PlayerTotals, claimed: PlayerTotals): PlayerTotals {
  return {
    watchedMs: Math.max(0, latest.watchedMs - claimed.watchedMs),
    stalledMs: Math.max(0, latest.stalledMs - claimed.stalledMs),
    stalls: Math.max(0, latest.stalls - claimed.stalls),
    startupMs: claimed.startupMs === undefined ? latest.startupMs : undefined,
  };
}
