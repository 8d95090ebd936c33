import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { StreamSettings } from '../rules/index.ts';
import type { Storage, Storages } from '../storage/index.ts';
import { contentTypeOf, type Recording, type RecordingCatalogue } from './recording-catalogue.ts';

type KeepRule = Pick<StreamSettings['record'], 'keepDays' | 'coldAfterDays' | 'coldStorage'>;

export type RecordingRetentionOptions = {
  readonly catalogue: RecordingCatalogue;
  readonly streams: () => AsyncIterable<StreamId>;
  readonly storages: Storages;
  readonly ruleOf: (id: StreamId) => KeepRule;
  readonly wallMs: () => number;
  readonly log: Logger;
  /** For what is on its way from one storage to another. */
  readonly folder: string;
};

const DAY_MS = 86_400_000;
const SWEEP_MS = 3_600_000;
const FIRST_SWEEP_MS = 60_000;

/** Moves recordings into cold storages and deletes them, as old as the rules let them become. */
export class RecordingRetention {
  readonly #options: RecordingRetentionOptions;
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(options: RecordingRetentionOptions) {
    this.#options = options;
  }

  /** Sweeps each hour. */
  start(): this {
    const sweepAfter = (delayMs: number) => {
      this.#timer = setTimeout(() => {
        this.#sweeping = this.sweep().finally(() => {
          if (!this.#closing.signal.aborted) sweepAfter(SWEEP_MS);
        });
      }, delayMs).unref();
    };
    sweepAfter(FIRST_SWEEP_MS);
    return this;
  }

  /** What fails is tried again by the next one. */
  async sweep(): Promise<void> {
    const { streams, catalogue, log } = this.#options;
    for await (const id of streams()) {
      for (const recording of await catalogue.all(id)) {
        if (this.#closing.signal.aborted) return;
        await this.#look(id, recording).catch((error: unknown) => {
          log.warn({ error, ...id, object: recording.object }, 'recording could not be moved or deleted as it should');
        });
      }
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#closing.abort();
    await this.#sweeping;
  }

  async #look(id: StreamId, recording: Recording): Promise<void> {
    if (recording.asset !== undefined) return;
    const { keepDays, coldAfterDays, coldStorage } = this.#options.ruleOf(id);
    const ageDays = (this.#options.wallMs() - recording.endMs) / DAY_MS;
    if (keepDays > 0 && ageDays >= keepDays) {
      await deleteRecording(this.#options, id, recording);
      this.#options.log.info(
        { ...id, object: recording.object, keepDays },
        'recording deleted, as old as rules let it become',
      );
    } else if (coldAfterDays > 0 && ageDays >= coldAfterDays && recording.storage !== coldStorage) {
      await this.#move(id, recording, coldStorage);
    }
  }

  /** It is in both places before the catalogue says so, and in the old one no longer than that. */
  async #move(id: StreamId, recording: Recording, to: string): Promise<void> {
    const { storages, catalogue, log } = this.#options;
    const [from, cold] = [storages.get(recording.storage), storages.get(to)];
    const objects = objectsOf(recording);
    for (const object of objects) await this.#copy(object, from, cold, contentTypeOf(recording, object));
    await catalogue.put(id, { ...recording, storage: to });
    for (const object of objects) await from.delete(object);
    log.info({ ...id, object: recording.object, storage: to }, 'recording moved into its cold storage');
  }

  async #copy(name: string, from: Storage, to: Storage, contentType: string): Promise<void> {
    const file = join(this.#options.folder, `${randomUUID()}.part`);
    const { signal } = this.#closing;
    try {
      await pipeline((await from.get(name, { signal })).body, createWriteStream(file), { signal });
      await to.put(name, { file }, { contentType, signal });
    } finally {
      await rm(file, { force: true });
    }
  }
}

/** Its objects first, so that what could not be deleted can still be found. */
export async function deleteRecording(
  { storages, catalogue }: Pick<RecordingRetentionOptions, 'storages' | 'catalogue'>,
  id: StreamId,
  recording: Recording,
): Promise<void> {
  const storage = storages.get(recording.storage);
  for (const object of objectsOf(recording)) await storage.delete(object);
  await catalogue.remove(id, recording.id);
}

function objectsOf({ object, slices = [] }: Recording): string[] {
  return [object, ...slices];
}
