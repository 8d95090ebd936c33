import { describe, expect, it } from 'vitest';
import { type BudgetRule, type EstimateRule, objectSchemas, type PriceRule } from '../rules/index.ts';
import type { UsagePoint, UsageQuery } from '../usage/index.ts';
import { billOf, Costs, PriceList, periodOf, plannedQuantities, Spending } from './index.ts';

const price = (given: object) => objectSchemas.prices.parse({ name: 'p', ...given }) as PriceRule;
const budget = (given: object) => objectSchemas.budgets.parse({ name: 'b', amount: 10, ...given }) as BudgetRule;
const live = { domain: 'default', app: 'live', stream: 'one' };
const HOUR_MS = 3_600_000;
const NOON = Date.parse('2026-05-15T12:00:00Z');

describe('PriceList', () => {
  const prices = new PriceList([
    price({ name: 'all', item: 'egress-gb', amount: 1 }),
    price({ name: 'app', item: 'egress-gb', amount: 2, match: { app: 'live' } }),
    price({ name: 'flv', item: 'egress-gb', amount: 3, door: 'flv' }),
    price({ name: 'later', item: 'ingest-gb', amount: 4 }),
    price({ name: 'last', item: 'ingest-gb', amount: 5 }),
    price({ name: 'hd', item: 'transcode-minute', amount: 6, template: 'hd' }),
  ]);
  it.each([
    ['the place first', { ...live, item: 'egress-gb', door: 'flv' }, 'app'],
    ['then the door', { ...live, app: 'other', item: 'egress-gb', door: 'flv' }, 'flv'],
    ['what is left', { ...live, app: 'other', item: 'egress-gb', door: 'hls' }, 'all'],
    ['of equals the later', { ...live, item: 'ingest-gb' }, 'last'],
    ['a template', { ...live, item: 'transcode-minute', template: 'hd' }, 'hd'],
    ['no other template', { ...live, item: 'transcode-minute', template: 'sd' }, undefined],
    ['nothing', { ...live, item: 'snapshot-1000' }, undefined],
  ] as const)('%s', (_, used, name) => {
    expect(prices.of(used)?.name).toBe(name);
  });
});

describe('billOf', () => {
  it('adds up by item, and tells of what has no price', () => {
    const prices = new PriceList([price({ item: 'egress-gb', amount: 0.5, match: { app: 'live' } })]);
    const bill = billOf(
      [
        { ...live, item: 'egress-gb', quantity: 3 },
        { ...live, app: 'other', item: 'egress-gb', quantity: 4 },
        { ...live, item: 'recorded-gb', quantity: 0 },
      ],
      prices,
    );
    expect(bill).toEqual({ amount: 1.5, lines: [{ item: 'egress-gb', quantity: 7, unpriced: 4, amount: 1.5 }] });
  });
});

describe('plannedQuantities', () => {
  it('is viewers by bitrate by hours, each rendition by its share', () => {
    const plan = objectSchemas.estimates.parse({
      ...{ name: 'e', viewers: 1000, hours: 2, bitrateKbps: 4000, recordedCopies: 1, snapshots: 500 },
      rungs: [{ template: 'sd', bitrateKbps: 1000, viewersPercent: 75 }],
      ...{ from: '2026-05-15T12:00:00Z', until: '2026-05-15T14:00:00Z' },
    }) as EstimateRule;
    const quantities = Object.fromEntries(plannedQuantities(plan).map(({ item, quantity }) => [item, quantity]));
    // 4 Mb/s for 2 h are 3.6 GB, 1 Mb/s 0.9 GB.
    expect(quantities['ingest-gb']).toBeCloseTo(3.6);
    expect(quantities['egress-gb']).toBeCloseTo(250 * 3.6 + 750 * 0.9);
    expect(quantities).toMatchObject({ 'viewer-hour': 2000, 'transcode-minute': 120, 'snapshot-1000': 0.5 });
    expect(quantities['recorded-gb']).toBeCloseTo(3.6);
  });
});

