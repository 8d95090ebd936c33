const WINDOW_MS = 60_000;
const MAX_REMEMBERED = 10_000;
const MAX_FAMILIAR_PER_USER = 20;

/** Tries within a minute, from one address and for one user. */
export const TRIES_PER_ADDRESS = 10;
export const TRIES_PER_USER = 20;

type Tries = { count: number; readonly sinceMs: number };

/** A try that was let through. */
export type Try = {
  /** It was right, so it does not count, and the user is known to come from there. */
  succeeded(): void;
  /** It guessed nothing, so it does not count. */
  takeBack(): void;
};

/**
 * Slows down whoever guesses passwords, by address and by user. Addresses from which a user logged in before are not held
 * to the limit per user, so that nobody is locked out by strangers who guess.
 */
export class LoginLimits {
  readonly #nowMs: () => number;
  readonly #addresses = new Map<string, Tries>();
  readonly #users = new Map<string, Tries>();
  readonly #familiar = new Map<string, Set<string>>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Undefined where it is one too many; `user` is the name that was given, whether or not there is one. */
  begin(address: string, user: string): Try | undefined {
    const fromThere = this.#tries(this.#addresses, address);
    const ofUser = this.#familiar.get(user)?.has(address) ? undefined : this.#tries(this.#users, user);
    if (fromThere.count >= TRIES_PER_ADDRESS || (ofUser && ofUser.count >= TRIES_PER_USER)) return undefined;
    fromThere.count++;
    if (ofUser) ofUser.count++;
    const takeBack = () => {
      fromThere.count--;
      if (ofUser) ofUser.count--;
    };
    return {
      takeBack,
      succeeded: () => {
        takeBack();
        this.welcome(address, user);
      },
    };
  }

  /** The user is known to come from this address. */
  welcome(address: string, user: string): void {
    const addresses = this.#familiar.get(user) ?? new Set();
    addresses.delete(address);
    addresses.add(address);
    const [oldest] = addresses;
    if (addresses.size > MAX_FAMILIAR_PER_USER && oldest !== undefined) addresses.delete(oldest);
    put(this.#familiar, user, addresses);
  }

  #tries(all: Map<string, Tries>, of: string): Tries {
    const nowMs = this.#nowMs();
    const before = all.get(of);
    if (before && nowMs - before.sinceMs <= WINDOW_MS) return before;
    const tries = { count: 0, sinceMs: nowMs };
    put(all, of, tries);
    return tries;
  }
}

/** The oldest goes where there are too many, not all of them, which a stranger with many addresses could bring about. */
function put<T>(all: Map<string, T>, key: string, value: T): void {
  all.delete(key);
  all.set(key, value);
  const [oldest] = all.keys();
  if (all.size > MAX_REMEMBERED && oldest !== undefined) all.delete(oldest);
}
