import { randomUUID } from 'node:crypto';
import { asc, gt } from 'drizzle-orm';
import { type Logger, rootMessage } from './base/index.ts';
import { retryDelayMs } from './claims.ts';
import type { RecordedEvent } from './outbox.ts';
import { DELIVERIES_CHANNEL } from './outbox-drain.ts';
import { events } from './schema.ts';
import type { Store } from './store.ts';

const POLL_EVERY_MS = 1_000;
const LEASE_MS = 20_000;
/** A lease lasts: it is enough to renew it, or to ask whether another node's has ended, now and then. */
const ASK_EVERY_MS = 5_000;
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
  const reader = new EventReader(options);
  const endListening = store.listen(DELIVERIES_CHANNEL, () => reader.wake());
  const timer = setInterval(() => reader.wake(), POLL_EVERY_MS).unref();
  reader.wake();
  return {
    async close() {
      endListening();
      clearInterval(timer);
      await reader.stop();
      await store
        .query(LEAVE, [name, reader.owner])
        .catch((error: unknown) => log.warn({ follower: name, reason: rootMessage(error) }, 'its lease stays'));
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
  readonly owner = randomUUID();
  readonly #options: FollowEventsOptions;
  #isStopped = false;
  #isAskedAgain = false;
  #running: Promise<void> | undefined;
  #isResumed = false;
  /** The newest that was handled, while we have the lease. */
  #position = 0;
  #askAtMs = 0;
  #failures = 0;
  #notBeforeMs = 0;

  constructor(options: FollowEventsOptions) {
    this.#options = options;
  }

  wake(): void {
    const { store, onFailure } = this.#options;
    if (this.#isStopped || store.state.kind !== 'ready' || performance.now() < this.#notBeforeMs) return;
    this.#isAskedAgain = this.#running !== undefined;
    this.#running ??= this.#read()
      .catch((error: unknown) => {
        this.#isResumed = false;
        this.#askAtMs = 0;
        this.#notBeforeMs = performance.now() + Math.min(retryDelayMs(++this.#failures), MAX_RETRY_MS);
        if (store.state.kind === 'ready') onFailure?.(error);
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#isAskedAgain) this.wake();
      });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #read(): Promise<void> {
    const { store, name, handle, batch = 100 } = this.#options;
    if (!(await this.#hold())) return;
    while (!this.#isStopped) {
      const found = await store.db
        .select()
        .from(events)
        .where(gt(events.position, this.#position))
        .orderBy(asc(events.position))
        .limit(batch);
      const last = found.at(-1);
      if (last === undefined) return;
      await handle(found);
      this.#failures = 0;
      this.#position = last.position;
      const isOurs = (await store.query(MOVE, [name, this.owner, last.position, LEASE_MS])).length > 0;
      if (!isOurs) this.#isResumed = false;
      if (!isOurs) return;
    }
  }

  /** Whether this node reads: it has the lease, or gets it. */
  async #hold(): Promise<boolean> {
    const { store, name, since } = this.#options;
    const nowMs = performance.now();
    if (nowMs < this.#askAtMs) return this.#isResumed;
    const claim = [name, this.owner, LEASE_MS, since.toISOString()];
    const [claimed] = await store.query<{ position: number }>(CLAIM, claim);
    this.#askAtMs = nowMs + ASK_EVERY_MS;
    if (claimed === undefined) this.#isResumed = false;
    else this.#position = this.#isResumed ? claimed.position : await this.#resume(claimed.position);
    return claimed !== undefined;
  }

  async #resume(kept: number): Promise<number> {
    const position = (await this.#options.resume?.(kept)) ?? kept;
    this.#isResumed = true;
    this.#failures = 0;
    return position;
  }
}

const CLAIM = `insert into headwater.event_followers as f (name, position, lease_owner, lease_until)
  values ($1, coalesce(
      (select min(position) - 1 from headwater.events where at >= $4::timestamptz),
      (select max(position) from headwater.events), 0), $2, now() + $3::float8 * interval '1 ms')
  on conflict (name) do update set lease_owner = $2, lease_until = now() + $3::float8 * interval '1 ms'
  where f.lease_owner = $2 or f.lease_until is null or f.lease_until < now()
  returning position`;

const MOVE = `update headwater.event_followers set position = $3, lease_until = now() + $4::float8 * interval '1 ms'
  where name = $1 and lease_owner = $2 returning position`;

const LEAVE = `update headwater.event_followers set lease_owner = null, lease_until = null
  where name = $1 and lease_owner = $2`;
