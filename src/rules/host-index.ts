import { hostOf, isAddress } from './host.ts';
import { comparePatterns, matchesPattern } from './match.ts';
import type { DomainRule } from './schema.ts';

type Entry = { readonly pattern: string; readonly domain: DomainRule };

/** Host names of one door to domains: exact names first, then the most specific wildcard. */
export class HostIndex {
  readonly #exact = new Map<string, DomainRule>();
  readonly #wildcards: Entry[] = [];

  constructor(domains: readonly DomainRule[], hostsOf: (domain: DomainRule) => readonly string[]) {
    for (const domain of domains) {
      for (const host of hostsOf(domain)) {
        if (host.includes('*')) this.#wildcards.push({ pattern: host, domain });
        else this.#exact.set(host, domain);
      }
    }
    this.#wildcards.sort((left, right) => comparePatterns(right.pattern, left.pattern));
  }

  /** `authority` may carry a port. An address is found only when it is listed, or under a bare `*`. */
  find(authority: string): DomainRule | undefined {
    const host = hostOf(authority);
    if (host === '') return undefined;
    const exact = this.#exact.get(host);
    if (exact !== undefined) return exact;
    const address = isAddress(host);
    return this.#wildcards.find(({ pattern }) => pattern === '*' || (!address && matchesPattern(pattern, host)))
      ?.domain;
  }
}
