/** A node as a table has it: `seenAtMs` is by the database's clock, `agoMs` how long ago that is by the same. */
export type SeenRow = { readonly key: string; readonly seenAtMs: number; readonly agoMs: number };

type Seen = { readonly seenAtMs: number; readonly lastMs: number };

/** The same row read at two times differs by no more, where its time was reckoned from its age. */
const SAME_MS = 500;

/**
 * When nodes said last that they are there, by this node's monotonic clock: the database's may be set, or nobody may ask
 * it for a while. Only of one that is new here its age is believed.
 */
export class LastSeen {
  /** Whoever asks more seldom could not ask before. */
  readonly #mostBetweenMs: number;
  #seen = new Map<string, Seen>();
  #askedMs: number | undefined;

  constructor(mostBetweenMs: number) {
    this.#mostBetweenMs = mostBetweenMs;
  }

  /** Takes what the database says now of all nodes that there are. */
  take(rows: readonly SeenRow[], nowMs: number): void {
    this.#seen = new Map(rows.map((row) => [row.key, { seenAtMs: row.seenAtMs, lastMs: this.#lastMsOf(row, nowMs) }]));
    this.#askedMs = nowMs;
  }

  /** How long ago it was, as far as can be known now. */
  agoMs(key: string, nowMs: number): number {
    const seen = this.#seen.get(key);
    if (!seen) return Number.POSITIVE_INFINITY;
    return Math.min(nowMs, (this.#askedMs ?? 0) + this.#mostBetweenMs) - seen.lastMs;
  }

  #lastMsOf({ key, seenAtMs, agoMs }: SeenRow, nowMs: number): number {
    const before = this.#seen.get(key);
    const byDatabaseMs = nowMs - Math.max(0, agoMs);
    if (!before || this.#askedMs === undefined) return byDatabaseMs;
    if (Math.abs(before.seenAtMs - seenAtMs) > SAME_MS) return Math.max(byDatabaseMs, this.#askedMs);
    // Time in which nobody could be asked counts against nobody.
    return before.lastMs + Math.max(0, nowMs - this.#askedMs - this.#mostBetweenMs);
  }
}
