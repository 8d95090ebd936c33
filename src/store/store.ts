import { setTimeout as delay } from 'node:timers/promises';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { type Logger, StoreError } from './base/index.ts';
import { type DatabaseAddress, DatabaseSource, type DatabaseSourceOptions } from './database-source.ts';
import { describeTrouble } from './database-trouble.ts';
import { Listener } from './listener.ts';
import { migrate } from './migrate.ts';

const POOL_SIZE = 10;
const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 10_000;
const INT8 = 20;

/** One connection within a transaction. */
export type Transaction = Pick<pg.PoolClient, 'query'>;

/** Whether the database can be asked now. */
export type StoreState =
  | { readonly kind: 'ready'; readonly engine: DatabaseAddress['kind'] }
  | { readonly kind: 'unavailable'; readonly reason: string; readonly remedy: string };

/** `waitMs` bounds how long opening waits for a database that is slow to answer or start (3 s). */
export interface StoreOptions extends DatabaseSourceOptions {
  readonly onState?: (state: StoreState) => void;
  readonly waitMs?: number;
}

/** Opens the store whether or not its database can be reached; it goes on trying for ever. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const store = new Store(options);
  await store.firstAttempt(options.waitMs ?? 3_000);
  return store;
}

/** The connection to PostgreSQL, ours or yours, kept up by itself; what fails is the single query, with a StoreError. */
export class Store {
  readonly #source: DatabaseSource;
  readonly #log: Logger;
  readonly #stateListeners = new Set<(state: StoreState) => void>();
  readonly #channels = new Map<string, Set<(payload: string) => void>>();
  readonly #closing = new AbortController();
  readonly #aborted: Promise<undefined>;
  readonly #attempted: Promise<void>;
  readonly #running: Promise<void>;
  #attemptDone: () => void = () => undefined;
  #state: StoreState = { kind: 'unavailable', reason: 'the database is starting', remedy: 'Wait a moment.' };
  #pool: pg.Pool | undefined;
  #listener: Listener | undefined;
  #closed: Promise<void> | undefined;

