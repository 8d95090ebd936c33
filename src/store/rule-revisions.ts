import { createHash } from 'node:crypto';
import { desc, eq, lt } from 'drizzle-orm';
import type { ClientBase } from 'pg';
import { type Logger, rootMessage, StoreError } from './base/index.ts';
import { lookNowAndThen } from './look-now-and-then.ts';
import { ruleRevisions } from './schema.ts';
import type { SecretBox } from './sealing/index.ts';
import type { Store, Transaction } from './store.ts';

const CHANNEL = 'headwater_rule_revisions';
const LOCK_KEY = 48_651_003;

/** One applied set of rules; the document is the rules folder's, opaque here. */
export type RuleRevision = Omit<typeof ruleRevisions.$inferSelect, 'fingerprints'>;

/** A revision without its document. */
export type RuleRevisionSummary = Omit<RuleRevision, 'document'>;

export type RuleRevisionsOptions = {
  readonly store: Store;
  readonly log: Logger;
  readonly box: SecretBox;
  /** The secrets in a document, whose ages are asked for. */
  readonly secretsOf: (document: unknown) => readonly string[];
};

const place = (number: number) => `rule_revisions/${number}`;

/** The revisions in the database, numbered from 1 without gaps, their documents sealed. */
export class RuleRevisions {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #box: SecretBox;
  readonly #secretsOf: RuleRevisionsOptions['secretsOf'];

  constructor({ store, log, box, secretsOf }: RuleRevisionsOptions) {
    this.#store = store;
    this.#log = log;
    this.#box = box;
    this.#secretsOf = secretsOf;
  }

  /** Adds one after `expectedNumber` (0 for the first); REVISION_CONFLICT when somebody was faster. */
  append(
    document: unknown,
    options: {
      readonly author: string;
      readonly reason?: string;
      readonly expectedNumber: number;
      /** What else is stored in the same transaction. */
      readonly also?: ((within: Transaction) => Promise<void>) | undefined;
    },
  ): Promise<RuleRevision> {
    const { author, reason = '', expectedNumber, also } = options;
    return this.#store.transaction(async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
      const text = 'select coalesce(max(number), 0) as number from headwater.rule_revisions';
      const latest = (await client.query<{ number: number }>(text)).rows[0]?.number ?? 0;
      if (latest !== expectedNumber) {
        const message = `the rules are at revision ${latest}, not ${expectedNumber}`;
        throw new StoreError('REVISION_CONFLICT', message, 'Read the newest rules and make the change again.');
      }
      const insert = `insert into headwater.rule_revisions (number, author, reason, document, checksum, fingerprints)
        values ($1, $2, $3, $4::jsonb, $5, $6::text[]) returning number, created_at, author, reason, checksum`;
      const values = [latest + 1, author, reason, ...this.#sealed(latest + 1, document)];
      const { rows } = await client.query<RuleRevisionSummary>(insert, values);
      await also?.(client);
      await client.query('select pg_notify($1, $2)', [CHANNEL, String(latest + 1)]);
      const [revision] = rows;
      if (revision === undefined) throw new Error('a revision was inserted but not returned');
      return { ...revision, document };
    });
  }

  /** The one in force, if there is any. */
  async latest(): Promise<RuleRevision | undefined> {
    const [row] = await this.#store.db.select().from(ruleRevisions).orderBy(desc(ruleRevisions.number)).limit(1);
    return row && this.#opened(row);
  }

  /** One by its number. */
  async get(number: number): Promise<RuleRevision | undefined> {
    const [row] = await this.#store.db.select().from(ruleRevisions).where(eq(ruleRevisions.number, number));
    return row && this.#opened(row);
  }

  /** When each of the secrets first stood in a revision; those that never did are left out. */
  async firstSeen(secrets: readonly string[]): Promise<ReadonlyMap<string, Date>> {
    const query = `select print, min(created_at) as since from headwater.rule_revisions, unnest(fingerprints) as print
      where print = any($1::text[]) group by print`;
    const prints = new Map(secrets.map((secret) => [this.#box.fingerprint(secret), secret]));
    const rows = await this.#store.query<{ print: string; since: Date }>(query, [[...prints.keys()]]);
    return new Map(rows.map(({ print, since }) => [prints.get(print) ?? '', since]));
  }

  /** The newest first, those below `before`, without their documents. */
  list(limit = 100, before?: number): Promise<RuleRevisionSummary[]> {
    const { number, created_at, author, reason, checksum } = ruleRevisions;
    const columns = { number, created_at, author, reason, checksum };
    const found = this.#store.db.select(columns).from(ruleRevisions);
    return found
      .where(before === undefined ? undefined : lt(number, before))
      .orderBy(desc(number))
      .limit(limit);
  }

  /** Seals documents that an earlier release left clear; returns how many. */
  sealClear(): Promise<number> {
    return this.#sealWhere("not document ? 'sealed'");
  }

  /** Seals all documents with the first master key; returns how many. */
  reseal(): Promise<number> {
    return this.#sealWhere('true');
  }

  /** Tells the newest number whenever it has risen above `after`; returns the way to end it. */
  onNewRevision(callback: (number: number) => void, after = 0): () => void {
    let known = after;
    let isEnded = false;
    const look = async () => {
      try {
        const number = await this.#latestNumber();
        if (isEnded || number <= known) return 'later';
        known = number;
        callback(number);
        return 'later';
      } catch (error) {
        this.#log.warn({ reason: rootMessage(error) }, 'rule revision cannot be asked');
        return 'soon';
      }
    };
    const { end } = lookNowAndThen({ store: this.#store, channel: CHANNEL, look });
    return () => {
      isEnded = true;
      void end();
    };
  }

  #sealWhere(condition: string): Promise<number> {
    return this.#store.transaction(async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
      const numbers = `select number from headwater.rule_revisions where ${condition} order by number`;
      const { rows } = await client.query<{ number: number }>(numbers);
      for (const { number } of rows) await this.#sealOne(client, number);
      return rows.length;
    });
  }

  async #sealOne(client: ClientBase, number: number): Promise<void> {
    const select = 'select number, document from headwater.rule_revisions where number = $1';
    const [row] = (await client.query<{ number: number; document: unknown }>(select, [number])).rows;
    if (row === undefined) return;
    const values = [number, ...this.#sealed(number, this.#opened(row).document)];
    await client.query(
      `update headwater.rule_revisions set document = $2::jsonb, checksum = $3, fingerprints = $4::text[]
        where number = $1`,
      values,
    );
  }

  /** Document, checksum and fingerprints as they are stored. */
  #sealed(number: number, document: unknown): [string, string, string[]] {
    const sealed = this.#box.seal(JSON.stringify(document), place(number));
    const fingerprints = this.#secretsOf(document).map((secret) => this.#box.fingerprint(secret));
    return [JSON.stringify({ sealed }), this.#box.fingerprint(checksumOf(document)), fingerprints];
  }

  #opened<Row extends { readonly number: number; readonly document: unknown }>(row: Row): Row {
    const { sealed } = row.document as { readonly sealed?: unknown };
    if (typeof sealed !== 'string') return row;
    return { ...row, document: JSON.parse(this.#box.open(sealed, place(row.number))) };
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
