import { Costs, Spending } from '../cost/index.ts';
import type { CostDoor } from '../operations/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';
import type { OpenedUsage } from './open-usage.ts';
import { showCost } from './show-cost.ts';

const LOOK_EVERY_MS = 60_000;

/** What usage costs, and how budgets stand; looked up each minute where there are any. */
export function openCosts({ config, clock, log, closer }: Base, { rules, rulesSource }: State, { usage }: OpenedUsage) {
  const prices = () => rules().rules.prices;
  const costs = new Costs({ usage, prices });
  const spending = new Spending({ costs, budgets: () => rules().rules.budgets, wallMs: clock.wallMs });
  const look = () => spending.look().catch((error) => log.warn({ error }, 'budgets could not be looked up'));
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  // At once for those that are there, and for new ones.
  void look();
  const stopRules = rulesSource.onChange(() => void look());
  closer.add('budgets', {
    close() {
      clearInterval(timer);
      stopRules();
    },
  });
  const door: CostDoor = {
    ...{ costs, prices, currency: config.usage.currency, wallMs: clock.wallMs },
    estimates: () => rules().rules.estimates,
    budgets: () => spending.states,
    domains: () => rules().rules.domains.map(({ name }) => name),
  };
  const costOf = showCost({ costs, keep: config.usage.keep, currency: door.currency, wallMs: clock.wallMs });
  const known = () => (spending.isKnown ? spending.states : undefined);
  return { costs, spending, known, door, costOf };
}

export type OpenedCosts = ReturnType<typeof openCosts>;
