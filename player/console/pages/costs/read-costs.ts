import { fields, list, number, text } from '../../answers/answer-fields.ts';

export type Line = {
  readonly item: string;
  readonly quantity: number;
  readonly unpriced: number;
  readonly amount: number;
};
export type Row = { readonly name: string; readonly amount: number };
export type Costs = {
  readonly currency: string;
  readonly amount: number;
  readonly lines: readonly Line[];
  readonly rows: readonly Row[];
};
export type BudgetRow = {
  readonly name: string;
  readonly spent: number;
  readonly amount: number;
  readonly until: string;
};

export function readCosts(answer: unknown): Costs {
  const { currency, amount, lines, rows } = fields(answer);
  return {
    ...{ currency: text(currency) ?? '', amount: number(amount) ?? 0 },
    lines: list(lines).map((each) => {
      const line = fields(each);
      const { quantity, unpriced, amount: cost } = line;
      return {
        item: text(line.item) ?? '',
        ...{ quantity: number(quantity) ?? 0, unpriced: number(unpriced) ?? 0, amount: number(cost) ?? 0 },
      };
    }),
    rows: list(rows).map((each) => {
      const row = fields(each);
      return { name: nameOf(row), amount: number(row.amount) ?? 0 };
    }),
  };
}

function nameOf({ domain, app, stream, tag, day }: Readonly<Record<string, unknown>>): string {
  const names = [text(domain), text(app), text(stream), text(tag), text(day)?.slice(0, 10)];
  return names.filter((name) => name !== undefined && name !== '').join(' / ');
}

export function readBudgets(answer: unknown): readonly BudgetRow[] {
  return list(fields(answer).budgets).map((each) => {
    const { name, spent, amount, until } = fields(each);
    return { name: text(name) ?? '', spent: number(spent) ?? 0, amount: number(amount) ?? 0, until: text(until) ?? '' };
  });
}
