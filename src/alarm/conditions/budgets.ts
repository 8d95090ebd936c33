import type { BudgetRule } from '../../rules/index.ts';
import type { Condition } from './condition.ts';

/** What is spent of a budget in the period of now, in the currency of the node; `to` is its end in Unix milliseconds. */
export type BudgetUse = { readonly budget: BudgetRule; readonly spent: number; readonly to: number };

export type BudgetSources = {
  /** Undefined until they were looked up. */
  readonly budgets: () => readonly BudgetUse[] | undefined;
  readonly currency: string;
};

/** Budgets of which `alertPercent` is spent. */
export function budgets({ budgets: all, currency }: BudgetSources): Condition {
  return {
    codes: ['BUDGET_NEAR'],
    // Usage is counted for all nodes together.
    scope: 'cluster',
    look: () =>
      all()?.flatMap((use) => {
        const { name, amount, alertPercent, match } = use.budget;
        if (use.spent < (amount * alertPercent) / 100) return [];
        const domain = match.domain.includes('*') ? {} : { domain: match.domain };
        return [
          { code: 'BUDGET_NEAR', subject: { kind: 'budget', name, ...domain }, sentence: sentenceOf(use, currency) },
        ];
      }),
  };
}

function sentenceOf({ budget, spent, to }: BudgetUse, currency: string): string {
  const { name, amount, period, refuse } = budget;
  const rounded = Math.floor(spent * 100) / 100;
  const fact = `The budget ${name} has spent ${rounded} of ${amount} ${currency} this ${period}`;
  const until = `until ${new Date(to).toISOString()}`;
  if (refuse.length === 0) return `${fact}; nothing is refused.`;
  const what = `new ${refuse.join(' and ')}`;
  return spent >= amount
    ? `${fact}: ${what} are refused ${until}.`
    : `${fact}; once it is spent, ${what} are refused ${until}.`;
}
