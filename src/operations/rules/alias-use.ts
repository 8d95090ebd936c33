/** Beyond so many addresses of one alias no more are told apart. */
const ADDRESSES = 10_000;

export type AliasUseOf = {
  /** The alias. */
  readonly name: string;
  /** Playlists, streams and pages asked for through it, and publishes. */
  readonly requests: number;
  /** Different addresses that asked. */
  readonly addresses: number;
  readonly lastUsedAt?: string;
};

type Use = { requests: number; lastMs: number; readonly addresses: Set<string> };

/** Who still uses the aliases of domains, since this server started. */
export class AliasUse {
  readonly #wallMs: () => number;
  readonly #uses = new Map<string, Use>();

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  /** `alias` is a name of the rules, never what a client made up. */
  used(domain: string, alias: string, address: string): void {
    const key = keyOf(domain, alias);
    const use = this.#uses.get(key) ?? { requests: 0, lastMs: 0, addresses: new Set() };
    this.#uses.set(key, use);
    use.requests++;
    use.lastMs = this.#wallMs();
    if (use.addresses.size < ADDRESSES) use.addresses.add(address);
  }

  of(domain: string, alias: string): AliasUseOf {
    const use = this.#uses.get(keyOf(domain, alias));
    if (use === undefined) return { name: alias, requests: 0, addresses: 0 };
    const lastUsedAt = new Date(use.lastMs).toISOString();
    return { name: alias, requests: use.requests, addresses: use.addresses.size, lastUsedAt };
  }
}

const keyOf = (domain: string, alias: string) => `${domain} ${alias}`;
