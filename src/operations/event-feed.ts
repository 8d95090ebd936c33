import type { Outbox, RecordedEvent, Store } from '../store/index.ts';

/** Rung when the outbox got events from a journal; some rings are missed, so there is a sweep too. */
const CHANNEL = 'headwater_deliveries';
const SWEEP_MS = 1000;

export type EventFeedPage = {
  readonly events: readonly RecordedEvent[];
  /** What to go on after. */
  readonly cursor: number;
};

export type EventFeedOptions = {
  readonly outbox: Pick<Outbox, 'eventsSince'>;
  readonly store: Pick<Store, 'listen' | 'query'>;
  /** How often it looks by itself while it waits (1 s). */
  readonly sweepMs?: number;
};

/** The recorded events for those who follow them, oldest first. Those who are as far as others ask together with them. */
export class EventFeed {
  readonly #outbox: Pick<Outbox, 'eventsSince'>;
  readonly #store: Pick<Store, 'listen' | 'query'>;
  readonly #sweepMs: number;
  readonly #asked = new Map<string, Promise<RecordedEvent[]>>();
  readonly #waiting = new Set<() => void>();
  #followers = 0;
  #rings = 0;
  #stopFollowing: () => void = () => undefined;

  constructor(options: EventFeedOptions) {
    this.#outbox = options.outbox;
    this.#store = options.store;
    this.#sweepMs = options.sweepMs ?? SWEEP_MS;
  }

  /** The cursor before the first event at or after `since`; without one, or where there is none, after the last event. */
  async cursorAt(since?: Date): Promise<number> {
    const [row] = await this.#store.query<{ cursor: number }>(
      `select coalesce(
         (select min(position) - 1 from headwater.events where at >= $1::timestamptz),
         (select max(position) from headwater.events), 0) as cursor`,
      [since?.toISOString() ?? 'infinity'],
    );
    return row?.cursor ?? 0;
  }

  /** Events after a cursor; where there are none, those that come first within `waitMs` or until the signal. */
  async after(
    cursor: number,
    limit: number,
    wait: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<EventFeedPage> {
    const deadline = performance.now() + wait.waitMs;
    this.#follow();
    try {
      for (;;) {
        const rings = this.#rings;
        const events = await this.#ask(cursor, limit);
        const leftMs = deadline - performance.now();
        if (events.length > 0 || leftMs <= 0 || wait.signal.aborted) {
          return { events, cursor: events.at(-1)?.position ?? cursor };
        }
        if (this.#rings === rings) await this.#nextRing(leftMs, wait.signal);
      }
    } finally {
      if (--this.#followers === 0) this.#stopFollowing();
    }
  }

  #follow(): void {
    if (++this.#followers > 1) return;
    const stopListening = this.#store.listen(CHANNEL, () => this.#ring());
    const sweep = setInterval(() => this.#ring(), this.#sweepMs);
    this.#stopFollowing = () => {
      stopListening();
      clearInterval(sweep);
      this.#asked.clear();
    };
  }

  #ring(): void {
    this.#rings++;
    // What was asked before may have come too early to see what is rung for.
    this.#asked.clear();
    for (const wake of [...this.#waiting]) wake();
  }

  #ask(cursor: number, limit: number): Promise<RecordedEvent[]> {
    const key = `${cursor} ${limit}`;
    const asked = this.#asked.get(key);
    if (asked) return asked;
    const asking = this.#outbox.eventsSince(cursor, limit).finally(() => {
      if (this.#asked.get(key) === asking) this.#asked.delete(key);
    });
    this.#asked.set(key, asking);
    return asking;
  }

  async #nextRing(waitMs: number, signal: AbortSignal): Promise<void> {
    let wake = () => {};
    const rung = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const timer = setTimeout(wake, waitMs);
    this.#waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    await rung;
    clearTimeout(timer);
    this.#waiting.delete(wake);
    signal.removeEventListener('abort', wake);
  }
}
