import type { Archive } from '../archive/index.ts';
import type { Logger } from '../log/index.ts';
import type { Clips } from './clips.ts';

export type ClipRetentionOptions = {
  readonly archive: Pick<Archive, 'streams'>;
  readonly clips: Pick<Clips, 'expired' | 'expire'>;
  readonly log: Logger;
};

const EVERY_MS = 3_600_000;

/** Deletes the files of clips that are as old as rules let them become. */
export class ClipRetention {
  readonly #options: ClipRetentionOptions;
  readonly #closing = new AbortController();
  #sweeping: Promise<void> | undefined;

  constructor(options: ClipRetentionOptions) {
    this.#options = options;
  }

  /** Now and each hour, until it is closed. */
  start(): { close(): Promise<void> } {
    const sweep = () => {
      this.#sweeping ??= this.sweep().finally(() => {
        this.#sweeping = undefined;
      });
    };
    const timer = setInterval(sweep, EVERY_MS).unref();
    sweep();
    return {
      close: async () => {
        clearInterval(timer);
        this.#closing.abort();
        await this.#sweeping;
      },
    };
  }

  /** What cannot be deleted now is by a later one; whoever asks for it hears that it has expired all the same. */
  async sweep(): Promise<void> {
    const { archive, clips, log } = this.#options;
    for await (const id of archive.streams()) {
      for (const clip of await clips.expired(id)) {
        if (this.#closing.signal.aborted) return;
        try {
          await clips.expire(id, clip);
          log.info({ ...id, clip: clip.id }, 'clip deleted, as old as rules let it become');
        } catch (error) {
          log.warn({ error, ...id, clip: clip.id }, 'clip that has expired could not be deleted, it is tried again');
        }
      }
    }
  }
}