/** Usage of two streams in one hour, as the database would tell of it. */
function usageOf(asked: UsageQuery[] = []) {
  const nothing = Object.fromEntries(
    [
      'egressBytes',
      'viewerSeconds',
      'requests',
      'ingestBytes',
      'transcodeSeconds',
      'recordedBytes',
      'timeShiftBytes',
      'snapshots',
    ].map((name) => [name, 0]),
  );
  return {
    points: async (query: UsageQuery) => {
      asked.push(query);
      const point = (more: object) => ({ at: NOON, ...live, ...nothing, ...more }) as unknown as UsagePoint;
      if (query.by.includes('door')) {
        return [point({ door: 'flv', egressBytes: 4e9 }), point({ stream: 'two', door: 'hls', egressBytes: 1e9 })];
      }
      if (query.by.includes('template')) return [point({ template: 'hd', transcodeSeconds: 600 })];
      // What the other questions tell of is in it, too, and must not count twice.
      return [point({ egressBytes: 5e9, transcodeSeconds: 600, ingestBytes: 2e9 })];
    },
  };
}

const PRICES = [
  price({ name: 'out', item: 'egress-gb', amount: 1 }),
  price({ name: 'in', item: 'ingest-gb', amount: 0.1 }),
  price({ name: 'hd', item: 'transcode-minute', amount: 0.2, template: 'hd' }),
];

describe('Costs', () => {
  const span = { from: NOON, to: NOON + HOUR_MS, grain: 'hour' } as const;

  it('bills each thing once', async () => {
    const costs = new Costs({ usage: usageOf(), prices: () => PRICES });
    const { amount, lines } = await costs.bill(span);
    expect(amount).toBeCloseTo(5 + 0.2 + 2);
    expect(lines.map(({ item }) => item)).toEqual(['ingest-gb', 'egress-gb', 'transcode-minute']);
    const bills = await costs.bills(span, ({ stream }) => stream);
    expect([...bills].map(([stream, bill]) => [stream, Math.round(bill.amount * 10) / 10])).toEqual([
      ['one', 6.2],
      ['two', 1],
    ]);
  });

  it('asks the database for exact names only, and looks at patterns itself', async () => {
    const asked: UsageQuery[] = [];
    const costs = new Costs({ usage: usageOf(asked), prices: () => PRICES });
    const { amount } = await costs.bill({ ...span, match: { domain: 'default', app: 'l*', stream: 'two' } });
    expect(amount).toBeCloseTo(1);
    expect(asked.map(({ domain, app, stream }) => [domain, app, stream])).toEqual(
      Array(3).fill(['default', undefined, 'two']),
    );
  });
});

describe('Spending', () => {
  const of = (budgets: readonly BudgetRule[], clock = { nowMs: NOON }) =>
    new Spending({
      costs: new Costs({ usage: usageOf(), prices: () => PRICES }),
      budgets: () => budgets,
      wallMs: () => clock.nowMs,
    });

  it('refuses what the budget says, where it counts, until its period is over', async () => {
    const clock = { nowMs: NOON };
    const spending = of([budget({ amount: 6, period: 'day', refuse: ['publishes'], match: { app: 'live' } })], clock);
    expect(spending.refusal(live, 'publishes')).toBeUndefined();
    await spending.look();
    expect(spending.refusal(live, 'publishes')).toBe(
      'the budget b of 6 a day is spent; raise it, or wait until 2026-05-16T00:00:00.000Z',
    );
    expect(spending.refusal(live, 'renditions')).toBeUndefined();
    expect(spending.refusal({ ...live, app: 'other' }, 'publishes')).toBeUndefined();
    clock.nowMs = Date.parse('2026-05-16T00:00:00Z');
    expect(spending.refusal(live, 'publishes')).toBeUndefined();
  });

  it('lets in while there is something left', async () => {
    const spending = of([budget({ amount: 8, refuse: ['publishes'] })]);
    await spending.look();
    expect(spending.states[0]?.spent).toBeCloseTo(7.2);
    expect(spending.refusal(live, 'publishes')).toBeUndefined();
  });
});

it.each([
  ['day', '2026-12-31T23:59:59Z', '2026-12-31T00:00:00Z', '2027-01-01T00:00:00Z'],
  ['month', '2026-12-31T23:59:59Z', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
  ['month', '2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z'],
] as const)('a %s at %s', (period, now, from, to) => {
  expect(periodOf(period, Date.parse(now))).toEqual({ from: Date.parse(from), to: Date.parse(to) });
});
