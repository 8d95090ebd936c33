import type { Logger } from '../log/index.ts';
import type { StreamSettings } from '../rules/index.ts';
import type { Storages } from '../storage/index.ts';
import { patternOf } from './name-pattern.ts';

type SnapshotSettings = Pick<StreamSettings['snapshot'], 'keepDays' | 'sequence' | 'storage'>;

export type SnapshotRetentionOptions = {
  readonly storages: Storages;
  /** The names that rules give to pictures that are kept. */
  readonly templates: () => readonly { readonly sequence: string; readonly storage: string }[];
  readonly settingsOf: (names: {
    readonly app: string;
    readonly stream: string;
    readonly domain?: string;
  }) => SnapshotSettings;
  readonly wallMs: () => number;
  readonly log: Logger;
};

const DAY_MS = 86_400_000;
const SWEEP_MS = 3_600_000;
const FIRST_SWEEP_MS = 120_000;

/** Deletes pictures of sequences, as old as the rules let them become. Their names say whose they are. */
export class SnapshotRetention {
  readonly #options: SnapshotRetentionOptions;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SnapshotRetentionOptions) {
    this.#options = options;
  }

  start(): this {
    const sweepAfter = (delayMs: number) => {
      this.#timer = setTimeout(() => {
        void this.sweep().finally(() => {
          if (!this.#isClosed) sweepAfter(SWEEP_MS);
        });
      }, delayMs).unref();
    };
    sweepAfter(FIRST_SWEEP_MS);
    return this;
  }

  async sweep(): Promise<void> {
    for (const { sequence, storage } of this.#options.templates()) {
      await this.#sweepTemplate(sequence, storage).catch((error: unknown) => {
        this.#options.log.warn({ error, storage, sequence }, 'old snapshots could not be deleted');
      });
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #sweepTemplate(sequence: string, storageName: string): Promise<void> {
    const { storages, settingsOf, wallMs } = this.#options;
    const storage = storages.get(storageName);
    const pattern = patternOf(sequence);
    for await (const { name, modifiedAtMs } of storage.list(sequence.slice(0, sequence.indexOf('{')))) {
      if (this.#isClosed) return;
      const found = pattern.exec(name)?.groups;
      if (!found?.AppName || !found.StreamName) continue;
      const { AppName: app, StreamName: stream, DomainName: domain, UnixTimestamp: seconds } = found;
      const rule = settingsOf({ app, stream, ...(domain === undefined ? {} : { domain }) });
      if (rule.keepDays === 0 || rule.sequence !== sequence || rule.storage !== storageName) continue;
      const takenAtMs = seconds === undefined ? modifiedAtMs : Number(seconds) * 1000;
      if (wallMs() - takenAtMs >= rule.keepDays * DAY_MS) await storage.delete(name);
    }
  }
}
