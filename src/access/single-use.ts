export type SingleUseOptions = {
  /** Past this many unexpired signatures no further one is let in: forgetting one would let it in twice. */
  readonly capacity: number;
  readonly nowMs: () => number;
};

/** What nodes on one database know together of used signatures. */
export interface SharedSignatures {
  /** Whether nobody took it before; undefined where that cannot be said now. */
  take(id: string, expiresAtMs: number): Promise<boolean | undefined>;
  /** Resolves when all nodes can know, or that takes too long. */
  giveBack(id: string): Promise<void>;
  isTaken(id: string): Promise<boolean>;
}

/** Remembers signatures until they expire, so that each opens one session. */
export class SingleUse {
  readonly #expiryById = new Map<string, number>();
  readonly #capacity: number;
  readonly #nowMs: () => number;
  #nextSweepMs = 0;

  constructor(options: SingleUseOptions) {
    this.#capacity = options.capacity;
    this.#nowMs = options.nowMs;
  }

  get size(): number {
    return this.#expiryById.size;
  }

  isUsed(id: string): boolean {
    const expiresAtMs = this.#expiryById.get(id);
    return expiresAtMs !== undefined && expiresAtMs >= this.#nowMs();
  }

  /** Takes the signature: `first` for the one who may use it. */
  use(id: string, expiresAtMs: number): 'first' | 'again' | 'full' {
    if (this.isUsed(id)) return 'again';
    this.#sweep();
    if (this.#expiryById.size >= this.#capacity && !this.#expiryById.has(id)) return 'full';
    this.#expiryById.set(id, expiresAtMs);
    return 'first';
  }

  /** Gives a signature back whose session did not come about. */
  release(id: string): void {
    this.#expiryById.delete(id);
  }

  #sweep(): void {
    const now = this.#nowMs();
    if (now < this.#nextSweepMs) return;
    this.#nextSweepMs = now + 10_000;
    for (const [id, expiresAtMs] of this.#expiryById) if (expiresAtMs < now) this.#expiryById.delete(id);
  }
}
