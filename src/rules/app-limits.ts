import { comparePatterns, matchesPattern } from './match.ts';
import type { DomainRule } from './schema.ts';

/** How much of a domain or of an app at once; 0 for any number. */
export type CapacityLimits = DomainRule['apps'][number]['limits'];

/** The limits of one app of a domain, those of the most specific entry; undefined where there is none. */
export function appLimits(domain: DomainRule, app: string): CapacityLimits | undefined {
  const about = domain.apps.filter((each) => matchesPattern(each.app, app));
  return about.toSorted((left, right) => comparePatterns(left.app, right.app)).at(-1)?.limits;
}
