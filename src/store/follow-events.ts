import { asc, gt } from 'drizzle-orm';
import { type Logger, rootMessage } from './base/index.ts';
import { retryDelayMs } from './claims.ts';
import { FollowerLease } from './follower-lease.ts';
import { lookNowAndThen } from './look-now-and-then.ts';
import type { RecordedEvent } from './outbox.ts';
import { DELIVERIES_CHANNEL } from './outbox-drain.ts';
import { events } from './schema.ts';
import type { Store } from './store.ts';

const MAX_RETRY_MS = 15_000;

export type FollowEventsOptions = {
  readonly store: Store;
  readonly log: Logger;
  /** Under which it is known how far it has come. */
  readonly name: string;
  /** One that is new begins with what happened from then on. */
  readonly since: Date;
  readonly batch?: number;
  /** Before the first batch, and after a failure: where to go on, if that is not where it was left. */
  readonly resume?: (position: number) => Promise<number>;
  /** Takes events in their order; they come again until it does not throw. */
  readonly handle: (batch: readonly RecordedEvent[]) => Promise<void>;
  readonly onFailure?: (error: unknown) => void;
};

/** Gives out every recorded event in order, on one node of all at a time, from the follower's own kept position on. */
export function followEvents(options: FollowEventsOptions): { readonly close: () => Promise<void> } {
  const { store, log, name } = options;
  const reader = new EventReader(options, () => looking.wake());
  const looking = lookNowAndThen({ store, channel: DELIVERIES_CHANNEL, look: () => reader.look() });
  return {
    async close() {
      reader.stop();
      await looking.end();
      await reader.leave().catch((error: unknown) => {
        log.warn({ follower: name, reason: rootMessage(error) }, 'its lease stays');
      });
    },
  };
}

/** How far a follower is behind; undefined where it has not begun. */
export async function followerLag(
  store: Store,
  name: string,
): Promise<{ readonly waiting: number; readonly oldestAt: Date | null } | undefined> {
  const text = `select (select count(*)::int from headwater.events where position > f.position) as waiting,
      (select at from headwater.events where position > f.position order by position limit 1) as "oldestAt"
    from headwater.event_followers f where name = $1`;
  return (await store.query<{ waiting: number; oldestAt: Date | null }>(text, [name]))[0];
}

/** The position of an event that is kept. */
export async function positionOfEvent(store: Store, id: string): Promise<number | undefined> {
  const text = 'select position from headwater.events where id = $1';
  return (await store.query<{ position: number }>(text, [id]))[0]?.position;
}

class EventReader {
  readonly #options: FollowEventsOptions;
  readonly #lease: FollowerLease;
  #isStopped = false;
  /** From where it reads on; undefined until it has begun, and after a failure. */
  #position: number | undefined;
  #failures = 0;
  #notBeforeMs = 0;

  constructor(options: FollowEventsOptions, onFree: () => void) {
    this.#options = options;
    const { store, name, since } = options;
    const sql = `coalesce((select min(position) - 1 from headwater.events where at >= $4::timestamptz),
      (select max(position) from headwater.events), 0)`;
    const begin = { sql, value: since.toISOString() };
    this.#lease = new FollowerLease({ ...{ store, name, begin, onFree }, table: 'event_followers' });
  }

  async look(): Promise<'soon' | 'later'> {
    const { store, onFailure } = this.#options;
    if (performance.now() < this.#notBeforeMs) return 'soon';
    try {
      await this.#read();
      return 'later';
    } catch (error) {
      this.#position = undefined;
      this.#lease.lose();
      this.#notBeforeMs = performance.now() + Math.min(retryDelayMs(++this.#failures), MAX_RETRY_MS);
      if (store.state.kind === 'ready') onFailure?.(error);
      return 'soon';
    }
  }

  /** Nothing more is read behind what is handled now. */
  stop(): void {
    this.#isStopped = true;
  }

  leave(): Promise<void> {
    return this.#lease.leave();
  }

  async #read(): Promise<void> {
    const { store, handle, batch = 100 } = this.#options;
    while (!this.#isStopped) {
      const position = await this.#begin();
      if (position === undefined) return;
      const found = await store.db
        .select()
        .from(events)
        .where(gt(events.position, position))
        .orderBy(asc(events.position))
        .limit(batch);
      const last = found.at(-1);
      if (last === undefined) return;
      await handle(found);
      this.#failures = 0;
      this.#position = (await this.#lease.move(last.position)) ? last.position : undefined;
    }
  }

  /** From where to read on; undefined where another node reads. */
  async #begin(): Promise<number | undefined> {
    const kept = await this.#lease.hold();
    if (kept === undefined) this.#position = undefined;
    else this.#position ??= (await this.#options.resume?.(kept)) ?? kept;
    return this.#position;
  }
}
