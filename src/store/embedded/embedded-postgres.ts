import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chown, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import {
  type DirectoryLock,
  type Logger,
  lockDirectory,
  processExists,
  readFileIfPresent,
  rootMessage,
  StoreError,
  writeFileAtomic,
} from '../base/index.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { choosePlace, type PostgresPlace, type RootMode } from './postgres-place.ts';
import { isPostmasterOf, isZombie, readPostmaster, removeMisleadingPidFile } from './postmaster.ts';
import { postgresEnvironment, run } from './run.ts';
import { makeSocketFolder } from './socket-folder.ts';

const USER = 'headwater';
const DATABASE = 'postgres';
const COOKIE_SETTING = 'headwater.cookie';
const START_TIMEOUT_MS = 60_000;
const FAST_STOP_MS = 15_000;
const IMMEDIATE_STOP_MS = 5_000;
const LOG_LIMIT_BYTES = 8 * 1024 * 1024;

const Instance = z.object({ cookie: z.string() });

/** Where to connect; there is no password, the socket's folder (0700) is the guard. */
export interface LocalDatabase {
  readonly host: string;
  readonly user: string;
  readonly database: string;
}

/** `dataDir` is Headwater's own; the database gets the folder `postgres` in it. */
export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log: Logger;
  readonly rootMode?: RootMode;
}

/** A real PostgreSQL on a Unix socket, ours alone. It outlives a kill -9 of this process and is taken over by the next. */
export class EmbeddedPostgres {
  readonly connection: LocalDatabase;
  readonly pid: number;
  readonly isAdopted: boolean;
  readonly version: string;
  readonly #lock: DirectoryLock;
  readonly #log: Logger;
  #stopped: Promise<void> | undefined;

  private constructor(server: RunningServer, options: { version: string; lock: DirectoryLock; log: Logger }) {
    this.connection = server.connection;
    this.pid = server.pid;
    this.isAdopted = server.isAdopted;
    this.version = options.version;
    this.#lock = options.lock;
    this.#log = options.log;
  }

  /** Starts the server, or takes over one of ours that still runs; every failure is a StoreError with its remedy. */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const found = await findPostgresBinaries();
    if (found === undefined) throw binariesMissing();
    const { dataDir, log, rootMode = 'auto' } = options;
    const place = await choosePlace({ dataDir, binaries: found, log, rootMode });
    const lock = await lockDirectory(place.folder);
    try {
      const server = await startOrAdopt(place, log);
      return new EmbeddedPostgres(server, { version: place.binaries.version, lock, log });
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** False once the server has died. */
  get isRunning(): boolean {
    return isAlive(this.pid);
  }

  /** Fast shutdown: open transactions are rolled back; after 15 s immediate, which the next start recovers from. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    if (!(await endProcess(this.pid))) this.#log.error({ pid: this.pid }, 'database does not end');
    await this.#lock.release();
  }
}

interface RunningServer {
  readonly connection: LocalDatabase;
  readonly pid: number;
  readonly isAdopted: boolean;
}

async function startOrAdopt(place: PostgresPlace, log: Logger): Promise<RunningServer> {
  const dataFolder = join(place.folder, 'data');
  await refuseForeignVersion(dataFolder, place.binaries.majorVersion);
  const host = await makeSocketFolder(place.folder, place.account);
  const connection = { host, user: USER, database: DATABASE };
  const cookiePath = join(place.folder, 'instance.json');
  const running = await readPostmaster(dataFolder);
  if (running !== undefined && (await isPostmasterOf(running.pid, dataFolder))) {
    const cookie = parseCookie(await readFileIfPresent(cookiePath));
    if (await adopt({ connection, dataFolder, pid: running.pid, cookie })) {
      log.info({ pid: running.pid }, 'database of an earlier run adopted');
      return { connection, pid: running.pid, isAdopted: true };
    }
  } else if (running !== undefined) {
    await removeMisleadingPidFile(dataFolder, running);
  }
  if (!(await exists(join(dataFolder, 'PG_VERSION')))) await initialise(place, dataFolder);
  const cookie = randomUUID();
  await writeFileAtomic(cookiePath, JSON.stringify({ cookie }));
  const pid = await launch({ place, dataFolder, connection, cookie });
  return { connection, pid, isAdopted: false };
}

async function refuseForeignVersion(dataFolder: string, ours: number): Promise<void> {
  const text = await readFileIfPresent(join(dataFolder, 'PG_VERSION'));
  if (text === undefined || Number.parseInt(text, 10) === ours) return;
  throw new StoreError(
    'FOREIGN_PG_VERSION',
    `the database in ${dataFolder} is of PostgreSQL ${text.trim()}, this release brings ${ours}`,
    'Run "headwater backup" with the release that made it, move the folder away, then run "headwater restore" with this one.',
  );
}

/** True when it is ours by cookie and folder; waits while it starts or ends; false once it is gone. */
async function adopt(orphan: {
  connection: LocalDatabase;
  dataFolder: string;
  pid: number;
  cookie: string | undefined;
}): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (isAlive(orphan.pid)) {
    const answer = await askServer(orphan.connection);
    if ('cookie' in answer) {
      if (answer.cookie === orphan.cookie && answer.dataFolder === orphan.dataFolder) return true;
      break;
    }
    if (Date.now() > deadline) break;
    await delay(100);
  }
  if (!isAlive(orphan.pid)) return false;
  throw new StoreError(
    'FOREIGN_POSTGRES',
    `process ${orphan.pid} runs PostgreSQL on ${orphan.dataFolder}, but it was not started by us`,
    `Stop it (kill -INT ${orphan.pid}), then start again.`,
  );
}

async function askServer(
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

/** Makes the cluster beside its place and renames it, so that a killed initdb leaves nothing that looks like data. */
async function initialise(place: PostgresPlace, dataFolder: string): Promise<void> {
  const fresh = `${dataFolder}.new`;
  await rm(fresh, { recursive: true, force: true });
  const options = ['-U', USER, '--auth-local=trust', '--auth-host=reject', '-E', 'UTF8', '--no-locale'];
  const command = [...place.prefix, place.binaries.initdb, '-D', fresh, ...options];
  const { code, output } = await run(command, { account: place.account, cwd: place.folder });
  if (code !== 0) {
    await rm(fresh, { recursive: true, force: true });
    throw startFailed(`initdb failed: ${output.slice(-500)}`);
  }
  await rename(fresh, dataFolder);
}

async function launch(server: {
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

async function endProcess(pid: number): Promise<boolean> {
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

function isAlive(pid: number): boolean {
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

function parseCookie(text: string | undefined): string | undefined {
  try {
    return Instance.parse(JSON.parse(text ?? '')).cookie;
  } catch {
    return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function startFailed(message: string): StoreError {
  const remedy = 'See postgres.log in the data directory, or set DATABASE_URL to a PostgreSQL of your own.';
  return new StoreError('POSTGRES_START_FAILED', message, remedy);
}

function binariesMissing(): StoreError {
  return new StoreError(
    'POSTGRES_BINARY_MISSING',
    `there is no PostgreSQL for ${process.platform}-${process.arch} in node_modules that runs here`,
    'Install with optional dependencies, set DATABASE_URL, or allow PGlite.',
  );
}
