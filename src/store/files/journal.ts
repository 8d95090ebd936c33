import type { FileHandle } from 'node:fs/promises';
import { mkdir } from 'node:fs/promises';
import { type DirectoryLock, type Logger, lockDirectory, rootMessage, StoreError } from '../base/index.ts';
import { createSegment, readJournalFolder, removeSegment, type Segment, writePosition } from './journal-folder.ts';
import { encodeRecord, type JournalRecord } from './journal-record.ts';

/** Whether an entry begins something that must stay known until another entry ends it (a publish and its end). */
export type Bracket = { readonly opens: string } | { readonly closes: string } | undefined;

/** `bracket` names entries that outlive their acknowledgement; the bounds are of what waits for a disk that fails. */
export interface JournalOptions<T> {
  readonly folder: string;
  readonly log: Logger;
  readonly bracket?: (entry: T) => Bracket;
  readonly segmentBytes?: number;
  readonly maxWaitingBytes?: number;
  readonly retryMs?: number;
  /** For tests of a failing disk: called before each write. */
  readonly beforeWrite?: () => void;
}

/** A disk that takes longer to write something hangs. */
const STALLED_MS = 5000;

interface Waiting<T> {
  readonly record: JournalRecord<T>;
  readonly line: Buffer;
  readonly settle: (error?: Error) => void;
}

