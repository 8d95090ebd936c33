import { eq, sql } from 'drizzle-orm';
import { storable } from './outbox-entry.ts';
import { deliveries, events, publishSessions, shows } from './schema.ts';
import type { Store } from './store.ts';

/** A show that is over, as the database has it. */
export type StoredShow = typeof shows.$inferSelect;

/** What became of the callbacks of some publishes. */
export type CallbackCounts = {
  readonly delivered: number;
  readonly pending: number;
  readonly dead: number;
  /** Tries that failed. */
  readonly failedTries: number;
};

/** Shows of the last thirty days, as long as the publishes that they are of. */
export class StoredShows {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  get isReady(): boolean {
    return this.#store.state.kind === 'ready';
  }

  /** Written again, it takes the place of what was there. */
  async put(show: StoredShow): Promise<void> {
    const row = { ...show, summary: storable(show.summary) };
    await this.#store.db.insert(shows).values(row).onConflictDoUpdate({ target: shows.id, set: row });
  }

  /** The show that a publish belongs to. */
  async find(sessionId: string): Promise<StoredShow | undefined> {
    const [found] = await this.#store.db
      .select()
      .from(shows)
      .where(sql`${shows.sessions} @> array[${sessionId}]::text[]`)
      .limit(1);
    return found;
  }

  async publishSession(id: string): Promise<typeof publishSessions.$inferSelect | undefined> {
    const [found] = await this.#store.db.select().from(publishSessions).where(eq(publishSessions.id, id));
    return found;
  }

  async callbacksOf(sessionIds: readonly string[]): Promise<CallbackCounts> {
    const rows = await this.#store.db
      .select({
        state: deliveries.state,
        count: sql<number>`count(*)::int`,
        tries: sql<number>`coalesce(sum(${deliveries.attempts}), 0)::int`,
      })
      .from(deliveries)
      .innerJoin(events, eq(events.position, deliveries.event_position))
      .where(sql`${events.session_id} = any(${sql.param([...sessionIds])}::text[])`)
      .groupBy(deliveries.state);
    const of = (state: string) => rows.find((row) => row.state === state);
    const delivered = of('delivered')?.count ?? 0;
    const tries = rows.reduce((sum, row) => sum + row.tries, 0);
    return {
      ...{ delivered, pending: of('pending')?.count ?? 0, dead: of('dead')?.count ?? 0 },
      failedTries: Math.max(0, tries - delivered),
    };
  }

  /** What events say of the files of recordings of these publishes. */
  async recordingsOf(sessionIds: readonly string[]): Promise<Record<string, unknown>[]> {
    const rows = await this.#store.db
      .select({ data: events.data })
      .from(events)
      .where(sql`${events.session_id} = any(${sql.param([...sessionIds])}::text[]) and ${events.kind} = 'record_file'`)
      .orderBy(events.position)
      .limit(500);
    return rows.map(({ data }) => data);
  }

  async prune(olderThan: Date): Promise<void> {
    await this.#store.db.delete(shows).where(sql`${shows.ended_at} < ${olderThan}`);
  }
}
