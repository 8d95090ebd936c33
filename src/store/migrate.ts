import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { ClientBase } from 'pg';
import { StoreError } from './base/index.ts';
import { SCHEMA_NAME } from './schema.ts';

// The key of the advisory lock that keeps two starting nodes from migrating at once; any fixed number will do.
const LOCK_KEY = 48_651_001;
const FOLDER = new URL('./migrations/', import.meta.url);

/** A numbered SQL file; the checksum tells an edited one from the one that was applied. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** All migrations of this release, in order. */
export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, FOLDER), 'utf8');
      return { number: Number(name.slice(0, 4)), name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** Brings the schema up to this release in one transaction; a newer or edited schema is refused. */
export async function migrate(client: ClientBase): Promise<number> {
  const migrations = await readMigrations();
  await client.query('begin');
  try {
    const number = await migrateWithin(client, migrations);
    await client.query('commit');
    return number;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** The same inside a transaction of the caller's; returns the number of the newest applied migration. */
export async function migrateWithin(client: ClientBase, migrations: readonly Migration[]): Promise<number> {
  await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
  const table = `${SCHEMA_NAME}.migrations`;
  const found = await client.query<{ oid: string | null }>('select to_regclass($1) as oid', [table]);
  if (found.rows[0]?.oid == null) {
    await client.query(`create schema if not exists ${SCHEMA_NAME}`);
    const columns =
      'number integer primary key, name text not null, checksum text not null, applied_at timestamptz not null';
    await client.query(`create table ${table} (${columns})`);
  }
  const { rows } = await client.query<{ number: number; checksum: string }>(`select number, checksum from ${table}`);
  const applied = new Map(rows.map((row) => [row.number, row.checksum]));
  checkApplied(applied, migrations);
  for (const { number, name, sql, checksum } of migrations) {
    if (applied.has(number)) continue;
    await client.query(sql);
    await client.query(`insert into ${table} values ($1, $2, $3, now())`, [number, name, checksum]);
  }
  return migrations.at(-1)?.number ?? 0;
}

function checkApplied(applied: ReadonlyMap<number, string>, migrations: readonly Migration[]): void {
  const newest = migrations.at(-1)?.number ?? 0;
  const beyond = Math.max(0, ...applied.keys());
  if (beyond > newest) {
    const message = `the database has schema ${beyond}, this release knows up to ${newest}`;
    throw new StoreError('DATABASE_TOO_NEW', message, 'Use the newer release, or restore a backup made by this one.');
  }
  const changed = migrations.find(({ number, checksum }) => (applied.get(number) ?? checksum) !== checksum);
  if (changed !== undefined) {
    const message = `the migration ${changed.name} is not the one that was applied to this database`;
    throw new StoreError(
      'MIGRATION_CHANGED',
      message,
      'Use an unchanged release; applied migrations are never edited.',
    );
  }
}