/** An append-only file of JSON entries, each on disk (fdatasync) before its promise resolves; one sync serves a tick. */
export class Journal<T> {
  readonly #options: JournalOptions<T>;
  readonly #lock: DirectoryLock;
  readonly #carried = new Map<string, JournalRecord<T>>();
  #records: JournalRecord<T>[] = [];
  #segments: Segment[] = [];
  #handle: FileHandle | undefined;
  #handleBytes = 0;
  #waiting: Waiting<T>[] = [];
  #waitingBytes = 0;
  #next = 1;
  #acknowledged = 0;
  #failure: string | undefined;
  #writingSinceMs: number | undefined;
  #flushing: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #acknowledging: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(options: JournalOptions<T>, lock: DirectoryLock) {
    this.#options = options;
    this.#lock = lock;
  }

  /** Takes the folder for this process, cuts a torn tail, and goes on after the highest number ever given out. */
  static async open<T>(options: JournalOptions<T>): Promise<Journal<T>> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const lock = await lockDirectory(options.folder);
    const journal = new Journal<T>(options, lock);
    try {
      await journal.#load();
      return journal;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Why entries wait in memory (a disk that is full, or hangs), or undefined when all is well. */
  get failure(): string | undefined {
    if (this.#failure !== undefined || this.#writingSinceMs === undefined) return this.#failure;
    const waitedMs = performance.now() - this.#writingSinceMs;
    return waitedMs > STALLED_MS ? `the disk has not answered for ${Math.floor(waitedMs / 1000)} s` : undefined;
  }

  /** Resolves with the entry's number once it is on disk; while the disk fails it waits, rejected only past the bound. */
  append(entry: T): Promise<number> {
    if (this.#closing !== undefined) return Promise.reject(closedError());
    const record = { sequence: this.#next, entry };
    const line = encodeRecord(record);
    if (this.#waitingBytes + line.length > (this.#options.maxWaitingBytes ?? 16 * 1024 * 1024)) {
      return Promise.reject(
        new StoreError(
          'JOURNAL_FULL',
          `the journal cannot be written (${this.#failure ?? 'disk too slow'}) and its memory is full`,
          `Free space on the disk of ${this.#options.folder}.`,
        ),
      );
    }
    this.#next++;
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => (error === undefined ? resolve(record.sequence) : reject(error));
      this.#waiting.push({ record, line, settle });
      this.#waitingBytes += line.length;
      if (this.#failure === undefined) this.#startFlush();
    });
  }

  /** How many entries are not yet acknowledged. */
  get size(): number {
    return this.#records.length + this.#waiting.length;
  }

  /** All entries not yet acknowledged, in order; while the disk fails also those that wait for it. */
  readAll(limit = Number.POSITIVE_INFINITY): JournalRecord<T>[] {
    const waiting = this.#failure === undefined ? [] : this.#waiting.map((item) => item.record);
    return [...this.#records, ...waiting].slice(0, limit);
  }

  /** Entries that opened something nobody has closed, acknowledged or not, in order. */
  openBrackets(): T[] {
    const open = new Map(this.#carried);
    for (const record of [...this.#records, ...this.#waiting.map((item) => item.record)]) this.#track(open, record);
    return [...open.values()].sort((a, b) => a.sequence - b.sequence).map((record) => record.entry);
  }

  /** Declares all entries up to this number dealt with; files with nothing else in them go. */
  acknowledge(upTo: number): Promise<void> {
    this.#acknowledging = this.#acknowledging.then(() => this.#acknowledge(upTo));
    return this.#acknowledging;
  }

  /** Writes what waits, once more at least, and gives the folder back; what could not be written is rejected. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #load(): Promise<void> {
    const { folder, log } = this.#options;
    const content = await readJournalFolder<T>(folder);
    if (content.damagedLines > 0) log.error({ folder, lines: content.damagedLines }, 'journal has damaged lines');
    if (content.tornBytes > 0) log.warn({ folder, bytes: content.tornBytes }, 'journal had a torn tail, cut');
    this.#acknowledged = content.position.acknowledged;
    let highest = Math.max(content.position.highest, content.position.acknowledged);
    for (const record of content.position.carried) this.#track(this.#carried, record);
    for (const record of content.records) {
      // A batch whose sync failed is written again to a new file, so a number may be there twice.
      if (record.sequence <= highest && this.#records.some((known) => known.sequence === record.sequence)) continue;
      highest = Math.max(highest, record.sequence);
      if (record.sequence > this.#acknowledged) this.#records.push(record);
    }
    this.#next = highest + 1;
    this.#segments = content.segments;
    await this.#removeDoneSegments();
  }

  #track(open: Map<string, JournalRecord<T>>, record: JournalRecord<T>): void {
    const bracket = this.#options.bracket?.(record.entry);
    if (bracket === undefined) return;
    if ('opens' in bracket) open.set(bracket.opens, record);
    else open.delete(bracket.closes);
  }

  #startFlush(): void {
    this.#flushing ??= new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.#flush())
      .finally(() => {
        this.#flushing = undefined;
        if (this.#waiting.length > 0 && this.#failure === undefined) this.#startFlush();
      });
  }

  async #flush(): Promise<void> {
    const batch = [...this.#waiting];
    try {
      this.#writingSinceMs = performance.now();
      if (batch.length > 0) await this.#write(batch);
      if (this.#failure !== undefined)
        this.#options.log.info({ entries: batch.length }, 'journal can be written again');
      this.#failure = undefined;
    } catch (error) {
      await this.#failed(error);
      return;
    } finally {
      this.#writingSinceMs = undefined;
    }
    // Some may have been acknowledged from memory meanwhile.
    const written = new Set(batch.map((item) => item.record.sequence));
    const still = this.#waiting.filter((item) => written.has(item.record.sequence));
    this.#waiting = this.#waiting.filter((item) => !written.has(item.record.sequence));
    for (const item of still) {
      this.#waitingBytes -= item.line.length;
      this.#records.push(item.record);
      item.settle();
    }
  }

  async #write(batch: readonly Waiting<T>[]): Promise<void> {
    this.#options.beforeWrite?.();
    if (this.#handle === undefined) await this.#rotate(batch[0]?.record.sequence ?? this.#next);
    const handle = this.#handle;
    const segment = this.#segments.at(-1);
    if (handle === undefined || segment === undefined) throw new Error('journal has no segment');
    const bytes = Buffer.concat(batch.map((item) => item.line));
    await handle.appendFile(bytes);
    await handle.datasync();
    segment.last = batch.at(-1)?.record.sequence ?? segment.last;
    this.#handleBytes += bytes.length;
    if (this.#handleBytes >= (this.#options.segmentBytes ?? 1024 * 1024)) await this.#closeHandle();
  }

  async #rotate(first: number): Promise<void> {
    const { handle, segment } = await createSegment(this.#options.folder, first);
    this.#handle = handle;
    this.#handleBytes = 0;
    if (this.#segments.at(-1)?.path !== segment.path) this.#segments.push(segment);
  }

  /** After a failed write or sync nobody knows what the file holds, so the batch goes to a new one. */
  async #failed(error: unknown): Promise<void> {
    const reason = rootMessage(error);
    if (this.#failure === undefined) {
      const { folder, log } = this.#options;
      log.error({ folder, reason, entries: this.#waiting.length }, 'journal cannot be written, entries wait in memory');
    }
    this.#failure = reason;
    await this.#closeHandle().catch(() => undefined);
    if (this.#closing !== undefined) return;
    this.#retry = setTimeout(() => this.#startFlush(), this.#options.retryMs ?? 1_000);
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #acknowledge(upTo: number): Promise<void> {
    if (upTo <= this.#acknowledged) return;
    for (const record of this.#records) if (record.sequence <= upTo) this.#track(this.#carried, record);
    this.#records = this.#records.filter((record) => record.sequence > upTo);
    const doneWaiting = this.#failure === undefined ? [] : this.#waiting.filter((item) => item.record.sequence <= upTo);
    this.#waiting = this.#waiting.filter((item) => !doneWaiting.includes(item));
    for (const item of doneWaiting) {
      this.#track(this.#carried, item.record);
      this.#waitingBytes -= item.line.length;
      item.settle();
    }
    this.#acknowledged = upTo;
    try {
      await this.#savePosition();
      await this.#removeDoneSegments();
    } catch (error) {
      // Only repeats work after a crash: the entries are handed over again and known ones dropped.
      this.#options.log.warn({ reason: rootMessage(error) }, 'journal position cannot be saved');
    }
  }

  #savePosition(): Promise<void> {
    const carried = [...this.#carried.values()];
    return writePosition(this.#options.folder, { acknowledged: this.#acknowledged, highest: this.#next - 1, carried });
  }

  async #removeDoneSegments(): Promise<void> {
    const current = this.#handle === undefined ? undefined : this.#segments.at(-1);
    const done = this.#segments.filter((segment) => segment !== current && segment.last <= this.#acknowledged);
    this.#segments = this.#segments.filter((segment) => !done.includes(segment));
    for (const segment of done) await removeSegment(segment);
  }

  async #close(): Promise<void> {
    clearTimeout(this.#retry);
    await this.#flushing;
    await this.#flush();
    for (const item of this.#waiting.splice(0)) item.settle(closedError());
    await this.#acknowledging;
    await this.#closeHandle().catch(() => undefined);
    await this.#lock.release();
  }
}

function closedError(): StoreError {
  return new StoreError('JOURNAL_CLOSED', 'the journal is closed', 'Open it again.');
}
