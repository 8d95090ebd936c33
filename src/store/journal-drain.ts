import { errorCode, type Logger, rootMessage } from './base/index.ts';
import { isRefusedData } from './database-trouble.ts';
import type { Journal, JournalRecord } from './files/index.ts';
import type { Store } from './store.ts';

const BATCH = 200;
const SWEEP_EVERY_MS = 1_000;

/** `insertAll` must know entries that came before; `setAside` gets one that the database will never take. */
export interface JournalDrainOptions<T> {
  readonly store: Store;
  readonly journal: Journal<T>;
  readonly log: Logger;
  readonly insertAll: (records: readonly JournalRecord<T>[]) => Promise<void>;
  readonly setAside: (record: JournalRecord<T>, reason: string) => Promise<void>;
}

/** Copies a journal into the database: in order, each entry once, and by itself once started. */
export class JournalDrain<T> {
  readonly #options: JournalDrainOptions<T>;
  #draining: Promise<number> | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #endListening: () => void = () => undefined;

  constructor(options: JournalDrainOptions<T>) {
    this.#options = options;
  }

  /** From now on copies by itself: when woken, when the database is back, and each second. */
  start(): void {
    if (this.#sweep !== undefined) return;
    const drain = () => void this.#tryDrain();
    this.#sweep = setInterval(drain, SWEEP_EVERY_MS).unref();
    this.#endListening = this.#options.store.onState((state) => {
      if (state.kind === 'ready') drain();
    });
  }

  /** There is something new; nothing happens before `start`. */
  wake(): void {
    if (this.#sweep !== undefined) void this.#tryDrain();
  }

  /** Copies all there is, once even if called again meanwhile; returns how many entries. */
  drain(): Promise<number> {
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  /** Stops copying; what is left is copied at the next start. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    this.#endListening();
    await this.#draining?.catch(() => undefined);
  }

  async #drain(): Promise<number> {
    const { journal } = this.#options;
    let handled = 0;
    for (;;) {
      const records = journal.readAll(BATCH);
      const last = records.at(-1);
      if (last === undefined) return handled;
      await this.#drainBatch(records);
      await journal.acknowledge(last.sequence);
      handled += records.length;
    }
  }

  async #drainBatch(records: readonly JournalRecord<T>[]): Promise<void> {
    try {
      await this.#options.insertAll(records);
    } catch (error) {
      if (!isRefusedData(error)) throw error;
      // One of them can never be stored; the others must not wait for it.
      for (const record of records) await this.#insertOrSetAside(record);
    }
  }

  async #insertOrSetAside(record: JournalRecord<T>): Promise<void> {
    try {
      await this.#options.insertAll([record]);
    } catch (error) {
      if (!isRefusedData(error)) throw error;
      await this.#options.setAside(record, rootMessage(error));
    }
  }

  async #tryDrain(): Promise<void> {
    const { store, log } = this.#options;
    if (store.state.kind !== 'ready') return;
    try {
      await this.drain();
    } catch (error) {
      log.warn({ reason: rootMessage(error), code: errorCode(error) }, 'journal cannot be drained yet');
    }
  }
}
