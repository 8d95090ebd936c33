import { type BudgetRule, matchesSubject, type Subject } from '../rules/index.ts';
import type { Costs } from './costs.ts';

/** How a budget stands. Times are Unix milliseconds. */
export type BudgetState = {
  readonly budget: BudgetRule;
  readonly from: number;
  readonly to: number;
  readonly spent: number;
};

type Refused = BudgetRule['refuse'][number];

export type SpendingOptions = {
  readonly costs: Pick<Costs, 'bill' | 'isPriced'>;
  readonly budgets: () => readonly BudgetRule[];
  /** Unix time. */
  readonly wallMs: () => number;
};

/** What is spent of the budgets, as it was last looked up; whoever asks whether something is refused never waits. */
export class Spending {
  readonly #options: SpendingOptions;
  #states: readonly BudgetState[] = [];
  #isKnown = false;

  constructor(options: SpendingOptions) {
    this.#options = options;
  }

  /** Whether they could be looked up since the start. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** As they were at the last look; those of a period that is over are not there. */
  get states(): readonly BudgetState[] {
    const nowMs = this.#options.wallMs();
    return this.#states.filter(({ to }) => nowMs < to);
  }

  /** Looks the budgets up; what was known stays where that fails. */
  async look(): Promise<void> {
    const { costs, budgets, wallMs } = this.#options;
    if (!costs.isPriced) {
      this.#states = [];
      this.#isKnown = true;
      return;
    }
    const states: BudgetState[] = [];
    for (const budget of budgets()) {
      const { from, to } = periodOf(budget.period, wallMs());
      const { amount } = await costs.bill({ from, to, grain: 'hour', match: budget.match });
      states.push({ budget, from, to, spent: amount });
    }
    this.#states = states;
    this.#isKnown = true;
  }

  /** Why nothing more of this kind is let in there, in words. */
  refusal(subject: Subject, what: Refused): string | undefined {
    const spent = this.states.find(
      ({ budget, spent: amount }) =>
        budget.refuse.includes(what) && amount >= budget.amount && matchesSubject(budget.match, subject),
    );
    if (spent === undefined) return undefined;
    const { name, amount, period } = spent.budget;
    return `the budget ${name} of ${amount} a ${period} is spent; raise it, or wait until ${new Date(spent.to).toISOString()}`;
  }
}

/** The day or month that this moment is in, in UTC. */
export function periodOf(period: BudgetRule['period'], nowMs: number): { readonly from: number; readonly to: number } {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  return period === 'day'
    ? { from: Date.UTC(year, month, day), to: Date.UTC(year, month, day + 1) }
    : { from: Date.UTC(year, month, 1), to: Date.UTC(year, month + 1, 1) };
}
