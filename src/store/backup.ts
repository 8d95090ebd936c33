import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGunzip, createGzip, type Gzip } from 'node:zlib';
import { getTableName } from 'drizzle-orm';
import type { ClientBase } from 'pg';
import { z } from 'zod';
import { StoreError } from './base/index.ts';
import { isRefusedData } from './database-trouble.ts';
import { migrateWithin, readMigrations } from './migrate.ts';
import { SCHEMA_NAME, TABLES } from './schema.ts';
import type { Store } from './store.ts';

const FORMAT = 1;
const FETCH_ROWS = 500;
const SNAPSHOT = 'begin isolation level repeatable read read only';
const TABLE_NAMES: readonly string[] = Object.values(TABLES).map((table) => getTableName(table));

// Gzipped lines: {"headwater":1,"schema":n,...}, {"t":"events","r":{...}} ..., {"rows":n}
const Header = z.object({ headwater: z.number().int(), schema: z.number().int().positive(), createdAt: z.string() });
const Row = z.object({ t: z.string(), r: z.record(z.string(), z.unknown()) });
const Footer = z.object({ rows: z.number().int() });

/** Writes all our tables, as they are at one moment, and ends the stream; returns the number of rows. */
export async function backup(store: Store, out: Writable): Promise<number> {
  const gzip = createGzip();
  const written = finished(gzip.pipe(out));
  written.catch((error: unknown) => gzip.destroy(error instanceof Error ? error : undefined));
  out.on('error', (error) => gzip.destroy(error));
  const rows = await store.transaction(async (client) => {
    await client.query('set local statement_timeout = 0');
    const found = await client.query<{ number: number }>(`select max(number) as number from ${SCHEMA_NAME}.migrations`);
    const schema = found.rows[0]?.number ?? 0;
    await write(gzip, { headwater: FORMAT, schema, createdAt: new Date().toISOString() });
    let count = 0;
    for (const table of TABLE_NAMES) count += await writeTable(client, gzip, table);
    return count;
  }, SNAPSHOT);
  await write(gzip, { rows });
  gzip.end();
  await written;
  return rows;
}

/**
 * Fills the database from a backup in one transaction, first at the schema of the backup, then migrated to ours.
 * Refused when there are rows already, unless `replace`; no other node should be running.
 */
export async function restore(
  store: Store,
  from: Readable,
  options: { readonly replace?: boolean } = {},
): Promise<number> {
  const gunzip = createGunzip();
  const lines = createInterface({ input: from.pipe(gunzip), crlfDelay: Number.POSITIVE_INFINITY });
  // Taken at once: lines read before somebody iterates are lost. A broken stream ends it, and with it the transaction.
  const iterator = lines[Symbol.asyncIterator]();
  let broken: Error | undefined;
  const fail = (error: Error) => {
    broken ??= error;
    lines.close();
  };
  gunzip.on('error', fail);
  from.on('error', fail);
  try {
    return await store.transaction((client) => load(client, iterator, options.replace ?? false));
  } catch (error) {
    throw broken !== undefined || isRefusedData(error) ? malformed(broken ?? error) : error;
  } finally {
    lines.close();
    from.unpipe(gunzip);
  }
}

async function write(gzip: Gzip, value: unknown): Promise<void> {
  await writeLine(gzip, JSON.stringify(value));
}

async function writeLine(gzip: Gzip, line: string): Promise<void> {
  if (gzip.destroyed) throw new Error('the backup cannot be written', { cause: gzip.errored });
  if (gzip.write(`${line}\n`)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      gzip.off('drain', done);
      gzip.off('close', done);
      resolve();
    };
    gzip.on('drain', done);
    gzip.on('close', done);
  });
}

async function writeTable(client: ClientBase, gzip: Gzip, table: string): Promise<number> {
  let count = 0;
  await client.query(`declare backup_rows no scroll cursor for
    select row_to_json(t)::text as row from ${SCHEMA_NAME}.${table} t order by 1`);
  for (;;) {
    const { rows } = await client.query<{ row: string }>(`fetch ${FETCH_ROWS} from backup_rows`);
    for (const { row } of rows) {
      await writeLine(gzip, `{"t":${JSON.stringify(table)},"r":${row}}`);
    }
    count += rows.length;
    if (rows.length < FETCH_ROWS) break;
  }
  await client.query('close backup_rows');
  return count;
}

