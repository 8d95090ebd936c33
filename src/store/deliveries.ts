import { and, desc, eq, gte, inArray, lt, type SQL } from 'drizzle-orm';
import type { RecordedEvent } from './outbox.ts';
import { DELIVERIES_CHANNEL } from './outbox-drain.ts';
import { linesOf } from './outbox-entry.ts';
import { deliveries, events } from './schema.ts';
import type { Store } from './store.ts';

/** Which deliveries to list, the newest first; `before` is the id that the page before ended with. */
export interface DeliveryFilter {
  readonly state?: 'pending' | 'delivered' | 'dead' | undefined;
  readonly endpoint?: string | undefined;
  readonly domain?: string | undefined;
  readonly app?: string | undefined;
  readonly stream?: string | undefined;
  readonly kinds?: readonly string[] | undefined;
  /** Of events from then on, and before then. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** A delivery with the event that it tells of. */
export interface StoredDelivery {
  readonly delivery: typeof deliveries.$inferSelect;
  readonly event: RecordedEvent;
}

/** The deliveries for those who look after them; whoever sends them is in the outbox. */
export class Deliveries {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  list({
    state,
    endpoint,
    domain,
    app,
    stream,
    kinds,
    from,
    to,
    before,
    limit,
  }: DeliveryFilter): Promise<StoredDelivery[]> {
    const isOneStream = domain !== undefined && app !== undefined && stream !== undefined;
    const conditions: (SQL | undefined)[] = [
      before === undefined ? undefined : lt(deliveries.id, before),
      state === undefined ? undefined : eq(deliveries.state, state),
      endpoint === undefined ? undefined : eq(deliveries.endpoint_id, endpoint),
      domain === undefined ? undefined : eq(events.domain, domain),
      app === undefined ? undefined : eq(events.app, app),
      stream === undefined ? undefined : eq(events.stream, stream),
      kinds === undefined ? undefined : inArray(events.kind, [...kinds]),
      from === undefined ? undefined : gte(events.at, from),
      to === undefined ? undefined : lt(events.at, to),
      // There is an index of the lines.
      isOneStream ? inArray(deliveries.stream_key, linesOf({ domain, app, stream })) : undefined,
    ];
    return this.#rows()
      .where(and(...conditions))
      .orderBy(desc(deliveries.id))
      .limit(limit);
  }

  async find(id: number): Promise<StoredDelivery | undefined> {
    const [found] = await this.#rows().where(eq(deliveries.id, id));
    return found;
  }

  /** Puts it back into its line, with no attempts counted; false while it is being sent just now. */
  async again(id: number): Promise<boolean> {
    const text = `with again as (
        update headwater.deliveries
        set state = 'pending', attempts = 0, first_attempt_at = null, next_attempt_at = now(), finished_at = null
        where id = $1 and (lease_until is null or lease_until < now()) returning id)
      select id, pg_notify($2, '') from again`;
    return (await this.#store.query(text, [id, DELIVERIES_CHANNEL])).length === 1;
  }

  #rows() {
    const rows = this.#store.db.select({ delivery: deliveries, event: events }).from(deliveries);
    return rows.innerJoin(events, eq(events.position, deliveries.event_position));
  }
}
