import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { getTableColumns, getTableName } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretsOf } from '../../../src/rules/index.ts';
import { backup, Outbox, openStore, RuleRevisions, restore, SecretBox, type Store } from '../../../src/store/index.ts';
import { TABLES } from '../../../src/store/schema.ts';
import { dataFolder, entry, memoryLog, type SystemPostgres, startSystemPostgres } from './helpers.ts';

const from = dataFolder();
const log = memoryLog();
const file = join(from.path, 'backup.gz');
let system: SystemPostgres;
let embedded: Store;
let external: Store;
let outbox: Outbox;

beforeAll(async () => {
  system = await startSystemPostgres();
  embedded = await openStore({ dataDir: from.path, log, waitMs: 60_000 });
  external = await openStore({ dataDir: from.path, log, databaseUrl: system.url, waitMs: 60_000 });
  outbox = await Outbox.open({ store: embedded, dataDir: from.path, nodeId: 'node', log });
  for (let index = 0; index < 1_200; index++)
    void outbox.append(entry({ sessionId: `s${index}`, data: { text: '"r": \n', n: 1.5 } }));
  await outbox.append(entry({ sessionId: 's0', kind: 'publish_done' }));
  await outbox.drainJournal();
  await new RuleRevisions({ ...{ store: embedded, log, box: new SecretBox([randomBytes(32)]) }, secretsOf }).append(
    { rules: [1] },
    { author: 'ann', expectedNumber: 0 },
  );
});
afterAll(async () => {
  await outbox.close();
  await embedded.close();
  await external.close();
  system.remove();
  from.remove();
});

async function contents(store: Store): Promise<unknown[]> {
  const names = Object.values(TABLES).map((table) => getTableName(table));
  return Promise.all(
    names.map((name) => store.query(`select row_to_json(t) from headwater.${name} t order by 1::text`)),
  );
}

describe('backup and restore', () => {
  it('moves everything from PostgreSQL 18 to 15, refuses a filled database, and replaces it when told', async () => {
    const rows = await backup(embedded, createWriteStream(file));
    expect(rows).toBe(1_201 + 1_201 + 1_200 + 1);
    expect(await restore(external, createReadStream(file))).toBe(rows);
    const sorted = async (store: Store) => (await contents(store)).map((table) => JSON.stringify(table).length);
    expect(await sorted(external)).toEqual(await sorted(embedded));
    await expect(restore(external, createReadStream(file))).rejects.toMatchObject({ code: 'DATABASE_NOT_EMPTY' });
    expect(await restore(external, createReadStream(file), { replace: true })).toBe(rows);
    const next = await external.query<{ position: number }>(
      `insert into headwater.events (id, node_id, node_sequence, session_id, kind, ordinal, domain, ingest_domain, app, stream, at, data)
       values (gen_random_uuid(), '', 1, 'new', 'publish', 0, '', '', '', '', now(), '{}') returning position`,
    );
    const [highest] = await embedded.query<{ position: number }>(
      'select max(position) as position from headwater.events',
    );
    expect(next[0]!.position).toBe(highest!.position + 1);
  });

  it('changes nothing when the file is cut, damaged or from the future', async () => {
    const whole = readFileSync(file);
    const lines = gunzipSync(whole).toString().trimEnd().split('\n');
    const before = await external.query('select count(*) from headwater.events');
    const header = JSON.parse(lines[0]!) as object;
    const cases: [Buffer, string][] = [
      [whole.subarray(0, whole.length - 100), 'BACKUP_MALFORMED'],
      [Buffer.from('no gzip'), 'BACKUP_MALFORMED'],
      [gzipSync(''), 'BACKUP_MALFORMED'],
      [gzipSync(lines.slice(0, -1).join('\n')), 'BACKUP_MALFORMED'],
      [gzipSync([lines[0], ...lines.slice(2)].join('\n')), 'BACKUP_MALFORMED'],
      [gzipSync([JSON.stringify({ ...header, schema: 9999 }), ...lines.slice(1)].join('\n')), 'BACKUP_TOO_NEW'],
    ];
    for (const [bytes, code] of cases) {
      await expect(restore(external, Readable.from([bytes]), { replace: true })).rejects.toMatchObject({ code });
    }
    expect(await external.query('select count(*) from headwater.events')).toEqual(before);
  });
});

describe('schema', () => {
  it('is the same in the migrations and in the typed view', async () => {
    const types: Record<string, string> = {
      PgTimestamp: 'timestamp with time zone',
      PgUUID: 'uuid',
      PgJsonb: 'jsonb',
      PgText: 'text',
      PgInteger: 'integer',
      PgBoolean: 'boolean',
      PgBigInt53: 'bigint',
      PgSmallInt: 'smallint',
      PgDoublePrecision: 'double precision',
      PgCustomColumn: 'bytea',
      PgArray: 'ARRAY',
    };
    const described = Object.values(TABLES).flatMap((table) =>
      Object.values(getTableColumns(table)).map((column) => ({
        table_name: getTableName(table),
        column_name: column.name,
        data_type: types[column.columnType],
        is_nullable: column.notNull ? 'NO' : 'YES',
        has_default: column.hasDefault || column.generatedIdentity !== undefined,
      })),
    );
    const found = await embedded.query(
      `select table_name, column_name, data_type, is_nullable, (column_default is not null or is_identity = 'YES') as has_default
       from information_schema.columns where table_schema = 'headwater' and table_name <> 'migrations'
       order by table_name, ordinal_position`,
    );
    const byTable = (rows: { table_name?: unknown }[]) =>
      [...rows].sort((a, b) => String(a.table_name).localeCompare(String(b.table_name)));
    expect(byTable(described)).toEqual(found);
  });

  it('refuses a database of a newer release', async () => {
    await external.query("insert into headwater.migrations values (9999, 'future', '', now())");
    const store = await openStore({ dataDir: from.path, log, databaseUrl: system.url, waitMs: 60_000 });
    expect(store.state).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('9999') });
    await store.close();
    await external.query('delete from headwater.migrations where number = 9999');
  });
});
