import { addressGroup } from './address.ts';

export type AddressRatesOptions = {
  /** From one address, or one IPv6 network of 64 bits, in a window; 0 for any number. */
  readonly limit: number;
  readonly windowMs: number;
  readonly nowMs: () => number;
  /** Addresses that are not counted: a proxy of ours is many clients, and this machine is its owner's. */
  readonly isExempt?: (address: string) => boolean;
};

/** What strangers can make it remember; whoever comes after that many within a window is not counted. */
const MOST_ADDRESSES = 50_000;

/** Counts what comes from each address, in windows of time one after the other. */
export class AddressRates {
  readonly #options: AddressRatesOptions;
  readonly #counts = new Map<string, number>();
  #windowEndsMs = 0;

  constructor(options: AddressRatesOptions) {
    this.#options = options;
  }

  /** One more; false where it is one too many. */
  take(address: string): boolean {
    const key = this.#keyOf(address);
    if (key === undefined) return true;
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#options.limit) return false;
    if (count > 0 || this.#counts.size < MOST_ADDRESSES) this.#counts.set(key, count + 1);
    return true;
  }

  /** Whether one more would be too many. */
  isUsedUp(address: string): boolean {
    const key = this.#keyOf(address);
    return key !== undefined && (this.#counts.get(key) ?? 0) >= this.#options.limit;
  }

  /** Undefined for who is not counted. */
  #keyOf(address: string): string | undefined {
    const { limit, windowMs, nowMs, isExempt } = this.#options;
    if (limit === 0) return undefined;
    const now = nowMs();
    if (now >= this.#windowEndsMs) {
      this.#counts.clear();
      this.#windowEndsMs = now + windowMs;
    }
    return isExempt?.(address) ? undefined : addressGroup(address);
  }
}
