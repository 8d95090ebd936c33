import { join } from 'node:path';
import { asc, gt, inArray } from 'drizzle-orm';
import type { Logger } from './base/index.ts';
import { type Claim, ClaimQueue, type ClaimRow, type ClaimTable, type Outcome } from './claims.ts';
import { Journal } from './files/index.ts';
import { JournalDrain } from './journal-drain.ts';
import { DELIVERIES_CHANNEL, insertEvents, setEventAside } from './outbox-drain.ts';
import { type OutboxEntry, publishBracket, storable } from './outbox-entry.ts';
import { type DeliveryTry, events } from './schema.ts';
import type { Store } from './store.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Snapshots are many: they are told for an hour, and so many of them wait at most, in the journal and in the tables. */
const SNAPSHOT_LIFE_MS = 3_600_000;
const MAX_JOURNALED_SNAPSHOTS = 20_000;
const MAX_SNAPSHOTS = 100_000;
const MAX_TRIES_KEPT = 20;

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
  readonly tries: readonly DeliveryTry[];
}

/** An event as it was recorded. */
export type RecordedEvent = typeof events.$inferSelect;

/** A delivery that is ours for now, with its event. */
export interface ClaimedDelivery {
  readonly claim: Claim<DeliveryRow>;
  readonly event: RecordedEvent;
}

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

  /** Resolves once the entry is on disk; the database need not be there. False: a snapshot too many, left out. */
  async append(entry: OutboxEntry): Promise<boolean> {
    if (entry.kind === 'snapshot' && this.#journal.size >= MAX_JOURNALED_SNAPSHOTS) return false;
    await this.#journal.append(entry);
    this.#drain.wake();
    return true;
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
  markDelivered(delivery: ClaimedDelivery, tried?: DeliveryTry): Promise<boolean> {
    const set = { last_status: tried?.status ?? null, last_error: null, ...triesWith(delivery, tried) };
    return this.queue.settle(delivery.claim, { kind: 'done', set });
  }

  /** It failed: again in some time, or never (a dead letter, after which the next of the line is due). */
  markFailed(
    delivery: ClaimedDelivery,
    next: { readonly retryInMs: number } | 'dead',
    failure: { readonly status?: number; readonly error: string; readonly tried?: DeliveryTry | undefined },
  ): Promise<boolean> {
    const error = storable(failure.error.slice(0, 2_000));
    const tried = triesWith(delivery, failure.tried && { ...failure.tried, error });
    const set = { last_status: failure.status ?? null, last_error: error, ...tried };
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

  /** Removes what was told or not told of snapshots an hour ago, and the oldest of too many; counts those not told. */
  async pruneSnapshots(keep: { readonly lifeMs?: number; readonly most?: number } = {}): Promise<number> {
    const text = `with old as (
        select position from headwater.events
        where kind = 'snapshot' and (at < now() - $1::float8 * interval '1 ms' or position <= (
          select position from headwater.events where kind = 'snapshot' order by position desc offset $2 limit 1))),
      untold as (
        select event_position from headwater.deliveries
        where state = 'pending' and event_position in (select position from old)),
      gone as (delete from headwater.events where position in (select position from old))
      select count(*) as untold from untold`;
    const { lifeMs = SNAPSHOT_LIFE_MS, most = MAX_SNAPSHOTS } = keep;
    const [row] = await this.#options.store.query<{ untold: number }>(text, [lifeMs, most]);
    return row?.untold ?? 0;
  }

  /** Stops copying and closes the journal; what is left in it is copied at the next start. */
  async close(): Promise<void> {
    await this.#drain.close();
    await this.#journal.close();
  }
}

function triesWith({ claim }: ClaimedDelivery, tried: DeliveryTry | undefined): { tries?: string } {
  return tried ? { tries: JSON.stringify([...claim.row.tries, tried].slice(-MAX_TRIES_KEPT)) } : {};
}
