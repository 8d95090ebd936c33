import { rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../log/index.ts';
import { type Claim, type Outcome, retryDelayMs, type UploadQueue, type UploadRow } from '../store/index.ts';
import type { ObjectInfo, Storage } from './storage.ts';
import { StorageError, type StorageErrorCode } from './storage-error.ts';

const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;
const TRIED_FOR_MS = 86_400_000;

/** What is wrong with the storage and not with the object: it is paused, and nothing is ever given up for it. */
const STORAGE_TROUBLE: readonly StorageErrorCode[] = ['STORAGE_UNREACHABLE', 'STORAGE_REFUSED', 'STORAGE_FULL'];

/** An object that a storage has acknowledged; it may be told twice after a crash. */
export type StoredObject = {
  readonly id: string;
  readonly storage: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly addedAtMs: number;
};

export type UploadOutcome = 'stored' | 'superseded' | 'retry' | 'dead';

export type UploadWorkerOptions = {
  readonly storage: Storage;
  readonly queue: UploadQueue;
  readonly log: Logger;
  readonly told: (stored: StoredObject) => Promise<void>;
  readonly maxPauseMs?: number;
  readonly onOutcome?: (storage: string, outcome: UploadOutcome) => void;
};

/** Works off the uploads into one storage; while the storage fails its slots wait, so that nobody hammers it. */
export class UploadWorker {
  readonly #options: UploadWorkerOptions;
  readonly #closing = new AbortController();
  #failure: string | undefined;
  #failedRounds = 0;
  #pausedUntilMs = 0;

  constructor(options: UploadWorkerOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.storage.name;
  }

  /** Why the storage failed when it was last tried. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Returns the way to stop: what is under way is broken off and comes back at the next start. */
  start(concurrency: number): () => Promise<void> {
    const stop = this.#options.queue.workFor(this.name).work({
      concurrency,
      handle: (claim) => this.#handle(claim),
      settled: ({ row }, outcome) => this.#settled(row, outcome),
    });
    return () => {
      this.#closing.abort();
      return stop();
    };
  }

  async #handle(claim: Claim<UploadRow>): Promise<Outcome> {
    const { row } = claim;
    if (row.overwrites && (await this.#options.queue.isSuperseded(row))) return this.#outcome('superseded');
    try {
      if (await isThere(row.file)) await this.#upload(claim);
      // Whoever was told may have removed it before a crash kept the outcome from the table.
      else if (!(await this.#isStored(claim))) return this.#dead(row, 'the file is no longer there');
    } catch (error) {
      return this.#failed(row, error);
    }
    await this.#worked();
    await this.#options.told(storedOf(row));
    return this.#outcome('stored');
  }

  async #upload(claim: Claim<UploadRow>): Promise<void> {
    const { object, file, sha256, content_type: contentType } = claim.row;
    await this.#options.storage.put(object, { file }, { contentType, sha256, signal: this.#signalOf(claim) });
    if (!(await this.#isStored(claim))) {
      const remedy = 'See what else writes into this storage.';
      throw new StorageError('STORAGE_FAILED', `${object} is not what was stored`, remedy);
    }
  }

  async #isStored(claim: Claim<UploadRow>): Promise<boolean> {
    return isSame(await this.#options.storage.head(claim.row.object, this.#signalOf(claim)), claim.row);
  }

  #signalOf({ lost }: Claim<UploadRow>): AbortSignal {
    return AbortSignal.any([lost, this.#closing.signal]);
  }

  async #failed(row: UploadRow, error: unknown): Promise<Outcome> {
    if (this.#closing.signal.aborted) return { kind: 'retry', inMs: 0 };
    const { log } = this.#options;
    const fields = { storage: this.name, object: row.object, attempt: row.attempts };
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof StorageError && STORAGE_TROUBLE.includes(error.code)) {
      if (this.#failure === undefined) {
        log.error({ ...fields, error, remedy: error.remedy }, 'storage fails, uploads wait on this disk');
      }
      this.#failure = `${error.code}: ${reason}`;
      await this.#pause();
      return { ...this.#outcome('retry'), set: { last_error: reason } };
    }
    const isDamaged = error instanceof StorageError && error.code === 'CHECKSUM_MISMATCH' && error.cause === undefined;
    const isTooOld = Date.now() - row.first_attempt_at.getTime() > TRIED_FOR_MS;
    if (isDamaged || isTooOld) return this.#dead(row, reason);
    log.warn({ ...fields, error }, 'upload failed, it is tried again');
    this.#options.onOutcome?.(this.name, 'retry');
    return { kind: 'retry', inMs: retryDelayMs(row.attempts), set: { last_error: reason } };
  }

  /** All slots that fail in one round wait for its end together. */
  async #pause(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs >= this.#pausedUntilMs) {
      const longest = this.#options.maxPauseMs ?? MAX_PAUSE_MS;
      this.#pausedUntilMs = nowMs + Math.min(FIRST_PAUSE_MS * 2 ** this.#failedRounds, longest);
      this.#failedRounds++;
    }
    await delay(this.#pausedUntilMs - nowMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }

  async #worked(): Promise<void> {
    const hadFailed = this.#failure !== undefined;
    this.#failure = undefined;
    this.#failedRounds = 0;
    if (!hadFailed) return;
    this.#options.log.info({ storage: this.name }, 'storage works again');
    await this.#options.queue.hurry(this.name).catch(() => undefined);
  }

  #outcome(outcome: 'stored' | 'superseded' | 'retry'): Outcome {
    this.#options.onOutcome?.(this.name, outcome);
    return outcome === 'retry' ? { kind: 'retry', inMs: 0 } : { kind: 'done' };
  }

  #dead(row: UploadRow, reason: string): Outcome {
    const fields = { storage: this.name, object: row.object, file: row.file, reason };
    this.#options.log.error(fields, 'upload given up');
    this.#options.onOutcome?.(this.name, 'dead');
    return { kind: 'dead', set: { last_error: reason } };
  }

  #settled(row: UploadRow, outcome: Outcome): void {
    if (outcome.kind !== 'done' || !row.is_spooled) return;
    const { log } = this.#options;
    rm(row.file, { force: true }).catch((error: unknown) => log.warn({ error }, 'copy of an upload stays'));
  }
}

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

function isSame(found: ObjectInfo | undefined, { size_bytes, sha256 }: UploadRow): boolean {
  return found?.sizeBytes === size_bytes && (found.sha256 ?? sha256) === sha256;
}

function storedOf(row: UploadRow): StoredObject {
  return {
    id: row.upload_id,
    storage: row.storage,
    name: row.object,
    sizeBytes: row.size_bytes,
    sha256: row.sha256,
    kind: row.kind,
    data: row.data,
    addedAtMs: row.added_at.getTime(),
  };
}
