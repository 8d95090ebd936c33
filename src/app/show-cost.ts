import type { ShowSummary } from '../audience/index.ts';
import type { Costs } from '../cost/index.ts';
import { GRAINS, type UsageGrain, type UsageKeep } from '../usage/index.ts';

const DAY_MS = 86_400_000;

export type ShowCostOptions = {
  readonly costs: Pick<Costs, 'bill' | 'isPriced'>;
  readonly keep: UsageKeep;
  readonly currency: string;
  readonly wallMs: () => number;
};

/** What a show cost by the prices of now; null where there are none, or the database is away. */
export function showCost({ costs, keep, currency, wallMs }: ShowCostOptions) {
  return async (show: Pick<ShowSummary, 'domain' | 'app' | 'stream' | 'startedAtMs' | 'endedAtMs'>) => {
    if (!costs.isPriced) return null;
    const { domain, app, stream, startedAtMs, endedAtMs: to = wallMs() } = show;
    const grain = finestGrain((wallMs() - startedAtMs) / DAY_MS, keep);
    const { ms } = GRAINS[grain];
    const from = Math.floor(startedAtMs / ms) * ms;
    try {
      const { amount } = await costs.bill({ from, to: Math.max(to, from + 1), grain, match: { domain, app, stream } });
      return { amount, currency };
    } catch {
      return null;
    }
  };
}

/** In which usage of that age is still there. */
function finestGrain(ageDays: number, { minuteDays, fiveMinuteDays, hourDays }: UsageKeep): UsageGrain {
  if (ageDays < minuteDays) return 'minute';
  if (ageDays < fiveMinuteDays) return 'five-minutes';
  return ageDays < hourDays ? 'hour' : 'day';
}