  /** Use `openStore`. */
  constructor(options: StoreOptions) {
    this.#source = new DatabaseSource(options);
    this.#log = options.log;
    if (options.onState !== undefined) this.#stateListeners.add(options.onState);
    this.#aborted = new Promise((resolve) => {
      this.#closing.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    this.#attempted = new Promise((resolve) => {
      this.#attemptDone = resolve;
    });
    this.#running = this.#keepConnected();
  }

  /** Ready or not, and then why. */
  get state(): StoreState {
    return this.#state;
  }

  /** Whether each NOTIFY comes here, for as long as the database can be asked. */
  get hears(): boolean {
    return this.#listener !== undefined;
  }

  /** Typed access to our tables; throws DATABASE_UNAVAILABLE while there is none. */
  get db(): NodePgDatabase {
    return drizzle(this.#readyPool());
  }

  /** Resolves at the end of the first attempt to connect, good or bad, or after this time. */
  async firstAttempt(waitMs: number): Promise<void> {
    const timeout = new AbortController();
    await Promise.race([this.#attempted, delay(waitMs, undefined, { signal: timeout.signal }).catch(() => undefined)]);
    timeout.abort();
  }

  /** Rows of one statement; int8 comes as number, timestamptz as Date. */
  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const result = await this.#readyPool().query<Row>(text, [...values]);
    return result.rows;
  }

  /** Runs statements on one connection in a transaction; a throw rolls back. */
  async transaction<T>(work: (client: pg.PoolClient) => Promise<T>, begin = 'begin'): Promise<T> {
    const client = await this.#readyPool().connect();
    let failure: unknown;
    try {
      await client.query(begin);
      const result = await work(client);
      await client.query('commit');
      return result;
    } catch (error) {
      failure = error;
      await client.query('rollback').catch(() => undefined);
      throw error;
    } finally {
      // A connection whose rollback may not have arrived is not given to the next.
      client.release(failure instanceof Error && !('severity' in failure) ? failure : undefined);
    }
  }

  /** Calls back on each change of state, and at once with the present one; returns the way to end it. */
  onState(callback: (state: StoreState) => void): () => void {
    this.#stateListeners.add(callback);
    callback(this.#state);
    return () => this.#stateListeners.delete(callback);
  }

  /** Calls back on each NOTIFY; some may be missed (a lost connection, PGlite), so a sweep must stand beside it. */
  listen(channel: string, callback: (payload: string) => void): () => void {
    const callbacks = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, callbacks.add(callback));
    this.#listener?.listen(channel).catch(() => undefined);
    return () => callbacks.delete(callback);
  }

  /** Resolves once the database can be asked; rejects if the store is closed before. */
  async whenReady(): Promise<void> {
    if (this.#state.kind === 'ready') return;
    await new Promise<void>((resolve, reject) => {
      const end = this.onState((state) => {
        if (state.kind !== 'ready') return;
        queueMicrotask(() => end());
        resolve();
      });
      this.#closing.signal.addEventListener('abort', () => reject(closedError()), { once: true });
      if (this.#closing.signal.aborted) reject(closedError());
    });
  }

  /** Ends connections and, if it is ours, the server. */
  close(): Promise<void> {
    this.#closing.abort();
    this.#closed ??= this.#running.then(() => this.#source.stop());
    return this.#closed;
  }

  #readyPool(): pg.Pool {
    if (this.#pool !== undefined) return this.#pool;
    if (this.#closing.signal.aborted) throw closedError();
    const { reason, remedy } = this.#state.kind === 'unavailable' ? this.#state : { reason: '', remedy: '' };
    throw new StoreError('DATABASE_UNAVAILABLE', `the database is not available: ${reason}`, remedy);
  }

  async #keepConnected(): Promise<void> {
    const { signal } = this.#closing;
    for (let backoffMs = FIRST_BACKOFF_MS; !signal.aborted; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
      const wasReady = await this.#connectUntilLost();
      if (wasReady) backoffMs = FIRST_BACKOFF_MS;
      await delay(backoffMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Returns whether it had been ready, once the connection is lost or the store closed. */
  async #connectUntilLost(): Promise<boolean> {
    let pool: pg.Pool | undefined;
    let wasReady = false;
    try {
      const address = await this.#source.reach();
      if (this.#closing.signal.aborted) return false;
      const config = clientConfig(address);
      pool = new pg.Pool({ ...config, max: address.kind === 'pglite' ? 1 : POOL_SIZE, idleTimeoutMillis: 30_000 });
      pool.on('error', () => undefined);
      // The pool hears only idle clients; one that is lost in use fails its query, and must not end the process.
      pool.on('connect', (client) => client.on('error', () => undefined));
      await migrateWith(pool);
      if (address.kind !== 'pglite') this.#listener = await this.#openListener(config);
      for (const channel of this.#channels.keys()) await this.#listener?.listen(channel);
      const lost = this.#listener?.lost ?? this.#watchPool(pool);
      this.#pool = pool;
      wasReady = true;
      this.#setState({ kind: 'ready', engine: address.kind });
      const reason = await Promise.race([lost, this.#aborted]);
      if (reason !== undefined) throw reason;
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#setState({ kind: 'unavailable', ...describeTrouble(error) });
    } finally {
      this.#pool = undefined;
      await this.#listener?.close();
      this.#listener = undefined;
      await Promise.race([pool?.end().catch(() => undefined), delay(2_000, undefined, { ref: false })]);
      this.#attemptDone();
    }
    return wasReady;
  }

  #openListener(config: pg.ClientConfig): Promise<Listener> {
    return Listener.connect(config, (channel, payload) => {
      for (const callback of this.#channels.get(channel) ?? []) callback(payload);
    });
  }

  /** PGlite has one session for all, so nothing may stay in it; a query now and then must do. */
  async #watchPool(pool: pg.Pool): Promise<Error> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await delay(1_000, undefined, { signal, ref: false }).catch(() => undefined);
      try {
        await pool.query('select 1');
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error));
      }
    }
    return closedError();
  }

  #setState(state: StoreState): void {
    const before = this.#state;
    this.#state = state;
    if (state.kind === 'ready') this.#attemptDone();
    if (JSON.stringify(before) === JSON.stringify(state)) return;
    if (state.kind === 'ready') this.#log.info({ engine: state.engine }, 'database ready');
    else this.#log.warn({ reason: state.reason, remedy: state.remedy }, 'database not available');
    for (const callback of this.#stateListeners) callback(state);
  }
}

function clientConfig(address: DatabaseAddress): pg.ClientConfig {
  return {
    ...address.config,
    application_name: 'headwater',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types: { getTypeParser: typeParser },
    // PGlite has one session for all connections and no such timeout; a server's own end comes before ours.
    ...(address.kind === 'pglite' ? {} : { statement_timeout: STATEMENT_TIMEOUT_MS }),
    query_timeout: STATEMENT_TIMEOUT_MS + 5_000,
  };
}

const typeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text');

async function migrateWith(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await migrate(client);
  } finally {
    client.release();
  }
}

function closedError(): StoreError {
  return new StoreError('STORE_CLOSED', 'the store is closed', 'Open it again.');
}
