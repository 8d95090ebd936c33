import { z } from 'zod';
import { appLimits, type CapacityLimits, type CompiledRules } from '../rules/index.ts';
import { nextCursor, type Operation, operation, pageOf, pageQuery } from './base/index.ts';
import type { Capacity, Used } from './capacity.ts';
import { nodeQuery } from './node-operations.ts';
import { appOf, domainOf } from './resources.ts';
import { streamName } from './schemas.ts';

/** What the operation on limits needs. */
export type LimitDoor = {
  readonly rules: () => CompiledRules;
  readonly capacity: Pick<Capacity, 'used' | 'appsOf'>;
};

const use = z
  .strictObject({ used: z.number(), limit: z.number().optional().describe('None where any number is allowed') })
  .meta({ id: 'LimitUse' });
const limits = z
  .strictObject({
    domain: z.string(),
    app: z.string().optional().describe('None for the domain as a whole'),
    ...{ publishers: use, viewers: use, transcodes: use },
    ingestMbps: use.describe('Megabits a second from publishers'),
    egressMbps: use.describe('Megabits a second to viewers, over the last five seconds'),
  })
  .meta({ id: 'Limits' });

export type LimitsInUse = {
  readonly domain: string;
  readonly app?: string;
  /** Counts, so ask only where it is wanted. */
  readonly used: () => Used;
  readonly limits: CapacityLimits | undefined;
};

/** Every domain, and of each the apps that have limits or publishers. */
export function limitsInUse({ rules, capacity }: LimitDoor): LimitsInUse[] {
  return rules().rules.domains.flatMap((rule) => {
    const { name: domain } = rule;
    const named = rule.apps.flatMap(({ app }) => (app.includes('*') ? [] : [app]));
    const apps = [...new Set([...named, ...capacity.appsOf(domain)])];
    return [
      { domain, used: () => capacity.used({ domain }), limits: rule.limits },
      ...apps.map((app) => ({ domain, app, used: () => capacity.used({ domain, app }), limits: appLimits(rule, app) })),
    ];
  });
}

/** Limits of domains and apps. */
export function limitOperations(door: LimitDoor): readonly Operation[] {
  return [
    operation({
      ...{ at: 'node', name: 'listLimits', area: 'Domains', method: 'get', path: '/limits', action: 'usage:read' },
      summary: 'What is used of the limits of domains and apps',
      query: pageQuery().extend({ domain: streamName.optional(), ...nodeQuery.shape }),
      answer: z.strictObject({ limits: z.array(limits), nextCursor }),
      run: ({ query: { domain, ...page }, permits }) => {
        const mine = limitsInUse(door).filter(
          (each) =>
            (domain === undefined || each.domain === domain) &&
            permits(each.app === undefined ? domainOf(each) : appOf({ ...each, app: each.app })),
        );
        const { items, ...rest } = pageOf(mine, page, (each) => `${each.domain}\n${each.app ?? ''}`);
        return { limits: items.map(shown), ...rest };
      },
    }),
  ];
}

function shown({ domain, app, used, limits: allowed }: LimitsInUse): z.input<typeof limits> {
  const now = used();
  const of = (what: keyof CapacityLimits) => {
    const limit = allowed?.[what] ?? 0;
    return { used: Math.round(now[what] * 1000) / 1000, ...(limit > 0 && { limit }) };
  };
  return {
    ...{ domain, ...(app === undefined ? {} : { app }) },
    ...{ publishers: of('publishers'), viewers: of('viewers'), transcodes: of('transcodes') },
    ...{ ingestMbps: of('ingestMbps'), egressMbps: of('egressMbps') },
  };
}
