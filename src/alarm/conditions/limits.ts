import type { Condition } from './condition.ts';

/** What is used of one limit. */
export type LimitUse = {
  readonly domain: string;
  readonly app?: string | undefined;
  readonly what: string;
  readonly used: number;
  readonly limit: number;
};

export type LimitSources = { readonly limits: () => readonly LimitUse[]; readonly nearPercent: () => number };

/** Of fewer things every use is near the limit. */
const FEWEST = 5;
const COUNTED = ['publishers', 'viewers', 'transcodes'];

/** Limits of the rules that are nearly reached. */
export function limits({ limits: all, nearPercent }: LimitSources): Condition {
  return {
    codes: ['LIMIT_NEAR'],
    scope: 'node',
    look: () =>
      all().flatMap(({ domain, app, what, used, limit }) => {
        const isSmall = COUNTED.includes(what) && limit < FEWEST;
        if (isSmall || limit <= 0 || used < (limit * nearPercent()) / 100) return [];
        const place = app === undefined ? domain : `${domain}/${app}`;
        const subject = { kind: 'limit', name: `${place} ${what}`, domain, ...(app !== undefined && { app }) } as const;
        const sentence = `${place} uses ${Math.round(used * 10) / 10} of ${limit} ${what}.`;
        return [{ code: 'LIMIT_NEAR', subject, sentence }];
      }),
  };
}
