/** A stream that nobody may publish for a time. */
export type Block = {
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Why, for the publisher, too. */
  readonly reason: string;
  /** Who blocked it: `moderation`, or who used the API. */
  readonly by: string;
};

/** A block as it was changed last, so that nodes that hear of several changes agree on one. */
export type BlockEntry = Block & {
  readonly changedMs: number;
  /** It may be published again; kept until the block would have been over. */
  readonly isLifted: boolean;
};

type Named = Pick<Block, 'domain' | 'app' | 'stream'>;
type Kept = Block & Partial<Pick<BlockEntry, 'changedMs' | 'isLifted'>>;

/** ApsaraVideo's bound. */
const MAX_BLOCKS = 10_000;

/** The streams that are blocked now, by their exact names. */
export class BlockList {
  readonly #nowMs: () => number;
  readonly #entries = new Map<string, BlockEntry>();

  /** @param nowMs Unix time. @param blocks those that were kept, over ones among them, too */
  constructor(nowMs: () => number, blocks: readonly Kept[] = []) {
    this.#nowMs = nowMs;
    for (const block of blocks) this.#entries.set(keyOf(block), entryOf(block, block.sinceMs));
  }

  /** The block of a stream; undefined where there is none, or it is over. */
  find(named: Named): Block | undefined {
    const entry = this.#current(named);
    return entry?.isLifted ? undefined : entry && blockOf(entry);
  }

  /** Blocks a stream, in place of an earlier block; the entry, or undefined where there are too many. */
  add(block: Block): BlockEntry | undefined {
    return this.#hasRoomFor(block) ? this.#set(entryOf(block, this.#afterLast(block))) : undefined;
  }

  /** Lets a stream be published again; undefined where it was not blocked. */
  lift(named: Named): BlockEntry | undefined {
    const entry = this.#current(named);
    if (!entry || entry.isLifted) return undefined;
    return this.#set({ ...entry, isLifted: true, changedMs: this.#afterLast(named) });
  }

  /** Takes what another node has; false where what is known here is as new. */
  take(entry: BlockEntry): boolean {
    const known = this.#entries.get(keyOf(entry));
    const isNews = entry.untilMs > this.#nowMs() && (!known || entry.changedMs > known.changedMs);
    if (!isNews || !this.#hasRoomFor(entry)) return false;
    this.#set(entry);
    return true;
  }

  /** Those that are not over, oldest first; the others are forgotten. */
  all(): Block[] {
    return this.entries()
      .filter(({ isLifted }) => !isLifted)
      .map(blockOf)
      .sort((a, b) => a.sinceMs - b.sinceMs);
  }

  /** The same with those that were lifted. */
  entries(): BlockEntry[] {
    return [...this.#entries.values()].filter((entry) => this.#current(entry) !== undefined);
  }

  #current(named: Named): BlockEntry | undefined {
    const key = keyOf(named);
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.untilMs > this.#nowMs()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  #hasRoomFor(named: Named): boolean {
    if (this.#entries.has(keyOf(named)) || this.#entries.size < MAX_BLOCKS) return true;
    if (this.all().length >= MAX_BLOCKS) return false;
    // What was lifted longest ago is most likely known everywhere.
    const lifted = this.entries().filter(({ isLifted }) => isLifted);
    const [oldest] = lifted.sort((a, b) => a.changedMs - b.changedMs);
    if (oldest && this.#entries.size >= MAX_BLOCKS) this.#entries.delete(keyOf(oldest));
    return true;
  }

  #set(entry: BlockEntry): BlockEntry {
    this.#entries.set(keyOf(entry), entry);
    return entry;
  }

  /** Later than what is known, whatever the clock says. */
  #afterLast(named: Named): number {
    return Math.max(this.#nowMs(), (this.#entries.get(keyOf(named))?.changedMs ?? 0) + 1);
  }
}

function entryOf(block: Kept, changedMs: number): BlockEntry {
  return { isLifted: false, changedMs, ...block };
}

function blockOf({ changedMs: _, isLifted: __, ...block }: BlockEntry): Block {
  return block;
}

function keyOf({ domain, app, stream }: Named): string {
  return `${domain}\n${app}\n${stream}`;
}
