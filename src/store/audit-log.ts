import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { and, asc, desc, eq, gt, gte, like, lt, or, type SQL } from 'drizzle-orm';
import { z } from 'zod';
import {
  type AuditEntry,
  type AuditHead,
  type AuditProblem,
  ChainCheck,
  type ChainedEntry,
  chainEntry,
} from './audit-chain.ts';
import { type Logger, readFileIfPresent, StoreError, writeFileAtomic } from './base/index.ts';
import { Journal, type JournalRecord } from './files/index.ts';
import { JournalDrain } from './journal-drain.ts';
import { storable } from './outbox-entry.ts';
import { auditEntries } from './schema.ts';
import type { Store } from './store.ts';

const PAGE = 1_000;

const Head = z.object({ chain: z.uuid(), number: z.number().int().min(0), hash: z.string() });

export interface AuditLogOptions {
  readonly store: Store;
  readonly dataDir: string;
  readonly nodeId: string;
  readonly log: Logger;
}

/** Which entries to list, the newest first; `before` is the cursor of the page before. */
export interface AuditFilter {
  readonly before?: number | undefined;
  readonly actor?: string | undefined;
  /** An action, or an area such as `users`. */
  readonly action?: string | undefined;
  readonly outcome?: 'done' | 'refused' | undefined;
  readonly since?: Date | undefined;
  readonly limit: number;
}

/** An entry as it is in the database. */
export type AuditRow = typeof auditEntries.$inferSelect;

/** What a check of the whole log found. */
export interface AuditVerdict {
  readonly entries: number;
  readonly problems: readonly AuditProblem[];
}

