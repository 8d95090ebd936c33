import { randomUUID } from 'node:crypto';
import { rename, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import {
  type DirectoryLock,
  type Logger,
  lockDirectory,
  readFileIfPresent,
  StoreError,
  writeFileAtomic,
} from '../base/index.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { choosePlace, type PostgresPlace, type RootMode } from './postgres-place.ts';
import {
  askServer,
  endProcess,
  isAlive,
  type LocalDatabase,
  launch,
  START_TIMEOUT_MS,
  startFailed,
} from './postgres-process.ts';
import { isPostmasterOf, readPostmaster, removeMisleadingPidFile } from './postmaster.ts';
import { run } from './run.ts';
import { makeSocketFolder } from './socket-folder.ts';

const USER = 'headwater';
const DATABASE = 'postgres';

const Instance = z.object({ cookie: z.string() });

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
    // Only goes when empty; below the temporary folder nobody else would tidy it up.
    await rmdir(this.connection.host).catch(() => undefined);
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

function binariesMissing(): StoreError {
  return new StoreError(
    'POSTGRES_BINARY_MISSING',
    `there is no PostgreSQL for ${process.platform}-${process.arch} in node_modules that runs here`,
    'Install with optional dependencies, set DATABASE_URL, or allow PGlite.',
  );
}
