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

type Named = Pick<Block, 'domain' | 'app' | 'stream'>;

/** ApsaraVideo's bound. */
const MAX_BLOCKS = 10_000;

/** The streams that are blocked now, by their exact names. */
export class BlockList {
  readonly #nowMs: () => number;
  readonly #blocks = new Map<string, Block>();

  /** @param nowMs Unix time. @param blocks those that were kept, over ones among them, too */
  constructor(nowMs: () => number, blocks: readonly Block[] = []) {
    this.#nowMs = nowMs;
    for (const block of blocks) this.#blocks.set(keyOf(block), block);
  }

  /** The block of a stream; undefined where there is none, or it is over. */
  find(named: Named): Block | undefined {
    const key = keyOf(named);
    const block = this.#blocks.get(key);
    if (block === undefined || block.untilMs > this.#nowMs()) return block;
    this.#blocks.delete(key);
    return undefined;
  }

  /** Blocks a stream, in place of an earlier block; false where there are too many. */
  add(block: Block): boolean {
    const key = keyOf(block);
    if (!this.#blocks.has(key) && this.#blocks.size >= MAX_BLOCKS && this.all().length >= MAX_BLOCKS) return false;
    this.#blocks.set(key, block);
    return true;
  }

  /** Whether there was one. */
  remove(named: Named): boolean {
    const found = this.find(named) !== undefined;
    this.#blocks.delete(keyOf(named));
    return found;
  }

  /** Those that are not over, oldest first; the others are forgotten. */
  all(): Block[] {
    const blocks = [...this.#blocks.values()];
    return blocks.filter((block) => this.find(block) !== undefined).sort((a, b) => a.sinceMs - b.sinceMs);
  }
}

function keyOf({ domain, app, stream }: Named): string {
  return `${domain}\n${app}\n${stream}`;
}
