import { join } from 'node:path';
import { and, asc, eq, gt, inArray } from 'drizzle-orm';
import type { Logger } from './base/index.ts';
import { type Claim, ClaimQueue, type ClaimRow, type ClaimTable, type Outcome } from './claims.ts';
import { Journal } from './files/index.ts';
import { JournalDrain } from './journal-drain.ts';
import { DELIVERIES_CHANNEL, insertEvents, setEventAside } from './outbox-drain.ts';
import { type OutboxEntry, publishBracket, storable } from './outbox-entry.ts';
import { deliveries, events } from './schema.ts';
import type { Store } from './store.ts';

const DAY_MS = 24 * 3600 * 1000;

/** The deliveries as a table of work: one head of line per endpoint and stream. */
export const DELIVERY_TABLE: ClaimTable = {
  name: 'deliveries',
  doneState: 'delivered',
  channel: DELIVERIES_CHANNEL,
  order: 'event_position',
  line: { group: ['endpoint_id', 'stream_key'] },
};

/** A delivery's row as it is claimed. */
export interface DeliveryRow extends ClaimRow {
  readonly event_position: number;
  readonly endpoint_id: string;
  readonly stream_key: string;
}

/** An event as it was recorded. */
export type RecordedEvent = typeof events.$inferSelect;

/** A delivery that is ours for now, with its event. */
export interface ClaimedDelivery {
  readonly claim: Claim<DeliveryRow>;
  readonly event: RecordedEvent;
}

/** A delivery that was given up. */
export type DeadLetter = { readonly delivery: typeof deliveries.$inferSelect; readonly event: RecordedEvent };

/** `dataDir` holds the journal; `queue` shortens times in tests. */
export interface OutboxOptions {
  readonly store: Store;
  readonly dataDir: string;
  readonly nodeId: string;
  readonly log: Logger;
  readonly queue?: { readonly leaseMs?: number; readonly renewEveryMs?: number; readonly sweepEveryMs?: number };
}

/** Events on their way to callback endpoints: journal first, then tables, then whoever delivers. */
export class Outbox {
  readonly queue: ClaimQueue<DeliveryRow>;
  readonly #options: OutboxOptions;
  readonly #journal: Journal<OutboxEntry>;
  readonly #drain: JournalDrain<OutboxEntry>;

