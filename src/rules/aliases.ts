import { matchesPattern } from './match.ts';
import type { DomainRule } from './schema.ts';

/** A further host of a domain's viewers. */
export type Alias = {
  readonly name: string;
  /** An ISO date, from which on the host is refused. */
  readonly until?: string | undefined;
  /** A key of former times: with this host, signatures by it are good, too. */
  readonly key?: string | undefined;
};

export function aliasesOf({ aliases }: Pick<DomainRule, 'aliases'>): readonly Alias[] {
  return aliases.map((alias) => (typeof alias === 'string' ? { name: alias } : alias));
}

export const isOver = ({ until }: Alias, nowMs: number): boolean => until !== undefined && Date.parse(until) <= nowMs;

/** The key that an alias has beside those of its domain, as long as it is good. */
export function aliasKeyOf(domain: Pick<DomainRule, 'aliases'>, host: string, nowMs: number): string | undefined {
  const alias = aliasesOf(domain).find(({ name }) => matchesPattern(name, host));
  return alias === undefined || isOver(alias, nowMs) ? undefined : alias.key;
}
