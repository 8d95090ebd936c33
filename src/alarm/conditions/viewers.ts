import type { Condition, Observation } from './condition.ts';

export type ViewerSources = {
  readonly node: string;
  /** Running totals since the start; refusals by the domain that was asked. */
  readonly joins: () => JoinTotals | undefined;
  readonly refusals: () => ReadonlyMap<string, number> | undefined;
  readonly nowMs: () => number;
  readonly slowestJoinSeconds: () => number;
  readonly mostRefusals: () => number;
  /** How long it must be slow; looked at are the joins of five times as long. */
  readonly joinHoldMs: () => number;
};

/** Joins so far, and how many of them took at most so many seconds, by the bound. */
export type JoinTotals = {
  readonly count: number;
  readonly within: readonly { readonly seconds: number; readonly count: number }[];
};

/** Looked at are the joins of so many times as long as it must be slow. */
const JOIN_WINDOW_HOLDS = 5;
const LEAST_JOIN_WINDOW_MS = 10_000;
const REFUSAL_WINDOW_MS = 60_000;
const SAMPLE_MS = 5000;
/** Of fewer joins nothing can be said. */
const FEWEST_JOINS = 5;
const SHARE = 0.95;

/** Viewers wait too long for their first picture, or many are refused. */
export function viewers(sources: ViewerSources): Condition {
  const { node, joins, refusals, nowMs, slowestJoinSeconds, mostRefusals, joinHoldMs } = sources;
  const joined = new Totals<JoinTotals>(() => Math.max(LEAST_JOIN_WINDOW_MS, JOIN_WINDOW_HOLDS * joinHoldMs()));
  const refused = new Map<string, Totals<number>>();
  return {
    codes: ['JOIN_SLOW', 'FORBIDDEN_SPIKE'],
    scope: 'node',
    look() {
      const found: Observation[] = [];
      const join = joins();
      const before = join && joined.since(join, nowMs());
      const isSlow = join && before && isSlower(before, join, slowestJoinSeconds());
      if (isSlow) {
        const sentence = `More than one in twenty viewers of ${node} waited longer than ${slowestJoinSeconds()} s for their first picture.`;
        found.push({ code: 'JOIN_SLOW', subject: { kind: 'node', name: node }, sentence });
      }
      for (const [domain, total] of refusals() ?? []) {
        // What nobody asked before was refused nothing before.
        const totals = refused.get(domain) ?? new Totals<number>(() => REFUSAL_WINDOW_MS, 0);
        refused.set(domain, totals);
        const more = total - totals.since(total, nowMs());
        if (more <= mostRefusals()) continue;
        const sentence = `${more} requests to play from the domain ${domain} were refused by ${node} within a minute.`;
        found.push({ code: 'FORBIDDEN_SPIKE', subject: { kind: 'domain', name: domain, domain }, sentence });
      }
      return found;
    },
  };
}

function isSlower(before: JoinTotals, now: JoinTotals, seconds: number): boolean {
  const count = now.count - before.count;
  if (count < FEWEST_JOINS) return false;
  const quick = (totals: JoinTotals) => totals.within.findLast((each) => each.seconds <= seconds)?.count ?? 0;
  return (quick(now) - quick(before)) / count < SHARE;
}

/** Running totals as they were, as far back as a window. */
class Totals<T> {
  readonly #windowMs: () => number;
  readonly #first: T | undefined;
  #samples: { readonly atMs: number; readonly total: T }[] = [];

  /** @param first what it was before it was first looked at; without it, what it is then */
  constructor(windowMs: () => number, first?: T) {
    this.#windowMs = windowMs;
    this.#first = first;
  }

  /** Notes the total of now, and gives that of the beginning of the window. */
  since(total: T, nowMs: number): T {
    const last = this.#samples.at(-1);
    if (!last || nowMs - last.atMs >= SAMPLE_MS) {
      const from = this.#samples.findLastIndex(({ atMs }) => nowMs - atMs >= this.#windowMs());
      const kept = last ? this.#samples.slice(Math.max(0, from)) : [];
      this.#samples = [...kept, { atMs: nowMs, total: last ? total : (this.#first ?? total) }];
    }
    return this.#samples[0]?.total ?? total;
  }
}
