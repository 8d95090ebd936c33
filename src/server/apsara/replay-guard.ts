import { ApsaraError } from './base/index.ts';

/** How far a request's clock may be from ours, either way. */
export const CLOCK_WINDOW_MS = 15 * 60_000;
/** Only who has a key gets a nonce kept, so that this is never reached but by a fault of theirs. */
const MAX_KEPT = 1_000_000;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** What nodes on one database know together of nonces. */
export interface SharedNonces {
  readonly isReady: boolean;
  /** False where it was taken before. */
  take(name: string, keptMs: number): Promise<boolean>;
}

/**
 * Takes each signed request once. A nonce is kept for as long as its time would be good, in two generations. What other
 * nodes took, and this one before a restart, is known where it is shared and the database is there.
 */
export class ReplayGuard {
  readonly #wallMs: () => number;
  readonly #shared: SharedNonces | undefined;
  #young = new Set<string>();
  #old = new Set<string>();
  #turnedMs: number;

  constructor(wallMs: () => number, shared?: SharedNonces) {
    this.#wallMs = wallMs;
    this.#shared = shared;
    this.#turnedMs = wallMs();
  }

  /** Throws where the time is not near ours. */
  checkTime(time: string): void {
    const askedMs = TIME.test(time) ? Date.parse(time) : Number.NaN;
    if (Number.isNaN(askedMs)) {
      const message = 'The time must be in UTC, as in 2026-01-01T00:00:00Z.';
      throw new ApsaraError(400, 'InvalidTimeStamp.Format', message);
    }
    const nowMs = this.#wallMs();
    if (Math.abs(nowMs - askedMs) <= CLOCK_WINDOW_MS) return;
    const message = `The time ${time} is more than 15 minutes from the server's, which is ${new Date(nowMs).toISOString()}.`;
    throw new ApsaraError(400, 'InvalidTimeStamp.Expired', message);
  }

  /** Throws where the nonce was used; to be called for what is signed, and in time. */
  async take(keyId: string, nonce: string): Promise<void> {
    this.#turn();
    const name = `${keyId}\n${nonce}`;
    if (this.#young.has(name) || this.#old.has(name)) throw used();
    if (this.#young.size >= MAX_KEPT)
      throw new ApsaraError(400, 'Throttling', 'Request was denied due to request throttling.');
    this.#young.add(name);
    if (this.#shared?.isReady && !(await this.#isFirst(this.#shared, name))) throw used();
  }

  /** A database that fails meanwhile keeps nobody out. */
  #isFirst(shared: SharedNonces, name: string): Promise<boolean> {
    return shared.take(name, 2 * CLOCK_WINDOW_MS).catch(() => true);
  }

  /** A time may be a window ahead of ours, so that a nonce is kept for two. */
  #turn(): void {
    const nowMs = this.#wallMs();
    if (Math.abs(nowMs - this.#turnedMs) < 2 * CLOCK_WINDOW_MS) return;
    this.#old = this.#young;
    this.#young = new Set();
    this.#turnedMs = nowMs;
  }
}

const used = () => new ApsaraError(400, 'SignatureNonceUsed', 'The SignatureNonce was used before.');
