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

/** The recorded events for those who follow them, oldest first. */
export class EventFeed {
  readonly #outbox: Pick<Outbox, 'eventsSince'>;
  readonly #store: Pick<Store, 'listen' | 'query'>;
  readonly #sweepMs: number;

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
    let ring = () => {};
    let isRung = false;
    const stopListening = this.#store.listen(CHANNEL, () => {
      isRung = true;
      ring();
    });
    try {
      for (;;) {
        isRung = false;
        const events = await this.#outbox.eventsSince(cursor, limit);
        const leftMs = deadline - performance.now();
        if (events.length > 0 || leftMs <= 0 || wait.signal.aborted) {
          return { events, cursor: events.at(-1)?.position ?? cursor };
        }
        await new Promise<void>((resolve) => {
          const timer = setTimeout(() => ring(), Math.min(this.#sweepMs, leftMs));
          ring = () => {
            clearTimeout(timer);
            wait.signal.removeEventListener('abort', ring);
            resolve();
          };
          wait.signal.addEventListener('abort', ring, { once: true });
          if (isRung || wait.signal.aborted) ring();
        });
      }
    } finally {
      stopListening();
    }
  }
}
