import { z } from 'zod';
import {
  type Bill,
  type BudgetState,
  billOf,
  type Costs,
  type Plan,
  PriceList,
  plannedQuantities,
} from '../cost/index.ts';
import { SERVER } from '../identity/index.ts';
import { COST_ITEMS, type EstimateRule, type PriceRule, plan } from '../rules/index.ts';
import { type Call, notFound, type Operation, OperationError, operation } from './base/index.ts';
import { appOf, domainOf } from './resources.ts';
import { isoOf, line, streamName, time } from './schemas.ts';

/** What the operations on cost need. */
export type CostDoor = {
  readonly costs: Costs;
  readonly prices: () => readonly PriceRule[];
  readonly estimates: () => readonly EstimateRule[];
  readonly budgets: () => readonly BudgetState[];
  readonly domains: () => readonly string[];
  /** As ISO 4217 has it. */
  readonly currency: string;
  readonly wallMs: () => number;
};

const DAY_MS = 86_400_000;
const MOST_DAYS = 400;

const billLine = z
  .strictObject({
    item: z.enum(COST_ITEMS),
    quantity: z.number().describe('In the unit of the item'),
    unpriced: z.number().describe('How much of it has no price'),
    amount: z.number(),
  })
  .meta({ id: 'BillLine' });
const bill = { amount: z.number(), lines: z.array(billLine) };
const currency = z.string().describe('A code of ISO 4217; it is a setting of the node');
const named = {
  domain: z.string().optional(),
  app: z.string().optional(),
  stream: z.string().optional(),
  tag: z.string().optional(),
  day: time.optional().describe('Its beginning'),
};
const query = z.strictObject({
  from: time.optional().describe('The beginning; left out, thirty days before the end. Counted by whole hours'),
  to: time.optional().describe('The end; left out, now'),
  by: z.enum(['total', 'domain', 'app', 'stream', 'tag', 'day']).default('total'),
  domain: streamName.optional(),
  app: streamName.optional(),
  stream: streamName.optional(),
  tag: line(400).min(1).optional().describe('Of streams that have this tag: `team`, or `team:shop`'),
});
const planned = z.strictObject({ ...plan, stream: streamName.optional() });

/** What things cost, by the prices of the rules. */
export function costOperations(door: CostDoor): readonly Operation[] {
  const shared = { area: 'Cost', action: 'usage:read' } as const;
  return [
    operation({
      ...{ ...shared, name: 'getCosts', method: 'get', path: '/costs' },
      summary: 'What was delivered and done cost, by the prices of now',
      query,
      answer: z.strictObject({
        ...{ currency, from: time, to: time, ...bill },
        rows: z.array(z.strictObject({ ...named, ...bill })).describe('The dearest first; days in their order'),
      }),
      run: (call) => costsFor(call, door),
    }),
    operation({
      ...{ ...shared, name: 'estimateCost', method: 'post', path: '/costs/estimate', resource: () => SERVER },
      summary: 'What a show would cost: viewers by bitrate by hours, renditions, recordings',
      body: planned,
      answer: z.strictObject({ currency, ...bill }),
      run: ({ body }) => ({ currency: door.currency, ...billFor(body, door) }),
    }),
    operation({
      ...{ ...shared, name: 'compareEstimate', method: 'get', path: '/costs/estimates/{name}' },
      summary: 'What a show was expected to cost, and what it did so far',
      params: z.strictObject({ name: z.string().min(1).max(64) }),
      answer: z.strictObject({
        ...{ currency, name: z.string(), from: time, until: time },
        ...{ estimated: z.strictObject(bill), actual: z.strictObject(bill) },
      }),
      run: async ({ params: { name }, require }) => {
        const estimate = door.estimates().find((each) => each.name === name);
        if (!estimate) throw notFound('NOT_FOUND', `there is no estimate ${name}`, 'List the estimates.');
        require(appOf(estimate));
        const { domain, app, stream = '*', from, until } = estimate;
        const span = { from: hourOf(Date.parse(from)), to: Date.parse(until), grain: 'hour' } as const;
        const actual = await door.costs.bill({ ...span, match: { domain, app, stream } });
        return { ...{ currency: door.currency, name, from, until }, estimated: billFor(estimate, door), actual };
      },
    }),
    operation({
      ...{ ...shared, name: 'listBudgetStates', method: 'get', path: '/costs/budgets', resource: () => SERVER },
      summary: 'What is spent of each budget',
      answer: z.strictObject({
        currency,
        budgets: z.array(
          z
            .strictObject({ name: z.string(), amount: z.number(), spent: z.number(), from: time, until: time })
            .meta({ id: 'BudgetState' }),
        ),
      }),
      run: () => ({
        currency: door.currency,
        budgets: door.budgets().map(({ budget: { name, amount }, spent, from, to }) => {
          return { name, amount, spent, from: isoOf(from), until: isoOf(to) };
        }),
      }),
    }),
  ];
}

function billFor(wanted: Plan, { prices }: CostDoor): Bill {
  return billOf(plannedQuantities(wanted), new PriceList(prices()));
}

async function costsFor({ query: asked, permits, require }: Call<unknown, z.output<typeof query>>, door: CostDoor) {
  const { domain, app, stream, tag, by } = asked;
  const to = asked.to === undefined ? door.wallMs() : Date.parse(asked.to);
  const from = hourOf(asked.from === undefined ? to - 30 * DAY_MS : Date.parse(asked.from));
  if (from >= to || to - from > MOST_DAYS * DAY_MS) {
    const remedy = `Ask for a range that ends after it begins, and is no longer than ${MOST_DAYS} days.`;
    throw new OperationError(400, 'BAD_REQUEST', 'query.from: no such range can be told of', remedy);
  }
  let domains: readonly string[] | undefined;
  if (domain !== undefined) require(app === undefined ? domainOf({ domain }) : appOf({ domain, app }));
  else if (!permits(SERVER)) {
    domains = door.domains().filter((each) => permits(domainOf({ domain: each })));
    if (domains.length === 0) require(SERVER);
  }
  const match = { domain: domain ?? '*', app: app ?? '*', stream: stream ?? '*' };
  const billed = { from, to, grain: 'hour', domains, match, tag, isByTag: by === 'tag' } as const;
  const rows = new Map<string, z.input<z.ZodObject<typeof named>>>();
  const bills = await door.costs.bills(billed, (of) => {
    const names = namesOf(of, by);
    const key = JSON.stringify(names);
    rows.set(key, names);
    return key;
  });
  const shown = [...bills].map(([key, each]) => ({ ...rows.get(key), ...each }));
  if (by === 'day') shown.sort((a, b) => (a.day ?? '').localeCompare(b.day ?? ''));
  else shown.sort((a, b) => b.amount - a.amount);
  const total = await door.costs.bill({ ...billed, isByTag: false });
  return { currency: door.currency, from: isoOf(from), to: isoOf(to), ...total, rows: by === 'total' ? [] : shown };
}

type Of = {
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly tag?: string | undefined;
  readonly at: number;
};

function namesOf({ domain, app, stream, tag, at }: Of, by: z.output<typeof query>['by']) {
  if (by === 'domain') return { domain };
  if (by === 'app') return { domain, app };
  if (by === 'stream') return { domain, app, stream };
  if (by === 'tag') return { tag: tag ?? '' };
  return by === 'day' ? { day: isoOf(Math.floor(at / DAY_MS) * DAY_MS) } : {};
}

/** Usage is kept by the hour. */
function hourOf(ms: number): number {
  return Math.floor(ms / 3_600_000) * 3_600_000;
}