async function load(client: ClientBase, iterator: AsyncIterator<string>, replace: boolean): Promise<number> {
  const migrations = await prepare(client, await iterator.next(), replace);
  let count = 0;
  let batch: { table: string; rows: string[] } = { table: '', rows: [] };
  for (let line = await iterator.next(); line.done !== true; line = await iterator.next()) {
    const value = parseLine(line.value);
    if ('rows' in value) {
      await insert(client, batch);
      if (value.rows !== count) throw malformed(new Error(`${count} rows instead of ${value.rows}`));
      await resetNumbering(client);
      await migrateWithin(client, migrations);
      return count;
    }
    if (value.t !== batch.table || batch.rows.length >= FETCH_ROWS) {
      await insert(client, batch);
      batch = { table: value.t, rows: [] };
    }
    batch.rows.push(value.r);
    count++;
  }
  throw malformed(new Error('it ends too early'));
}

async function prepare(client: ClientBase, first: IteratorResult<string>, replace: boolean) {
  const header = parseHeader(first.value);
  const migrations = await readMigrations();
  if (header.headwater > FORMAT || header.schema > (migrations.at(-1)?.number ?? 0)) {
    throw new StoreError('BACKUP_TOO_NEW', 'the backup was made by a newer release', 'Restore it with that release.');
  }
  await client.query('set local statement_timeout = 0');
  if (!replace) await refuseRows(client);
  await client.query(`drop schema ${SCHEMA_NAME} cascade`);
  await migrateWithin(
    client,
    migrations.filter(({ number }) => number <= header.schema),
  );
  return migrations;
}

async function refuseRows(client: ClientBase): Promise<void> {
  for (const table of TABLE_NAMES) {
    const { rows } = await client.query(`select 1 from ${SCHEMA_NAME}.${table} limit 1`);
    if (rows.length === 0) continue;
    const remedy = 'Restore into a new database, or add --replace: what is in it is lost then.';
    throw new StoreError('DATABASE_NOT_EMPTY', `the table ${table} is not empty`, remedy);
  }
}

async function insert(client: ClientBase, batch: { table: string; rows: string[] }): Promise<void> {
  if (batch.rows.length === 0) return;
  if (!TABLE_NAMES.includes(batch.table)) throw malformed(new Error(`unknown table ${batch.table}`));
  const table = `${SCHEMA_NAME}.${batch.table}`;
  const text = `insert into ${table} select * from json_populate_recordset(null::${table}, $1::json)`;
  await client.query(text, [`[${batch.rows.join(',')}]`]);
}

/** Identity columns go on after the highest restored number. */
async function resetNumbering(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(
    `select table_name as table, column_name as column from information_schema.columns
     where table_schema = $1 and is_identity = 'YES'`,
    [SCHEMA_NAME],
  );
  for (const { table, column } of rows) {
    const name = `${SCHEMA_NAME}.${table}`;
    await client.query(
      `select setval(pg_get_serial_sequence($1, $2), coalesce((select max(${column}) from ${name}), 0) + 1, false)`,
      [name, column],
    );
  }
}

function parseHeader(line: unknown): z.infer<typeof Header> {
  try {
    return Header.parse(JSON.parse(String(line)));
  } catch (error) {
    throw malformed(error);
  }
}

/** A row's JSON stays text from the database to the database, so that no number loses digits. */
function parseLine(line: string): { t: string; r: string } | z.infer<typeof Footer> {
  try {
    const value: unknown = JSON.parse(line);
    const footer = Footer.safeParse(value);
    if (footer.success) return footer.data;
    const { t } = Row.parse(value);
    return { t, r: line.slice(line.indexOf('"r":') + 4, -1) };
  } catch (error) {
    throw malformed(error);
  }
}

function malformed(cause: unknown): StoreError {
  const remedy = 'Use a whole backup; nothing has been changed.';
  const why = cause instanceof Error ? cause.message.slice(0, 200) : '';
  return new StoreError('BACKUP_MALFORMED', `the backup cannot be read: ${why}`, remedy, cause);
}
