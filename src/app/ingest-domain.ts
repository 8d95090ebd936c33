import { type CompiledRules, hostOf, matchesPattern } from '../rules/index.ts';

/**
 * The ingest domain that callbacks name: the host that the encoder named where it is bound to the domain, else the first
 * one that is bound, else the domain itself. What an encoder makes up is never signed for.
 */
export function ingestDomainOf(rules: CompiledRules, domain: string, namedHost: string): string {
  const bound = rules.domain(domain)?.ingest ?? [];
  const host = hostOf(namedHost);
  if (bound.some((pattern) => matchesPattern(pattern, host))) return host;
  return bound.find((pattern) => !pattern.includes('*')) ?? domain;
}