  private constructor(options: OutboxOptions, journal: Journal<OutboxEntry>) {
    this.#options = options;
    this.#journal = journal;
    this.#drain = new JournalDrain({
      ...options,
      journal,
      insertAll: (records) => insertEvents(options, records),
      setAside: (record, reason) => setEventAside(options, record, reason),
    });
    this.queue = new ClaimQueue({ ...options.queue, store: options.store, table: DELIVERY_TABLE, log: options.log });
  }

  /** Opens the journal in `dataDir/journal`; needs no database. */
  static async open(options: OutboxOptions): Promise<Outbox> {
    const folder = join(options.dataDir, 'journal');
    return new Outbox(options, await Journal.open({ folder, log: options.log, bracket: publishBracket }));
  }

  /** The journal, for its failure and its open publishes. */
  get journal(): Journal<OutboxEntry> {
    return this.#journal;
  }

  /** From now on copies entries into the database by itself: after each append, when it is back, and each second. */
  start(): void {
    this.#drain.start();
  }

  /** Resolves once the entry is on disk; the database need not be there. */
  async append(entry: OutboxEntry): Promise<void> {
    await this.#journal.append(entry);
    this.#drain.wake();
  }

  /** Copies all of the journal into the tables, once even if called again meanwhile; returns how many entries. */
  drainJournal(): Promise<number> {
    return this.#drain.drain();
  }

  /** Takes up to `limit` due deliveries, each the head of its line, none for the endpoints in `except`. */
  async claimDeliveries(limit: number, except: readonly string[] = []): Promise<ClaimedDelivery[]> {
    return this.withEvents(await this.queue.claim(limit, { column: 'endpoint_id', values: except }));
  }

  /** Reads the events of claimed deliveries, for workers on `queue`. */
  async withEvents(claims: readonly Claim<DeliveryRow>[]): Promise<ClaimedDelivery[]> {
    if (claims.length === 0) return [];
    const positions = claims.map(({ row }) => row.event_position);
    const found = await this.#options.store.db.select().from(events).where(inArray(events.position, positions));
    const byPosition = new Map(found.map((event) => [event.position, event]));
    return claims.flatMap((claim) => {
      const event = byPosition.get(claim.row.event_position);
      return event === undefined ? [] : [{ claim, event }];
    });
  }

  /** The endpoint has it; false when the lease was lost, so that it may be told twice. */
  markDelivered(delivery: ClaimedDelivery, status?: number): Promise<boolean> {
    const set = { last_status: status ?? null, last_error: null };
    return this.queue.settle(delivery.claim, { kind: 'done', set });
  }

  /** It failed: again in some time, or never (a dead letter, after which the next of the line is due). */
  markFailed(
    delivery: ClaimedDelivery,
    next: { readonly retryInMs: number } | 'dead',
    failure: { readonly status?: number; readonly error: string },
  ): Promise<boolean> {
    const set = { last_status: failure.status ?? null, last_error: storable(failure.error.slice(0, 2_000)) };
    const outcome: Outcome = next === 'dead' ? { kind: 'dead', set } : { kind: 'retry', inMs: next.retryInMs, set };
    return this.queue.settle(delivery.claim, outcome);
  }

  /** Gives deliveries back untried, as on a shutdown. */
  release(claimed: readonly ClaimedDelivery[]): Promise<void> {
    return this.queue.release(claimed.map(({ claim }) => claim));
  }

  /** How many deliveries wait, and how many were given up. */
  async counts(): Promise<{ readonly pending: number; readonly dead: number }> {
    const text = `select
        (select count(*) from headwater.deliveries where state = 'pending') as pending,
        (select count(*) from headwater.deliveries where state = 'dead') as dead`;
    const [row] = await this.#options.store.query<{ pending: number; dead: number }>(text);
    return row ?? { pending: 0, dead: 0 };
  }

  /** What was given up, oldest first. */
  async deadLetters(limit = 100, afterId = 0): Promise<DeadLetter[]> {
    return this.#options.store.db
      .select({ delivery: deliveries, event: events })
      .from(deliveries)
      .innerJoin(events, eq(events.position, deliveries.event_position))
      .where(and(eq(deliveries.state, 'dead'), gt(deliveries.id, afterId)))
      .orderBy(asc(deliveries.id))
      .limit(limit);
  }

  /** Puts dead letters back into their lines, with no attempts counted; returns how many. */
  async revive(ids: readonly number[]): Promise<number> {
    const text = `with revived as (
        update headwater.deliveries
        set state = 'pending', attempts = 0, first_attempt_at = null, next_attempt_at = now(), finished_at = null
        where id = any($1::bigint[]) and state = 'dead' returning id)
      select id, pg_notify($2, '') from revived`;
    return (await this.#options.store.query(text, [[...ids], DELIVERIES_CHANNEL])).length;
  }

  /** Events after a position, in order; the last one's position is the next cursor. */
  async eventsSince(cursor: number, limit: number): Promise<RecordedEvent[]> {
    const { db } = this.#options.store;
    return db.select().from(events).where(gt(events.position, cursor)).orderBy(asc(events.position)).limit(limit);
  }

  /** Removes events and sessions over for 30 days with nothing pending, events with dead letters after 90; counts events. */
  async prune(keep: { readonly deliveredMs?: number; readonly deadMs?: number } = {}): Promise<number> {
    const text = `delete from headwater.events e
      where e.at < now() - $1::float8 * interval '1 ms'
        and not exists (
          select 1 from headwater.deliveries d
          where d.event_position = e.position
            and (d.state = 'pending' or (d.state = 'dead' and e.at >= now() - $2::float8 * interval '1 ms')))
      returning e.position`;
    const { deliveredMs = 30 * DAY_MS, deadMs = 90 * DAY_MS } = keep;
    const sessions = `delete from headwater.publish_sessions where closed_at < now() - $1::float8 * interval '1 ms'`;
    await this.#options.store.query(sessions, [deliveredMs]);
    return (await this.#options.store.query(text, [deliveredMs, deadMs])).length;
  }

  /** Stops copying and closes the journal; what is left in it is copied at the next start. */
  async close(): Promise<void> {
    await this.#drain.close();
    await this.#journal.close();
  }
}
