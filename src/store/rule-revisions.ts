import { createHash } from 'node:crypto';
import { desc, eq } from 'drizzle-orm';
import { type Logger, rootMessage, StoreError } from './base/index.ts';
import { ruleRevisions } from './schema.ts';
import type { Store } from './store.ts';

const CHANNEL = 'headwater_rule_revisions';
const LOCK_KEY = 48_651_003;
const POLL_EVERY_MS = 2_000;

/** One applied set of rules; the document is the rules folder's, opaque here. */
export type RuleRevision = typeof ruleRevisions.$inferSelect;

/** A revision without its document. */
export type RuleRevisionSummary = Omit<RuleRevision, 'document'>;

/** The revisions in the database, numbered from 1 without gaps. */
export class RuleRevisions {
  readonly #store: Store;
  readonly #log: Logger;

  constructor(options: { readonly store: Store; readonly log: Logger }) {
    this.#store = options.store;
    this.#log = options.log;
  }

  /** Adds one after `expectedNumber` (0 for the first); REVISION_CONFLICT when somebody was faster. */
  append(
    document: unknown,
    options: { readonly author: string; readonly reason?: string; readonly expectedNumber: number },
  ): Promise<RuleRevision> {
    const { author, reason = '', expectedNumber } = options;
    return this.#store.transaction(async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
      const text = 'select coalesce(max(number), 0) as number from headwater.rule_revisions';
      const latest = (await client.query<{ number: number }>(text)).rows[0]?.number ?? 0;
      if (latest !== expectedNumber) {
        const message = `the rules are at revision ${latest}, not ${expectedNumber}`;
        throw new StoreError('REVISION_CONFLICT', message, 'Read the newest rules and make the change again.');
      }
      const insert = `insert into headwater.rule_revisions (number, author, reason, document, checksum)
        values ($1, $2, $3, $4::jsonb, $5) returning *`;
      const values = [latest + 1, author, reason, JSON.stringify(document), checksumOf(document)];
      const { rows } = await client.query<RuleRevision>(insert, values);
      await client.query('select pg_notify($1, $2)', [CHANNEL, String(latest + 1)]);
      const [revision] = rows;
      if (revision === undefined) throw new Error('a revision was inserted but not returned');
      return revision;
    });
  }

  /** The one in force, if there is any. */
  async latest(): Promise<RuleRevision | undefined> {
    const [row] = await this.#store.db.select().from(ruleRevisions).orderBy(desc(ruleRevisions.number)).limit(1);
    return row;
  }

  /** One by its number. */
  async get(number: number): Promise<RuleRevision | undefined> {
    const [row] = await this.#store.db.select().from(ruleRevisions).where(eq(ruleRevisions.number, number));
    return row;
  }

  /** When each of the texts first stood in a revision, as a whole value; those that never did are left out. */
  async firstSeen(texts: readonly string[]): Promise<ReadonlyMap<string, Date>> {
    const query = `select value, min(created_at) as since from unnest($1::text[]) as wanted(value)
      join headwater.rule_revisions on strpos(document::text, to_json(value)::text) > 0 group by value`;
    const rows = await this.#store.query<{ value: string; since: Date }>(query, [texts]);
    return new Map(rows.map(({ value, since }) => [value, since]));
  }

  /** The newest first, without their documents. */
  list(limit = 100): Promise<RuleRevisionSummary[]> {
    const { number, created_at, author, reason, checksum } = ruleRevisions;
    const columns = { number, created_at, author, reason, checksum };
    return this.#store.db.select(columns).from(ruleRevisions).orderBy(desc(number)).limit(limit);
  }

  /** Tells the newest number whenever it has risen above `after`: by NOTIFY, polled every 2 s; returns the way to end it. */
  onNewRevision(callback: (number: number) => void, after = 0): () => void {
    let known = after;
    let isEnded = false;
    const tell = (number: number) => {
      if (isEnded || number <= known) return;
      known = number;
      callback(number);
    };
    const ask = () => {
      if (this.#store.state.kind !== 'ready') return;
      this.#latestNumber().then(tell, (error: unknown) => {
        this.#log.warn({ reason: rootMessage(error) }, 'rule revision cannot be asked');
      });
    };
    const timer = setInterval(ask, POLL_EVERY_MS).unref();
    const endState = this.#store.onState(ask);
    const endListening = this.#store.listen(CHANNEL, (payload) => tell(Number(payload)));
    return () => {
      isEnded = true;
      clearInterval(timer);
      endState();
      endListening();
    };
  }

  async #latestNumber(): Promise<number> {
    const text = 'select coalesce(max(number), 0) as number from headwater.rule_revisions';
    return (await this.#store.query<{ number: number }>(text))[0]?.number ?? 0;
  }
}

/** SHA-256 over the JSON with sorted keys, since jsonb keeps no order. */
export function checksumOf(document: unknown): string {
  const sorted = JSON.stringify(document, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(sorted).digest('hex');
}
