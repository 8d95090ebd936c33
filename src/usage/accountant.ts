import { randomUUID } from 'node:crypto';
import type { Clock } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { isRefusedData, type Store } from '../store/index.ts';
import { BatchFiles, type WaitingBatch } from './batch-files.ts';
import type { UsageMeter } from './usage-meter.ts';
import type { UsageBatch } from './usage-row.ts';
import { addBatch, pruneUsage, type UsageKeep } from './usage-tables.ts';

export type AccountantOptions = {
  readonly meter: UsageMeter;
  readonly store: Store;
  readonly node: string;
  /** Where batches wait for the database. */
  readonly folder: string;
  /** When they are more than this, the oldest are given up. */
  readonly maxWaitingBytes: number;
  readonly keep: UsageKeep;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  /** Called before the rows of a minute are read, and every few seconds: what is sampled adds to the meter now. */
  readonly sample: () => void;
  /** Minutes that were given up. */
  readonly onLost?: (minutes: number) => void;
  /** How often the running minute is kept (5000). */
  readonly keepEveryMs?: number;
};

const MINUTE_MS = 60_000;
const TICK_MS = 1000;
/** Minutes that are kept in memory while the disk fails. */
const MAX_UNSAVED = 240;
const PRUNE_EVERY_MS = 3_600_000;

/** Makes a batch of each minute: on the disk first, and from there into the database. */
export class Accountant {
  readonly #options: AccountantOptions;
  readonly #files: BatchFiles;
  readonly #stopListening: () => void;
  #cancelTick: () => void = () => {};
  #minute: number;
  #id = randomUUID();
  #keptAtMs: number;
  #prunedAtMs = Number.NEGATIVE_INFINITY;
  #working: Promise<void> = Promise.resolve();
  #draining: Promise<void> | undefined;
  #hasMore = false;
  #failure: string | undefined;
  #unsaved: UsageBatch[] = [];
  #isClosed = false;

