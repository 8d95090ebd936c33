import { expect, it } from 'vitest';
import type { Billed } from '../cost/index.ts';
import { showCost } from './show-cost.ts';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-05-15T12:00:30Z');
const KEEP = { minuteDays: 8, fiveMinuteDays: 32, hourDays: 400 };
const SHOW = { domain: 'default', app: 'live', stream: 'one', startedAtMs: NOW - 90_000 };

function asking(bill: (billed: Billed) => Promise<{ amount: number; lines: [] }>, isPriced = true) {
  return showCost({ costs: { isPriced, bill }, keep: KEEP, currency: 'EUR', wallMs: () => NOW });
}

it.each([
  [0, 'minute', '2026-05-15T11:59:00Z'],
  [9, 'five-minutes', '2026-05-06T11:55:00Z'],
  [40, 'hour', '2026-04-05T11:00:00Z'],
] as const)('bills a show of %d days ago by the %s', async (days, grain, from) => {
  const asked: Billed[] = [];
  const costOf = asking(async (billed) => {
    asked.push(billed);
    return { amount: 3, lines: [] };
  });
  const startedAtMs = SHOW.startedAtMs - days * DAY_MS;
  const endedAtMs = startedAtMs + 60_000;
  expect(await costOf({ ...SHOW, startedAtMs, endedAtMs })).toEqual({ amount: 3, currency: 'EUR' });
  const { startedAtMs: _, ...match } = SHOW;
  expect(asked).toEqual([{ from: Date.parse(from), to: endedAtMs, grain, match }]);
});

it('knows no cost without prices or a database', async () => {
  expect(await asking(async () => ({ amount: 3, lines: [] }), false)(SHOW)).toBeNull();
  expect(await asking(() => Promise.reject(new Error('away')))(SHOW)).toBeNull();
});
