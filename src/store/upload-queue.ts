import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Logger } from './base/index.ts';
import { ClaimQueue, type ClaimQueueOptions, type ClaimRow } from './claims.ts';
import { Journal, type JournalRecord } from './files/index.ts';
import { JournalDrain } from './journal-drain.ts';
import { storable } from './outbox-entry.ts';
import type { Store } from './store.ts';

const UPLOADS_CHANNEL = 'headwater_uploads';
const STORED_KEPT_MS = 3_600_000;

/** One file on its way into a storage; `id` is a UUID made by the caller. */
export interface UploadEntry {
  readonly id: string;
  readonly storage: string;
  /** The object's name in the storage. */
  readonly object: string;
  /** Where the bytes are until they are acknowledged. */
  readonly file: string;
  /** The file is a copy of ours, which goes once it is acknowledged. */
  readonly isSpooled: boolean;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** A later upload of the same object makes this one needless. */
  readonly overwrites: boolean;
  /** Uploads of one line into one storage are made one after the other; left out, it is the object's name. */
  readonly line?: string;
  /** Who wants to hear that it is stored, and what he wants to know then. */
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

/** An upload's row as it is claimed. */
export interface UploadRow extends ClaimRow {
  readonly upload_id: string;
  readonly storage: string;
  readonly object: string;
  readonly file: string;
  readonly is_spooled: boolean;
  readonly content_type: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly overwrites: boolean;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly added_at: Date;
}

/** `folder` holds the journal; the files of a node are on its own disk, so only it can take its rows. */
export interface UploadQueueOptions {
  readonly store: Store;
  readonly folder: string;
  readonly nodeId: string;
  readonly log: Logger;
  readonly queue?: Pick<ClaimQueueOptions, 'leaseMs' | 'renewEveryMs' | 'sweepEveryMs'>;
}

/** Uploads that are still to be made: journal first, so that no database is needed to add one, then a table of work. */
export class UploadQueue {
  readonly #options: UploadQueueOptions;
  readonly #journal: Journal<UploadEntry>;
  readonly #drain: JournalDrain<UploadEntry>;