  private constructor(options: AccountantOptions, files: BatchFiles) {
    this.#options = options;
    this.#files = files;
    this.#minute = this.#minuteNow();
    this.#keptAtMs = options.clock.nowMs();
    this.#stopListening = options.store.onState(({ kind }) => {
      if (kind === 'ready') this.#drainSoon();
    });
    this.#tickLater();
  }

  static async open(options: AccountantOptions): Promise<Accountant> {
    return new Accountant(options, await BatchFiles.open(options.folder));
  }

  /** Minutes that wait for the database. */
  get waiting(): number {
    return this.#files.waiting.length;
  }

  /** Why nothing can be written to the disk; undefined when all is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Ends the running minute before its time and stores all that waits, where the database is there. */
  async flush(): Promise<void> {
    await this.#endMinute();
    await this.#drainSoon();
  }

  /** Ends the running minute; what the database does not take waits for the next start. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTick();
    this.#stopListening();
    await this.#endMinute();
    await this.#drainSoon();
  }

  #minuteNow(): number {
    return Math.floor(this.#options.clock.wallMs() / MINUTE_MS);
  }

  #tickLater(): void {
    const { clock } = this.#options;
    const toNextMinuteMs = MINUTE_MS - (clock.wallMs() % MINUTE_MS);
    this.#cancelTick = clock.after(Math.min(TICK_MS, Math.max(1, toNextMinuteMs)), () => {
      this.#tick();
      if (!this.#isClosed) this.#tickLater();
    });
  }

  #tick(): void {
    const nowMs = this.#options.clock.nowMs();
    // Whichever way the clock goes: what is counted from now on is of another minute.
    if (this.#minuteNow() !== this.#minute) void this.#endMinute().then(() => this.#drainSoon());
    else if (nowMs - this.#keptAtMs >= (this.#options.keepEveryMs ?? 5000)) this.#keepRunning();
  }

  #keepRunning(): void {
    this.#options.sample();
    this.#keptAtMs = this.#options.clock.nowMs();
    void this.#save();
    const batch = this.#batch();
    if (batch.rows.length > 0) void this.#write(() => this.#files.keepRunning(batch));
  }

  #endMinute(): Promise<void> {
    this.#options.sample();
    const { meter } = this.#options;
    const batch = { ...this.#batch(), sketches: meter.takeSketches() };
    meter.reset();
    this.#minute = this.#minuteNow();
    this.#id = randomUUID();
    this.#keptAtMs = this.#options.clock.nowMs();
    if (batch.rows.length > 0) this.#unsaved.push(batch);
    return this.#save();
  }

  /** What a disk does not take waits in memory, and goes to the database from there. */
  #save(): Promise<void> {
    if (this.#unsaved.length === 0) return this.#working;
    if (this.#unsaved.length > MAX_UNSAVED)
      this.#lost(this.#unsaved.splice(0, this.#unsaved.length - MAX_UNSAVED).length);
    return this.#write(async () => {
      for (let batch = this.#unsaved[0]; batch; batch = this.#unsaved[0]) {
        await this.#files.add(batch);
        this.#forget(batch);
      }
      await this.#files.forgetRunning();
      await this.#giveUpOldest();
    });
  }

  #forget(batch: UsageBatch): void {
    this.#unsaved = this.#unsaved.filter((each) => each !== batch);
  }

  #batch(): UsageBatch {
    const { meter, node } = this.#options;
    return { id: this.#id, node, at: this.#minute * MINUTE_MS, rows: meter.rows() };
  }

  /** One after the other, so that a minute's end is never undone by its middle. */
  #write(work: () => Promise<void>): Promise<void> {
    this.#working = this.#working.then(work).then(
      () => {
        this.#failure = undefined;
      },
      (error) => {
        const reason = error instanceof Error ? error.message : String(error);
        if (this.#failure === undefined) this.#options.log.error({ error }, 'usage could not be written to the disk');
        this.#failure = reason;
      },
    );
    return this.#working;
  }

  async #giveUpOldest(): Promise<void> {
    let lost = 0;
    for (const oldest of [...this.#files.waiting]) {
      if (this.#files.sizeBytes <= this.#options.maxWaitingBytes) break;
      await this.#files.remove(oldest);
      lost++;
    }
    if (lost > 0) this.#lost(lost);
  }

  #lost(minutes: number): void {
    this.#options.onLost?.(minutes);
    this.#options.log.error({ minutes }, 'usage given up, too much of it waits for the database');
  }

  /** Resolves when all that waits by now is stored, or cannot be. */
  #drainSoon(): Promise<void> {
    this.#hasMore = true;
    this.#draining ??= this.#drainAll().finally(() => {
      this.#draining = undefined;
    });
    return this.#draining;
  }

  async #drainAll(): Promise<void> {
    while (this.#hasMore) {
      this.#hasMore = false;
      await this.#drain();
    }
  }

  async #drain(): Promise<void> {
    const { store, log } = this.#options;
    try {
      for (let next = this.#files.waiting[0]; next; next = this.#files.waiting[0]) {
        if (store.state.kind !== 'ready') return;
        await this.#store(next);
      }
      for (const batch of this.#unsaved) {
        if (store.state.kind !== 'ready') return;
        await addBatch(store, batch);
        this.#forget(batch);
      }
      await this.#prune();
    } catch (error) {
      log.warn({ error }, 'usage could not be stored yet');
    }
  }

  async #store(waiting: WaitingBatch): Promise<void> {
    const { store, log } = this.#options;
    const batch = await this.#files.read(waiting);
    try {
      if (batch) await addBatch(store, batch);
      else log.error({ file: waiting.name }, 'usage of a minute cannot be read and is left out');
    } catch (error) {
      if (!isRefusedData(error)) throw error;
      log.error({ error, file: waiting.name }, 'usage of a minute was refused by the database and is left out');
    }
    await this.#files.remove(waiting);
  }

  async #prune(): Promise<void> {
    const { store, keep, clock } = this.#options;
    if (store.state.kind !== 'ready' || clock.nowMs() - this.#prunedAtMs < PRUNE_EVERY_MS) return;
    this.#prunedAtMs = clock.nowMs();
    await pruneUsage(store, keep, clock.wallMs());
  }
}