/** Who did what: on this disk at once, in the database as soon as it is there, never changed again. */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #journal: Journal<ChainedEntry>;
  readonly #drain: JournalDrain<ChainedEntry>;
  #head: AuditHead;

  private constructor(options: AuditLogOptions, journal: Journal<ChainedEntry>, written: AuditHead) {
    this.#options = options;
    this.#journal = journal;
    const last = journal.readAll().at(-1)?.entry;
    this.#head = last ? { chain: last.chain, number: last.number, hash: last.hash } : written;
    this.#drain = new JournalDrain({
      ...options,
      journal,
      insertAll: (records) => this.#insert(records),
      setAside: (record, reason) => this.#setAside(record, reason),
    });
  }

  /** Opens the journal in `dataDir/audit-journal`; needs no database. */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const folder = join(options.dataDir, 'audit-journal');
    const journal = await Journal.open<ChainedEntry>({ folder, log: options.log });
    try {
      // Without its end nobody could tell what follows it, so a new chain begins.
      const written = (await readAuditHead(options.dataDir)) ?? { chain: randomUUID(), number: 0, hash: '' };
      return new AuditLog(options, journal, written);
    } catch (error) {
      await journal.close();
      throw error;
    }
  }

  /** From now on copies entries into the database by itself. */
  start(): void {
    this.#drain.start();
  }

  /** Resolves once the entry is on disk. */
  async append(entry: AuditEntry): Promise<void> {
    const chained = chainEntry(this.#head, this.#options.nodeId, storable(entry));
    this.#head = { chain: chained.chain, number: chained.number, hash: chained.hash };
    await this.#journal.append(chained);
    this.#drain.wake();
  }

  /** Copies all there is into the database; returns how many entries. */
  drain(): Promise<number> {
    return this.#drain.drain();
  }

  async list(filter: AuditFilter): Promise<AuditRow[]> {
    const { before, actor, action, outcome, since, limit } = filter;
    const conditions: (SQL | undefined)[] = [
      before === undefined ? undefined : lt(auditEntries.position, before),
      actor === undefined ? undefined : eq(auditEntries.actor, actor),
      action === undefined ? undefined : or(eq(auditEntries.action, action), like(auditEntries.action, `${action}:%`)),
      outcome === undefined ? undefined : eq(auditEntries.outcome, outcome),
      since === undefined ? undefined : gte(auditEntries.at, since),
    ];
    const rows = this.#options.store.db.select().from(auditEntries);
    return rows
      .where(and(...conditions))
      .orderBy(desc(auditEntries.position))
      .limit(limit);
  }

  /** The chains that this node wrote, the present one and those of data directories before. */
  async chains(): Promise<string[]> {
    const { store, nodeId } = this.#options;
    const rows = store.db.selectDistinct({ chain: auditEntries.chain }).from(auditEntries);
    return (await rows.where(eq(auditEntries.nodeId, nodeId)).orderBy(asc(auditEntries.chain))).map(
      ({ chain }) => chain,
    );
  }

  /** Entries of a chain behind a number, in their order. */
  async entriesAfter(chain: string, number: number, limit: number): Promise<ChainedEntry[]> {
    const rows = await this.#options.store.db
      .select()
      .from(auditEntries)
      .where(and(eq(auditEntries.chain, chain), gt(auditEntries.number, number)))
      .orderBy(asc(auditEntries.number))
      .limit(limit);
    return rows.map(({ position: _, at, ...row }) => ({ ...row, atMs: at.getTime() }));
  }

  /** Checks every entry of every chain, and that this node's chain ends where it was written last. */
  async verify(): Promise<AuditVerdict> {
    await this.#drain.drain();
    return verifyAudit(this.#options.store, this.#options.dataDir);
  }

  /** What is not in the database yet is copied at the next start. */
  async close(): Promise<void> {
    await this.#drain.close();
    await this.#journal.close();
  }

  async #insert(records: readonly JournalRecord<ChainedEntry>[]): Promise<void> {
    const { store, dataDir } = this.#options;
    const rows = records.map(({ entry: { atMs, ...entry } }) => ({ ...entry, at: new Date(atMs) }));
    await store.db.insert(auditEntries).values(rows).onConflictDoNothing();
    const last = records.at(-1)?.entry;
    if (last) await writeAuditHead(dataDir, { chain: last.chain, number: last.number, hash: last.hash });
  }

  async #setAside(record: JournalRecord<ChainedEntry>, reason: string): Promise<void> {
    const file = join(this.#options.dataDir, 'refused-audit.jsonl');
    await appendFile(file, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    this.#options.log.error({ file, reason }, 'audit entry refused by the database, set aside');
  }
}

/** Checks exported lines, each an entry, in the order of their numbers; a copy may begin anywhere in a chain. */
export async function verifyAuditLines(lines: AsyncIterable<string>): Promise<AuditVerdict> {
  const check = new ChainCheck('anywhere');
  for await (const line of lines) if (line !== '') check.add(JSON.parse(line) as ChainedEntry);
  return { entries: check.count, problems: check.problems };
}

/** Checks every entry of every chain; with the data directory of a node also where that node's chain ends. */
export async function verifyAudit(store: Store, dataDir: string): Promise<AuditVerdict> {
  const head = await readAuditHead(dataDir);
  const check = new ChainCheck();
  for (let chain = '', number = 0; ; ) {
    const isLater = chain === '' ? undefined : after(chain, number);
    const rows = await store.db
      .select()
      .from(auditEntries)
      .where(isLater)
      .orderBy(asc(auditEntries.chain), asc(auditEntries.number))
      .limit(PAGE);
    for (const { at, ...row } of rows) check.add({ ...row, atMs: at.getTime() });
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) break;
    ({ chain, number } = last);
  }
  if (head) check.end(head);
  return { entries: check.count, problems: check.problems };
}

const after = (chain: string, number: number) =>
  or(gt(auditEntries.chain, chain), and(eq(auditEntries.chain, chain), gt(auditEntries.number, number)));

const headFile = (dataDir: string) => join(dataDir, 'audit-head.json');

async function readAuditHead(dataDir: string): Promise<AuditHead | undefined> {
  const path = headFile(dataDir);
  const text = await readFileIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return Head.parse(JSON.parse(text));
  } catch (cause) {
    const remedy = 'Restore the file from a backup, or move it away: a new chain of entries then begins.';
    throw new StoreError('FILE_MALFORMED', `${path} cannot be read`, remedy, cause);
  }
}

async function writeAuditHead(dataDir: string, head: AuditHead): Promise<void> {
  await writeFileAtomic(headFile(dataDir), `${JSON.stringify(head)}\n`);
}
