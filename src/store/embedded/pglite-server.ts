import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type DirectoryLock, type Logger, lockDirectory, rootMessage, StoreError } from '../base/index.ts';
import type { LocalDatabase } from './postgres-process.ts';
import { makeSocketFolder } from './socket-folder.ts';

const STOP_TIMEOUT_MS = 10_000;

/** The database of machines without a native PostgreSQL: PGlite in a worker thread behind a Unix socket, without fsync. */
export class PgliteServer {
  readonly connection: LocalDatabase;
  readonly #worker: Worker;
  readonly #lock: DirectoryLock;
  #isRunning = true;
  #stopped: Promise<void> | undefined;

  private constructor(worker: Worker, lock: DirectoryLock, host: string) {
    this.#worker = worker;
    this.#lock = lock;
    this.connection = { host, user: 'postgres', database: 'postgres' };
    worker.once('exit', () => {
      this.#isRunning = false;
    });
    worker.on('error', () => undefined);
  }

  /** Opens `<dataDir>/pglite`, which only one process may have open. */
  static async start(options: { readonly dataDir: string; readonly log: Logger }): Promise<PgliteServer> {
    const folder = join(resolve(options.dataDir), 'pglite');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const lock = await lockDirectory(folder);
    try {
      const host = await makeSocketFolder(folder, undefined);
      const socketPath = join(host, '.s.PGSQL.5432');
      await rm(socketPath, { force: true });
      const worker = startWorker({ dataFolder: join(folder, 'data'), socketPath });
      await untilMessage(worker);
      options.log.warn({ folder }, 'database is PGlite: it does not fsync, a power failure may lose the last changes');
      return new PgliteServer(worker, lock, host);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** False once the worker has died. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Closes the database and ends the worker. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    if (this.#isRunning) {
      const ended = new Promise<void>((done) => this.#worker.once('exit', () => done()));
      const timer = setTimeout(() => void this.#worker.terminate(), STOP_TIMEOUT_MS);
      this.#worker.postMessage('stop');
      await ended;
      clearTimeout(timer);
    }
    await this.#lock.release();
  }
}

/** In a checkout the worker is TypeScript, which a worker of Node 20 reads only through tsx. */
function startWorker(workerData: { dataFolder: string; socketPath: string }): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./pglite-worker.js', import.meta.url), { workerData });
  const tsx = import.meta.resolve('tsx/esm/api');
  const file = new URL('./pglite-worker.ts', import.meta.url).href;
  const code = `import(${JSON.stringify(tsx)}).then((tsx) => tsx.tsImport(${JSON.stringify(file)}, ${JSON.stringify(file)}))`;
  return new Worker(code, { workerData, eval: true });
}

function untilMessage(worker: Worker): Promise<void> {
  return new Promise((done, reject) => {
    const fail = (error: unknown) => {
      const remedy = 'Look for damage in the folder pglite of the data directory, or set DATABASE_URL.';
      reject(new StoreError('PGLITE_FAILED', `PGlite cannot start: ${rootMessage(error)}`, remedy, error));
    };
    worker.once('message', () => done());
    worker.once('error', fail);
    worker.once('exit', (code) => fail(new Error(`its thread ended with ${code}`)));
  });
}
