import { type Block, type BlockEntry, BlockList } from '../access/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { isoOf } from './schemas.ts';

/** ApsaraVideo's: half a year. */
const DEFAULT_BLOCK_MS = 183 * 86_400_000;

export type BlocksOptions = {
  /** Unix time. */
  readonly nowMs: () => number;
  readonly log: Logger;
  /** What was kept of them. */
  readonly blocks: readonly Block[];
  /** Keeps all of them, over a restart. */
  readonly keep: (blocks: readonly BlockEntry[]) => Promise<void>;
};

export type NewBlock = { readonly untilMs?: number | undefined; readonly reason: string; readonly by: string };

/** The streams that nobody may publish for a time, and how they come to be so. */
export class Blocks {
  readonly #options: BlocksOptions;
  readonly #list: BlockList;
  #keeping: Promise<void> = Promise.resolve();
  #tell: (entry: BlockEntry) => Promise<void> = () => Promise.resolve();

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
    const entry = this.#list.add(block);
    dismiss(registry, block);
    if (!entry) {
      this.#options.log.error({ ...id }, 'too many streams are blocked, its publish was only ended');
      return undefined;
    }
    this.#options.log.warn({ ...id, until: isoOf(block.untilMs), reason, by }, 'stream blocked');
    await Promise.all([this.#keep(), this.#tell(entry)]);
    return block;
  }

  /** Lets the stream be published again; false where it was not blocked. */
  async unblock({ domain, app, name: stream }: StreamId): Promise<boolean> {
    const entry = this.#list.lift({ domain, app, stream });
    if (!entry) return false;
    this.#options.log.info({ domain, app, name: stream }, 'stream no longer blocked');
    await Promise.all([this.#keep(), this.#tell(entry)]);
    return true;
  }

  /** Has each change told to other nodes: `tell` never fails, and a change counts everywhere once it has resolved. */
  share(tell: (entry: BlockEntry) => Promise<void>): void {
    this.#tell = tell;
  }

  /** All that other nodes may not know. */
  entries(): readonly BlockEntry[] {
    return this.#list.entries();
  }

  /** Takes what other nodes have changed. */
  async take(registry: Registry, entries: readonly BlockEntry[]): Promise<void> {
    const news = entries.filter((entry) => this.#list.take(entry));
    for (const entry of news) {
      const { domain, app, stream: name, untilMs, reason, by, isLifted } = entry;
      const change = isLifted ? 'stream no longer blocked' : 'stream blocked';
      this.#options.log.info(
        { domain, app, name, until: isoOf(untilMs), reason, by },
        `${change}, as another node has it`,
      );
      if (!isLifted) dismiss(registry, entry);
    }
    if (news.length > 0) await this.#keep();
  }

  /** One after the other, so that the last has all; a failure is the caller's, and ends nobody else's. */
  #keep(): Promise<void> {
    const kept = this.#keeping.then(() => this.#options.keep(this.#list.entries()));
    this.#keeping = kept.catch(() => undefined);
    return kept;
  }
}

function dismiss(registry: Registry, { domain, app, stream: name, untilMs, reason }: Block): void {
  registry.dismiss({ domain, app, name }, 'BLOCKED', `until ${isoOf(untilMs)}: ${reason}`);
}
