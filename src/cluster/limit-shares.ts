import type { Clock } from '../live/index.ts';
import type { ShareAsked, SharesGiven } from '../store/index.ts';

/** What sharing limits needs of the database. */
export interface ShareTable {
  readonly isReady: boolean;
  share(nodeId: string, leaseSeconds: number, asked: readonly ShareAsked[]): Promise<SharesGiven>;
  giveUp(nodeId: string): Promise<void>;
}

export type LimitSharesOptions = {
  readonly table: ShareTable;
  readonly clock: Clock;
  readonly nodeId: string;
  /** How many count here under a key. */
  readonly usedOf: (key: string) => number;
  /** How many nodes there are, this one among them. */
  readonly nodeCount: () => number;
  readonly onFailure: (error: unknown) => void;
};

type Share = {
  limit: number;
  held: number;
  /** The limit left nothing more. */
  isShort: boolean;
  /** Another node has too little: nothing is kept that is not used. */
  isWantedElsewhere: boolean;
  waiting: number;
  askedMs: number;
};

type Measured = { value: number; toldMs: number; elsewhere: number };

const LOOK_MS = 1000;
/** What a node that died had comes back after this. */
const LEASE_MS = 10_000;
const RENEW_MS = 4000;
/** Whoever was told that there is no more asks again after this at the earliest. */
const SHORT_MS = 250;
/** A measured value that is told no more is over. */
const MEASURED_MS = 5000;
/** What the nodes keep unused is this part of a limit together, at most. */
const SPARE = 0.02;

/**
 * Limits that count over all nodes. Each node holds a share of a limit by lease and lets in no more than that; the
 * shares together are never more than the limit. A node asks for more before it is full, and gives back what it does
 * not use.
 *
 *     limit 200 | node one: 120 used, 2 spare | node two: 60 used, 2 spare | 16 that nobody has |
 */
export class LimitShares {
  readonly #options: LimitSharesOptions;
  readonly #shares = new Map<string, Share>();
  readonly #measured = new Map<string, Measured>();
  #asking: Promise<void> | undefined;
  #askingNext: Promise<void> | undefined;
  #cancelLook: () => void = () => {};
  #isClosed = false;

  constructor(options: LimitSharesOptions) {
    this.#options = options;
    this.#lookAgain();
  }

  /** How much of a limit may be used here. Without the database: what is held, and of what never was asked for a part. */
  allowed(key: string, limit: number): number {
    const share = this.#shares.get(key);
    if (share && (share.held > 0 || this.#options.table.isReady)) return Math.min(limit, share.held);
    return this.#options.table.isReady ? 0 : Math.max(1, Math.floor(limit / Math.max(1, this.#options.nodeCount())));
  }

  /** Asks for room for one more where there is none; undefined where there is, or asking would not help. */
  makeRoom(key: string, limit: number): Promise<void> | undefined {
    const { table, clock, usedOf } = this.#options;
    if (!table.isReady || this.#isClosed) return undefined;
    const share = this.#shareOf(key, limit);
    if (usedOf(key) + share.waiting < this.allowed(key, limit)) return undefined;
    if (share.isShort && clock.nowMs() - share.askedMs < SHORT_MS) return undefined;
    share.waiting++;
    return this.#ask().finally(() => {
      share.waiting--;
    });
  }

  /** Tells the others how much is used here of what cannot be held, such as bandwidth. */
  tell(key: string, value: number): void {
    const known = this.#measured.get(key);
    const toldMs = this.#options.clock.nowMs();
    if (known) Object.assign(known, { value, toldMs });
    else this.#measured.set(key, { value, toldMs, elsewhere: 0 });
  }

  /** How much the others told, last. */
  elsewhere(key: string): number {
    return this.#measured.get(key)?.elsewhere ?? 0;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook();
    await (this.#askingNext ?? this.#asking);
    const { table, nodeId, onFailure } = this.#options;
    if (table.isReady) await table.giveUp(nodeId).catch(onFailure);
  }

  #shareOf(key: string, limit: number): Share {
    const known = this.#shares.get(key);
    if (known) {
      known.limit = limit;
      return known;
    }
    const askedMs = Number.NEGATIVE_INFINITY;
    const share = { limit, held: 0, isShort: false, isWantedElsewhere: false, waiting: 0, askedMs };
    this.#shares.set(key, share);
    return share;
  }

  /** One question at a time; who comes while one is under way is in the next. */
  #ask(): Promise<void> {
    this.#askingNext ??= (this.#asking ?? Promise.resolve()).then(() => {
      this.#askingNext = undefined;
      this.#asking = this.#askNow().finally(() => {
        this.#asking = undefined;
      });
      return this.#asking;
    });
    return this.#askingNext;
  }

  async #askNow(): Promise<void> {
    const { table, nodeId, onFailure, clock } = this.#options;
    if (!table.isReady) return;
    const askedMs = clock.nowMs();
    const asked = [...this.#sharesToAsk(askedMs), ...this.#measuredToTell(askedMs)];
    try {
      const { given, shortElsewhere } = await table.share(nodeId, LEASE_MS / 1000, asked);
      const wanted = new Map(asked.map((each) => [each.key, each.wanted]));
      for (const { key, held, heldElsewhere } of given) this.#given(key, held, heldElsewhere, wanted.get(key) ?? 0);
      for (const [key, share] of this.#shares) share.isWantedElsewhere = shortElsewhere.includes(key);
    } catch (error) {
      onFailure(error);
    }
  }

  #given(key: string, held: number, heldElsewhere: number, wanted: number): void {
    const measured = this.#measured.get(key);
    if (measured) measured.elsewhere = heldElsewhere;
    const share = this.#shares.get(key);
    if (!share) return;
    share.held = held;
    share.isShort = held < wanted;
    share.askedMs = this.#options.clock.nowMs();
  }

  *#sharesToAsk(nowMs: number): Generator<ShareAsked> {
    for (const [key, share] of this.#shares) {
      const used = this.#options.usedOf(key);
      const { limit, held, waiting, isWantedElsewhere } = share;
      const isInUse = used > 0 || waiting > 0;
      if (!isInUse && held === 0) this.#shares.delete(key);
      const spare = isInUse && !isWantedElsewhere ? this.#spareOf(limit) : 0;
      const wanted = Math.min(Math.max(limit, used), used + waiting + spare);
      if (wanted !== held || (isInUse && nowMs - share.askedMs >= RENEW_MS)) yield { key, limit, used, wanted };
    }
  }

  /** As much for each as all others together may leave unused when one is refused. */
  #spareOf(limit: number): number {
    const others = Math.max(1, this.#options.nodeCount() - 1);
    return Math.floor((limit * SPARE) / others);
  }

  *#measuredToTell(nowMs: number): Generator<ShareAsked> {
    for (const [key, { value, toldMs }] of this.#measured) {
      if (nowMs - toldMs > MEASURED_MS) this.#measured.delete(key);
      else yield { key, used: value, wanted: value };
    }
  }

  #lookAgain(): void {
    this.#cancelLook = this.#options.clock.after(LOOK_MS, () => {
      const done = this.#shares.size + this.#measured.size > 0 ? this.#ask() : Promise.resolve();
      void done.then(() => !this.#isClosed && this.#lookAgain());
    });
  }
}
