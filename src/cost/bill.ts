import type { Subject } from '../rules/index.ts';
import type { CostItem, PriceList } from './price-list.ts';

/** So much of something; `quantity` in the unit of the item. */
export type Quantity = Subject & {
  readonly item: CostItem;
  readonly quantity: number;
  readonly door?: string | undefined;
  readonly template?: string | undefined;
  readonly tag?: string | undefined;
};

/** What an item comes to. What has no price is there with `amount` 0 and `unpriced` equal to its quantity. */
export type BillLine = {
  readonly item: CostItem;
  readonly quantity: number;
  readonly unpriced: number;
  readonly amount: number;
};

export type Bill = { readonly amount: number; readonly lines: readonly BillLine[] };

/** Adds up what is used by the prices that count for it; lines are in the order in which items first come. */
export function billOf(quantities: Iterable<Quantity>, prices: PriceList): Bill {
  const lines = new Map<CostItem, { quantity: number; unpriced: number; amount: number }>();
  for (const used of quantities) {
    if (used.quantity <= 0) continue;
    const line = lines.get(used.item) ?? { quantity: 0, unpriced: 0, amount: 0 };
    lines.set(used.item, line);
    const price = prices.of(used);
    line.quantity += used.quantity;
    if (price === undefined) line.unpriced += used.quantity;
    else line.amount += used.quantity * price.amount;
  }
  const all = [...lines].map(([item, line]) => ({ item, ...line }));
  return { amount: all.reduce((sum, { amount }) => sum + amount, 0), lines: all };
}