  private constructor(options: UploadQueueOptions, journal: Journal<UploadEntry>) {
    this.#options = options;
    this.#journal = journal;
    this.#drain = new JournalDrain({
      ...options,
      journal,
      insertAll: (records) => insertUploads(options, records),
      setAside: (record, reason) => setAside(options, record, reason),
    });
  }

  static async open(options: UploadQueueOptions): Promise<UploadQueue> {
    const folder = join(options.folder, 'journal');
    return new UploadQueue(options, await Journal.open({ folder, log: options.log }));
  }

  /** From now on copies entries into the database by itself. */
  start(): void {
    this.#drain.start();
  }

  /** Resolves once the entry is on disk; the database need not be there. */
  async append(entry: UploadEntry): Promise<void> {
    await this.#journal.append(entry);
    this.#drain.wake();
  }

  /** This node's uploads into one storage, as a table of work: one after the other in each line. */
  workFor(storage: string): ClaimQueue<UploadRow> {
    const { store, log, nodeId, queue } = this.#options;
    const table = {
      name: 'uploads',
      doneState: 'stored',
      channel: UPLOADS_CHANNEL,
      order: 'id',
      line: { group: ['node_id', 'storage', 'line'] },
      condition: `t.node_id = ${pg.escapeLiteral(nodeId)} and t.storage = ${pg.escapeLiteral(storage)}`,
    };
    return new ClaimQueue({ ...queue, store, table, log });
  }

  /** Whether a later upload of the same object waits behind this one. */
  async isSuperseded({ id, storage, object }: UploadRow): Promise<boolean> {
    const text = `select 1 from headwater.uploads
      where node_id = $1 and storage = $2 and object = $3 and id > $4 and state = 'pending' limit 1`;
    return (await this.#options.store.query(text, [this.#options.nodeId, storage, object, id])).length > 0;
  }

  /** Whether an upload of this line is still to be made, as far as that can be said without the database. */
  async isWaiting(storage: string, line: string): Promise<boolean> {
    const isOf = ({ entry }: JournalRecord<UploadEntry>) => entry.storage === storage && entry.line === line;
    if (this.#journal.readAll().some(isOf)) return true;
    if (this.#options.store.state.kind !== 'ready') return false;
    const text = `select 1 from headwater.uploads
      where node_id = $1 and storage = $2 and line = $3 and state = 'pending' limit 1`;
    return (await this.#options.store.query(text, [this.#options.nodeId, storage, line])).length > 0;
  }

  /** A storage answers again: what waits for its next attempt there is due now. */
  async hurry(storage: string): Promise<void> {
    const text = `with due as (
        update headwater.uploads set next_attempt_at = now()
        where node_id = $1 and storage = $2 and state = 'pending' and next_attempt_at > now() returning id)
      select pg_notify($3, '') from due limit 1`;
    await this.#options.store.query(text, [this.#options.nodeId, storage, UPLOADS_CHANNEL]);
  }

  /** How many of this node's uploads wait in all, how many were given up, and since when the oldest waits. */
  async counts(): Promise<{
    readonly pending: number;
    readonly dead: number;
    readonly oldestAtMs: number | undefined;
  }> {
    const text = `select
        count(*) filter (where state = 'pending') as pending,
        count(*) filter (where state = 'dead') as dead,
        min(added_at) filter (where state = 'pending') as oldest
      from headwater.uploads where node_id = $1 and state <> 'stored'`;
    type Counts = { pending: number; dead: number; oldest: Date | null };
    const [row] = await this.#options.store.query<Counts>(text, [this.#options.nodeId]);
    const oldestAtMs = row?.oldest?.getTime() ?? this.#journal.readAll(1)[0]?.entry.atMs;
    return { pending: (row?.pending ?? 0) + this.journaled, dead: row?.dead ?? 0, oldestAtMs };
  }

  /** How many wait for the database. */
  get journaled(): number {
    return this.#journal.readAll().length;
  }

  /** Those of these ids that nothing refers to any more: stored, or never added. */
  async unknownOf(ids: readonly string[]): Promise<string[]> {
    const waiting = new Set(this.#journal.readAll().map(({ entry }) => entry.id));
    const text = `select upload_id from headwater.uploads where upload_id = any($1::uuid[]) and state <> 'stored'`;
    const known = await this.#options.store.query<{ upload_id: string }>(text, [[...ids]]);
    for (const { upload_id } of known) waiting.add(upload_id);
    return ids.filter((id) => !waiting.has(id));
  }

  /** Puts what was given up back into the queue, with no attempts counted; returns how many. */
  async revive(): Promise<number> {
    const text = `with revived as (
        update headwater.uploads
        set state = 'pending', attempts = 0, first_attempt_at = null, next_attempt_at = now(), finished_at = null
        where node_id = $1 and state = 'dead' returning id)
      select id, pg_notify($2, '') from revived`;
    return (await this.#options.store.query(text, [this.#options.nodeId, UPLOADS_CHANNEL])).length;
  }

  /** Removes the rows of uploads that were stored an hour ago. */
  async prune(keepMs = STORED_KEPT_MS): Promise<void> {
    const text = `delete from headwater.uploads
      where state = 'stored' and finished_at < now() - $1::float8 * interval '1 ms'`;
    await this.#options.store.query(text, [keepMs]);
  }

  /** Stops copying and closes the journal; what is left in it is copied at the next start. */
  async close(): Promise<void> {
    await this.#drain.close();
    await this.#journal.close();
  }
}

const INSERT = `
  insert into headwater.uploads (upload_id, node_id, storage, object, file, is_spooled, content_type, size_bytes,
    sha256, overwrites, kind, data, added_at, line)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, to_timestamp($13::float8 / 1000), $14)
  on conflict (upload_id) do nothing`;

function insertUploads(
  { store, nodeId }: UploadQueueOptions,
  records: readonly JournalRecord<UploadEntry>[],
): Promise<void> {
  return store.transaction(async (client) => {
    for (const { entry } of records) {
      const { id, storage, object, file, isSpooled, contentType, sizeBytes, sha256, overwrites, kind, atMs } = entry;
      const what = [storage, object, file, isSpooled, contentType, sizeBytes, sha256, overwrites, kind];
      const line = entry.line ?? object;
      await client.query(INSERT, [id, nodeId, ...what, JSON.stringify(storable(entry.data)), atMs, line]);
    }
    await client.query('select pg_notify($1, $2)', [UPLOADS_CHANNEL, '']);
  });
}

async function setAside(
  { folder, log }: UploadQueueOptions,
  record: JournalRecord<UploadEntry>,
  reason: string,
): Promise<void> {
  const file = join(folder, 'refused.jsonl');
  await appendFile(file, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  log.error({ sequence: record.sequence, file, reason }, 'upload refused by the database, set aside');
}
