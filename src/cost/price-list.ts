import { compareMatches, type Match, matchesSubject, type PriceRule, type Subject } from '../rules/index.ts';

export type CostItem = PriceRule['item'];

/** What is to be paid for. */
export type Used = Subject & {
  readonly item: CostItem;
  readonly door?: string | undefined;
  readonly template?: string | undefined;
};

/** Which price counts for what: the most specific of those that fit. */
export class PriceList {
  readonly #byItem: ReadonlyMap<CostItem, readonly PriceRule[]>;

  constructor(prices: readonly PriceRule[]) {
    // The most specific first.
    const ordered = prices.toReversed().sort((a, b) => comparePrices(b, a));
    this.#byItem = grouped(ordered);
  }

  get isEmpty(): boolean {
    return this.#byItem.size === 0;
  }

  /** Undefined where it has no price. */
  of(used: Used): PriceRule | undefined {
    return this.#byItem.get(used.item)?.find((price) => fits(price, used));
  }
}

function grouped(prices: readonly PriceRule[]): ReadonlyMap<CostItem, readonly PriceRule[]> {
  const byItem = new Map<CostItem, PriceRule[]>();
  for (const price of prices) byItem.set(price.item, [...(byItem.get(price.item) ?? []), price]);
  return byItem;
}

function fits({ match, door, template }: PriceRule, used: Used): boolean {
  return (
    matchesSubject(match, used) &&
    (door === undefined || door === used.door) &&
    (template === undefined || template === used.template)
  );
}

/** The place decides, then whether a door or template is named. */
function comparePrices(a: PriceRule, b: PriceRule): number {
  return compareMatches(a.match as Match, b.match as Match) || namesIn(a) - namesIn(b);
}

function namesIn({ door, template }: PriceRule): number {
  return Number(door !== undefined) + Number(template !== undefined);
}
