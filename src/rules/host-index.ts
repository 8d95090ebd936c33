import { type Alias, aliasesOf } from './aliases.ts';
import { hostOf, isAddress } from './host.ts';
import { comparePatterns, matchesPattern } from './match.ts';
import type { DomainRule } from './schema.ts';

/** A host that a domain has, and for what. */
export type HostUse = {
  readonly pattern: string;
  readonly domain: DomainRule;
  readonly as: 'ingest' | 'playback';
  /** Where the host is an alias. */
  readonly alias?: Alias;
};

/** The hosts that viewers may use, then those that encoders push to; where both are the same, the latter count. */
export function hostUses(domains: readonly DomainRule[]): { readonly playback: HostUse[]; readonly ingest: HostUse[] } {
  const playback = domains.flatMap((domain): HostUse[] => [
    { pattern: domain.name, domain, as: 'playback' },
    ...aliasesOf(domain).map((alias) => ({ pattern: alias.name, domain, as: 'playback' as const, alias })),
  ]);
  const ingest = domains.flatMap((domain) =>
    domain.ingest.map((pattern) => ({ pattern, domain, as: 'ingest' as const })),
  );
  return { playback, ingest };
}

/** Finds hosts: exact names first, then the most specific wildcard; of equals, the last. */
export class HostIndex {
  readonly #exact = new Map<string, HostUse>();
  readonly #wildcards: HostUse[];

  constructor(uses: readonly HostUse[]) {
    for (const use of uses) if (!use.pattern.includes('*')) this.#exact.set(use.pattern, use);
    const wildcards = uses.filter(({ pattern }) => pattern.includes('*')).reverse();
    this.#wildcards = wildcards.sort((left, right) => comparePatterns(right.pattern, left.pattern));
  }

  /** `authority` may carry a port. An address is found only when it is listed, or under a bare `*`. */
  find(authority: string): HostUse | undefined {
    const host = hostOf(authority);
    if (host === '') return undefined;
    const exact = this.#exact.get(host);
    if (exact !== undefined) return exact;
    const address = isAddress(host);
    return this.#wildcards.find(({ pattern }) => pattern === '*' || (!address && matchesPattern(pattern, host)));
  }
}
