import type { Clock } from '../live/index.ts';
import type { ClusterNode, MetNode } from '../store/index.ts';
import { LastSeen } from './last-seen.ts';

/** What knowing the nodes needs of the database. */
export interface NodeTable {
  readonly isReady: boolean;
  meet(self: Omit<ClusterNode, 'seenSecondsAgo'>): Promise<MetNode[]>;
  leave(nodeId: string): Promise<void>;
}

export type NodesOptions = {
  readonly table: NodeTable;
  readonly clock: Clock;
  readonly self: Omit<ClusterNode, 'seenSecondsAgo'>;
  readonly onFailure: (error: unknown) => void;
};

const MEET_MS = 3000;
/** A question that comes later than that could not be asked before. */
const MOST_BETWEEN_MS = 2 * MEET_MS;
/** A node that did not say that it is there for this long is gone. */
const GONE_MS = 20_000;
const FORGOTTEN_MS = 86_400_000;

/** The nodes on one database, as they last said that they are there. While the database is away nobody is missed. */
export class Nodes {
  readonly #options: NodesOptions;
  readonly #seen = new LastSeen(MOST_BETWEEN_MS);
  #known = new Map<string, MetNode>();
  #meeting: Promise<void> | undefined;
  #cancel: () => void = () => {};
  #isClosed = false;

  constructor(options: NodesOptions) {
    this.#options = options;
    this.#meetAgain();
  }

  /** Where a node can be reached; undefined where it is not known, or gone. */
  addressOf(nodeId: string): string | undefined {
    const node = this.#known.get(nodeId);
    return node && this.#isThere(node) ? node.address : undefined;
  }

  nameOf(nodeId: string): string {
    return this.#known.get(nodeId)?.name ?? nodeId;
  }

  /** All others that are there. */
  others(): ClusterNode[] {
    return this.present().filter(({ nodeId }) => nodeId !== this.#options.self.nodeId);
  }

  present(): ClusterNode[] {
    return [...this.#known.values()].filter((node) => this.#isThere(node));
  }

  /** All that were seen within the last day, and whether each is there. */
  known(): (ClusterNode & { readonly isThere: boolean })[] {
    return [...this.#known.values()]
      .map((node) => ({ ...node, seenSecondsAgo: this.#agoMs(node) / 1000, isThere: this.#isThere(node) }))
      .filter(({ seenSecondsAgo }) => seenSecondsAgo * 1000 < FORGOTTEN_MS);
  }

  meet(): Promise<void> {
    this.#meeting ??= this.#meet().finally(() => {
      this.#meeting = undefined;
    });
    return this.#meeting;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#meeting;
    const { table, self, onFailure } = this.#options;
    if (table.isReady) await table.leave(self.nodeId).catch(onFailure);
  }

  async #meet(): Promise<void> {
    const { table, self, clock, onFailure } = this.#options;
    if (!table.isReady || this.#isClosed) return;
    try {
      const askedMs = clock.nowMs();
      const nodes = await table.meet(self);
      this.#known = new Map(nodes.map((node) => [node.nodeId, node]));
      const rows = nodes.map(({ nodeId: key, seenAt, seenSecondsAgo }) => ({
        ...{ key, seenAtMs: seenAt * 1000, agoMs: seenSecondsAgo * 1000 },
      }));
      this.#seen.take(rows, askedMs);
    } catch (error) {
      onFailure(error);
    }
  }

  #meetAgain(): void {
    void this.meet();
    this.#cancel = this.#options.clock.after(MEET_MS, () => this.#meetAgain());
  }

  #agoMs({ nodeId }: MetNode): number {
    return this.#seen.agoMs(nodeId, this.#options.clock.nowMs());
  }

  #isThere(node: MetNode): boolean {
    return !this.#options.table.isReady || this.#agoMs(node) < GONE_MS;
  }
}
