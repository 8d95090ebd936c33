import { type Match, matchesSubject, type PriceRule, type Subject } from '../rules/index.ts';
import type { Usage, UsageDimension, UsageGrain, UsageQuery } from '../usage/index.ts';
import { type Bill, billOf, type Quantity } from './bill.ts';
import { PriceList } from './price-list.ts';
import { ASPECTS } from './quantities.ts';

export type CostsOptions = {
  readonly usage: Pick<Usage, 'points'>;
  readonly prices: () => readonly PriceRule[];
};

/** Which usage is billed. Times are Unix milliseconds. */
export type Billed = {
  readonly from: number;
  readonly to: number;
  readonly grain: UsageGrain;
  readonly domains?: readonly string[] | undefined;
  readonly match?: Match | undefined;
  readonly tag?: string | undefined;
  /** Tags are told apart and not streams: prices of single streams do not count then. */
  readonly isByTag?: boolean;
};

/** What usage costs, by the prices of now. All throw DATABASE_UNAVAILABLE while there is no database. */
export class Costs {
  readonly #options: CostsOptions;

  constructor(options: CostsOptions) {
    this.#options = options;
  }

  /** Whether there is any price. */
  get isPriced(): boolean {
    return this.#options.prices().length > 0;
  }

  /** One bill for each name that `keyOf` gives; the empty one for all. */
  async bills(billed: Billed, keyOf: (of: At<Quantity>) => string): Promise<Map<string, Bill>> {
    const prices = new PriceList(this.#options.prices());
    const byKey = new Map<string, Quantity[]>();
    for (const quantity of await this.#quantities(billed)) {
      const key = keyOf(quantity);
      const known = byKey.get(key);
      if (known) known.push(quantity);
      else byKey.set(key, [quantity]);
    }
    return new Map([...byKey].map(([key, quantities]) => [key, billOf(quantities, prices)]));
  }

  async bill(billed: Billed): Promise<Bill> {
    const bills = await this.bills(billed, () => '');
    return bills.get('') ?? { amount: 0, lines: [] };
  }

  async #quantities({ from, to, grain, domains, match, tag, isByTag }: Billed): Promise<At<Quantity>[]> {
    const named = { ...narrowed(match), ...(domains && { domain: domains }), tag };
    const own: UsageDimension = isByTag || tag !== undefined ? 'tag' : 'stream';
    const questions = ASPECTS.map(async ({ by, of }) => {
      const query: UsageQuery = { from, to, grain, by: ['domain', 'app', own, ...by], ...named };
      const points = await this.#options.usage.points(query);
      return points.flatMap((point) => of(point).map((quantity) => ({ ...quantity, at: point.at })));
    });
    const all = (await Promise.all(questions)).flat();
    return match === undefined ? all : all.filter((each) => matchesSubject(match, each));
  }
}

type At<T> = T & { readonly at: number };

/** What of a match the database can look for by itself. */
function narrowed(match: Match | undefined): Partial<Subject> {
  return Object.fromEntries(Object.entries(match ?? {}).filter(([, pattern]) => !pattern.includes('*')));
}
