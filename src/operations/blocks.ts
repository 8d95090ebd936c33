import { type Block, BlockList } from '../access/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';

/** ApsaraVideo's: half a year. */
const DEFAULT_BLOCK_MS = 183 * 86_400_000;

export type BlocksOptions = {
  /** Unix time. */
  readonly nowMs: () => number;
  readonly log: Logger;
  /** What was kept of them. */
  readonly blocks: readonly Block[];
  /** Keeps all of them, over a restart. */
  readonly keep: (blocks: readonly Block[]) => Promise<void>;
};

export type NewBlock = { readonly untilMs?: number | undefined; readonly reason: string; readonly by: string };

/** The streams that nobody may publish for a time, and how they come to be so. */
export class Blocks {
  readonly #options: BlocksOptions;
  readonly #list: BlockList;
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: BlocksOptions) {
    this.#options = options;
    this.#list = new BlockList(options.nowMs, options.blocks);
  }

  find(named: Pick<Block, 'domain' | 'app' | 'stream'>): Block | undefined {
    return this.#list.find(named);
  }

  all(): readonly Block[] {
    return this.#list.all();
  }

  /**
   * Blocks a stream, half a year where nothing else is said, and ends its publish. It counts at once; resolved when it is
   * kept, undefined where 10 000 streams are blocked.
   */
  async block(registry: Registry, id: StreamId, { untilMs, reason, by }: NewBlock): Promise<Block | undefined> {
    const sinceMs = this.#options.nowMs();
    const { domain, app, name: stream } = id;
    const block = { domain, app, stream, sinceMs, untilMs: untilMs ?? sinceMs + DEFAULT_BLOCK_MS, reason, by };
    const isTaken = this.#list.add(block);
    const until = new Date(block.untilMs).toISOString();
    registry.dismiss(id, 'BLOCKED', `until ${until}: ${reason}`);
    if (!isTaken) {
      this.#options.log.error({ ...id }, 'too many streams are blocked, its publish was only ended');
      return undefined;
    }
    this.#options.log.warn({ ...id, until, reason, by }, 'stream blocked');
    await this.#keep();
    return block;
  }

  /** Lets the stream be published again; false where it was not blocked. */
  async unblock({ domain, app, name: stream }: StreamId): Promise<boolean> {
    if (!this.#list.remove({ domain, app, stream })) return false;
    this.#options.log.info({ domain, app, name: stream }, 'stream no longer blocked');
    await this.#keep();
    return true;
  }

  /** One after the other, so that the last has all; a failure is the caller's, and ends nobody else's. */
  #keep(): Promise<void> {
    const kept = this.#keeping.then(() => this.#options.keep(this.#list.all()));
    this.#keeping = kept.catch(() => undefined);
    return kept;
  }
}
