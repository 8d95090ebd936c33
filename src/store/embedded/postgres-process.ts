import { type ChildProcess, spawn } from 'node:child_process';
import { chown, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { processExists, rootMessage, StoreError } from '../base/index.ts';
import type { PostgresPlace } from './postgres-place.ts';
import { isZombie, readPostmaster } from './postmaster.ts';
import { postgresEnvironment } from './run.ts';

/** How long a start, with its crash recovery, may take. */
export const START_TIMEOUT_MS = 60_000;

const COOKIE_SETTING = 'headwater.cookie';
const FAST_STOP_MS = 15_000;
const IMMEDIATE_STOP_MS = 5_000;
const LOG_LIMIT_BYTES = 8 * 1024 * 1024;

/** Where to connect; there is no password, the socket's folder (0700) is the guard. */
export interface LocalDatabase {
  readonly host: string;
  readonly user: string;
  readonly database: string;
}

/** Asks a server who it is: its cookie and its data folder. */
export async function askServer(
  connection: LocalDatabase,
): Promise<{ cookie: string; dataFolder: string } | { error: string }> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const text = `select current_setting('${COOKIE_SETTING}', true) as cookie, current_setting('data_directory') as folder`;
    const { rows } = await client.query<{ cookie: string | null; folder: string }>(text);
    return { cookie: rows[0]?.cookie ?? '', dataFolder: rows[0]?.folder ?? '' };
  } catch (error) {
    return { error: rootMessage(error) };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Starts the server in a session of its own and returns its process id once it answers. */
export async function launch(server: {
  place: PostgresPlace;
  dataFolder: string;
  connection: LocalDatabase;
  cookie: string;
}): Promise<number> {
  const { place, dataFolder } = server;
  const logPath = join(place.folder, 'postgres.log');
  const logStart = await trimLog(logPath);
  const logFile = await open(logPath, 'a', 0o600);
  if (place.account !== undefined) await chown(logPath, place.account.uid, place.account.gid);
  const [file = '', ...args] = [...place.prefix, place.binaries.postgres, '-D', dataFolder, ...settings(server)];
  try {
    const child = spawn(file, args, {
      ...place.account,
      cwd: place.folder,
      // Its own session: Ctrl-C must not end the database before we have written our last events.
      detached: true,
      env: postgresEnvironment(),
      stdio: ['ignore', logFile.fd, logFile.fd],
    });
    child.unref();
    const pid = await untilReady(child, server);
    if (pid !== undefined) return pid;
  } finally {
    await logFile.close();
  }
  const log = (await readFile(logPath)).subarray(logStart).toString('utf8').trim();
  throw startFailed(`PostgreSQL ended at its start: ${log.slice(-800) || 'it said nothing'}`);
}

function settings(server: { connection: LocalDatabase; cookie: string }): string[] {
  const values: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: server.connection.host,
    unix_socket_permissions: '0700',
    port: '5432',
    max_connections: '40',
    shared_buffers: '32MB',
    max_wal_size: '256MB',
    max_parallel_workers: '0',
    max_worker_processes: '2',
    fsync: 'on',
    synchronous_commit: 'on',
    log_min_messages: 'warning',
    log_min_error_statement: 'panic',
    logging_collector: 'off',
    log_destination: 'stderr',
    timezone: 'UTC',
    [COOKIE_SETTING]: server.cookie,
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The process id once it answers, undefined when it has ended; recovery after a crash may take its time. */
async function untilReady(
  child: ChildProcess,
  server: { dataFolder: string; connection: LocalDatabase; cookie: string },
): Promise<number | undefined> {
  let hasEnded = false;
  child.once('exit', () => {
    hasEnded = true;
  });
  child.once('error', () => {
    hasEnded = true;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!hasEnded) {
    const postmaster = await readPostmaster(server.dataFolder);
    if (child.pid !== undefined && postmaster?.pid === child.pid && postmaster.isReady) {
      const answer = await askServer(server.connection);
      if ('cookie' in answer && answer.cookie === server.cookie) return child.pid;
    }
    if (Date.now() > deadline) {
      if (child.pid !== undefined) await endProcess(child.pid);
      throw startFailed(`PostgreSQL was not ready after ${START_TIMEOUT_MS / 1000} s`);
    }
    await delay(20);
  }
  return undefined;
}

/** Fast, then immediate shutdown; false when it still lives. */
export async function endProcess(pid: number): Promise<boolean> {
  for (const [signal, waitMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
  ] as const) {
    if (!isAlive(pid)) return true;
    try {
      process.kill(pid, signal);
    } catch {
      return !isAlive(pid);
    }
    for (const deadline = Date.now() + waitMs; isAlive(pid) && Date.now() < deadline; ) await delay(20);
  }
  return !isAlive(pid);
}

/** True while the server runs; a dead child that was not yet waited for does not count. */
export function isAlive(pid: number): boolean {
  return processExists(pid) && !isZombie(pid);
}

async function trimLog(path: string): Promise<number> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size < LOG_LIMIT_BYTES) return size;
  await rename(path, `${path}.old`);
  return 0;
}

/** The error of a server that does not come up. */
export function startFailed(message: string): StoreError {
  const remedy = 'See postgres.log in the data directory, or set DATABASE_URL to a PostgreSQL of your own.';
  return new StoreError('POSTGRES_START_FAILED', message, remedy);
}
