import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { publishSessions } from './schema.ts';
import type { Store } from './store.ts';

/** Which publishes to list, the newest first; `before` is the place of the last one of the page before. */
export interface HistoryFilter {
  readonly domain?: string | undefined;
  readonly app?: string | undefined;
  readonly stream?: string | undefined;
  readonly isOpen?: boolean | undefined;
  /** Began at or after. */
  readonly since?: Date | undefined;
  /** Began before. */
  readonly until?: Date | undefined;
  readonly before?: { readonly at: string; readonly id: string } | undefined;
  readonly limit: number;
}

/** A publisher's connection; `place` is where it stands in the list. */
export type PublishedSession = typeof publishSessions.$inferSelect & { readonly place: string };

const BEGAN = sql`coalesce(${publishSessions.opened_at}, ${publishSessions.closed_at})`;
/** To the microsecond, as the database has it; a Date would lose sessions between two pages. */
const PLACE = sql<string>`to_char(${BEGAN} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The publishes of the last thirty days. */
export class History {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async list(filter: HistoryFilter): Promise<PublishedSession[]> {
    const { domain, app, stream, isOpen, since, until, before, limit } = filter;
    const { id, closed_at } = publishSessions;
    const conditions: (SQL | undefined)[] = [
      domain === undefined ? undefined : eq(publishSessions.domain, domain),
      app === undefined ? undefined : eq(publishSessions.app, app),
      stream === undefined ? undefined : eq(publishSessions.stream, stream),
      isOpen === undefined ? undefined : isOpen ? sql`${closed_at} is null` : sql`${closed_at} is not null`,
      since === undefined ? undefined : gte(BEGAN, since),
      until === undefined ? undefined : lt(BEGAN, until),
      before === undefined ? undefined : sql`(${BEGAN}, ${id}) < (${before.at}::timestamptz, ${before.id})`,
    ];
    const rows = await this.#store.db
      .select({ session: publishSessions, place: PLACE })
      .from(publishSessions)
      .where(and(...conditions))
      .orderBy(desc(BEGAN), desc(id))
      .limit(limit);
    return rows.map(({ session, place }) => ({ ...session, place }));
  }
}
