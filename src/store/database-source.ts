import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import { type Logger, StoreError } from './base/index.ts';
import { EmbeddedPostgres, findPostgresBinaries, hasData, PgliteServer, type RootMode } from './embedded/index.ts';

/** `auto` takes what the data directory already holds, else the native server, else PGlite. */
export type DatabaseEngine = 'auto' | 'native' | 'pglite';

/** Which database, and where ours would live. */
export interface DatabaseSourceOptions {
  readonly dataDir: string;
  readonly log: Logger;
  readonly databaseUrl?: string | undefined;
  readonly engine?: DatabaseEngine;
  readonly rootMode?: RootMode;
}

/** How to reach a database that should be running now. */
export interface DatabaseAddress {
  readonly kind: 'external' | 'native' | 'pglite';
  readonly config: PoolConfig;
}

/** Yours by URL, or one we run; `reach` starts ours, again if it has died. */
export class DatabaseSource {
  readonly #options: DatabaseSourceOptions;
  #server: EmbeddedPostgres | PgliteServer | undefined;

  constructor(options: DatabaseSourceOptions) {
    this.#options = options;
  }

  /** Makes sure that the database runs, as far as that is ours to do. */
  async reach(): Promise<DatabaseAddress> {
    const { databaseUrl } = this.#options;
    if (databaseUrl !== undefined) return { kind: 'external', config: { connectionString: databaseUrl } };
    if (this.#server !== undefined && !this.#server.isRunning) {
      await this.#server.stop();
      this.#server = undefined;
    }
    this.#server ??= await this.#start();
    const kind = this.#server instanceof PgliteServer ? 'pglite' : 'native';
    return { kind, config: { ...this.#server.connection } };
  }

  /** Stops the server if it is ours. */
  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  async #start(): Promise<EmbeddedPostgres | PgliteServer> {
    const { dataDir, log, rootMode = 'auto' } = this.#options;
    if ((await this.#chooseEngine()) === 'pglite') return PgliteServer.start({ dataDir, log });
    return EmbeddedPostgres.start({ dataDir, log, rootMode });
  }

  async #chooseEngine(): Promise<'native' | 'pglite'> {
    const { dataDir, engine = 'auto' } = this.#options;
    if (engine !== 'auto') return engine;
    if (await hasData(join(dataDir, 'pglite'))) return 'pglite';
    if ((await findPostgresBinaries()) !== undefined) return 'native';
    if (await hasData(join(dataDir, 'postgres'))) {
      throw new StoreError(
        'POSTGRES_BINARY_MISSING',
        `${dataDir} holds a PostgreSQL database, but there is no PostgreSQL in node_modules that runs here`,
        'Install with optional dependencies, or set DATABASE_URL.',
      );
    }
    return 'pglite';
  }
}
