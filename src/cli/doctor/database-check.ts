import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Config } from '../../config/index.ts';
import { createLogger } from '../../log/index.ts';
import { openStore } from '../../store/index.ts';
import type { RunningServer } from '../installation/index.ts';
import { type Check, fail, ok, warn } from './check.ts';

const CONNECT_TIMEOUT_MS = 5000;
const START_TIMEOUT_MS = 60_000;

/** What the database is to posture. */
export type DatabaseKind = 'given' | 'embedded' | 'none';

type Health = { readonly database: { readonly state: string; readonly reason?: string; readonly remedy?: string } };

export type DatabaseFinding = { readonly check: Check; readonly kind: DatabaseKind };

/** Asks the running server; else connects to the database that is given, or tries whether ours can be started. */
export async function databaseCheck(config: Config, server: RunningServer | undefined): Promise<DatabaseFinding> {
  const kind = config.databaseUrl === null ? 'embedded' : 'given';
  const check = await (server !== undefined
    ? runningCheck(server)
    : config.databaseUrl === null
      ? embeddedCheck(config.dataDir)
      : givenCheck(config.databaseUrl));
  return { check, kind: check.status === 'ok' || check.status === 'warn' ? kind : 'none' };
}

async function runningCheck({ api }: RunningServer): Promise<Check> {
  const { database } = await api.get<Health>('/health');
  if (database.state === 'ready') return ok('database', 'the running server has its database');
  const finding = `the running server has none: ${database.reason ?? database.state}`;
  return fail('database', finding, database.remedy ?? 'Look into the log of the server.');
}

/** Connects and asks; makes no tables. */
async function givenCheck(connectionString: string): Promise<Check> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; may: boolean }>(
      `select current_setting('server_version') as version,
         has_database_privilege(current_database(), 'create') as may`,
    );
    const { version = '', may = false } = rows[0] ?? {};
    if (may) return ok('database', `PostgreSQL ${version} answers`);
    const remedy = 'Grant its user CREATE on the database.';
    return fail('database', `PostgreSQL ${version} answers, but its user may not make a schema`, remedy);
  } catch (error) {
    const remedy = 'Check DATABASE_URL (databaseUrl), and that PostgreSQL runs and lets this machine in.';
    return fail('database', `the database cannot be reached (${reasonOf(error)})`, remedy);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A code such as ECONNREFUSED or 28P01 alone: messages may hold the URL with its password. */
function reasonOf(error: unknown): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  return inner instanceof Error && 'code' in inner ? String(inner.code) : 'no answer in time';
}

/** Starts the database that is there, or where there is none yet a new one in a temporary folder; stops it again. */
async function embeddedCheck(dataDir: string): Promise<Check> {
  const isThere = await Promise.all(['postgres', 'pglite'].map((name) => exists(join(dataDir, name))));
  if (isThere.some(Boolean)) return trial(dataDir, `the database in ${dataDir} starts`);
  const folder = await mkdtemp(join(tmpdir(), 'headwater-doctor-'));
  try {
    // For root the database runs under another account, which must be able to pass.
    await chmod(folder, 0o711);
    return await trial(folder, 'an embedded database can be started');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function trial(dataDir: string, good: string): Promise<Check> {
  const store = await openStore({ dataDir, log: createLogger({ level: 'silent' }), waitMs: START_TIMEOUT_MS });
  try {
    const { state } = store;
    if (state.kind !== 'ready') return fail('database', state.reason, state.remedy);
    if (state.engine !== 'pglite') return ok('database', good);
    const remedy = 'Install with optional dependencies, or set DATABASE_URL.';
    return warn('database', `${good}, but it is PGlite, which a power failure may harm`, remedy);
  } finally {
    await store.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
