import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { type Headwater, publishTestPicture, start, startHeadwater, testPictureArgs, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const RULES: RulesInput = {
  domains: [OPEN_DOMAIN],
  prices: [
    { name: 'out', item: 'egress-gb', amount: 1000 },
    { name: 'in', item: 'ingest-gb', amount: 100 },
  ],
  estimates: [
    {
      ...{ name: 'show', stream: 'one', viewers: 1, hours: 1, bitrateKbps: 400, door: 'flv' },
      ...{ from: '2020-01-01T00:00:00Z', until: '2100-01-01T00:00:00Z' },
    },
  ],
};

type Bill = { amount: number; lines: { item: string; quantity: number; amount: number }[] };

let server: Headwater;

beforeAll(async () => {
  server = await startHeadwater({ rules: RULES, env: { HEADWATER_USAGE_CURRENCY: 'EUR' } });
});

afterAll(() => server?.stop());

it('bills what was watched, and lets in no publisher once the budget is spent', async () => {
  const publisher = await publishTestPicture(server, 'live/one', { seconds: 300 });
  const viewer = await FlvViewer.open(`${server.playback}/live/one.flv`);
  try {
    // Usage is written down at the end of each minute.
    const costs = await until(
      'there is a cost',
      async () => {
        const answer = await server.api<Bill & { currency: string; rows: (Bill & { stream: string })[] }>(
          '/costs?by=stream',
        );
        return answer.amount > 0 ? answer : undefined;
      },
      150_000,
    );
    expect(costs).toMatchObject({ currency: 'EUR', rows: [{ stream: 'one', amount: costs.amount }] });
    const of = (item: string) => costs.lines.find((line) => line.item === item);
    expect(of('egress-gb')?.amount).toBeCloseTo((of('egress-gb')?.quantity ?? 0) * 1000, 9);
    expect(costs.amount).toBeCloseTo(of('egress-gb')!.amount + of('ingest-gb')!.amount, 9);

    const { sessions } = await server.api<{ sessions: { sessionId: string }[] }>('/history');
    // A minute that ends between two answers is in one of them.
    const compared = await until('report and estimate tell the same', async () => {
      const told = await server.api<{ estimated: Bill; actual: Bill }>('/costs/estimates/show');
      const report = await server.api<{ cost: { amount: number } }>(`/history/${sessions[0]?.sessionId}/report`);
      return report.cost.amount === told.actual.amount ? told : undefined;
    });
    // 400 kb/s for an hour are 0.18 GB, in and out.
    expect(compared.estimated.amount).toBeCloseTo(0.18 * 1000 + 0.18 * 100, 6);
    expect(compared.actual.amount).toBeGreaterThanOrEqual(costs.amount);

    const report = await server.api<{ cost: { currency: string } }>(`/history/${sessions[0]?.sessionId}/report`);
    expect(report.cost.currency).toBe('EUR');

    await server.setRules({ ...RULES, budgets: [{ name: 'tiny', amount: 0.001, refuse: ['publishes'] }] });
    await until('the budget is known to be spent', async () => {
      const { budgets } = await server.api<{ budgets: { spent: number }[] }>('/costs/budgets');
      return budgets.length === 1;
    });
    await until('the alarm is raised', async () => {
      const { alarms } = await server.api<{ alarms: { code: string; sentence: string }[] }>('/alarms');
      return alarms.some(
        ({ code, sentence }) => code === 'BUDGET_NEAR' && sentence.includes('new publishes are refused'),
      );
    });
    const second = start('ffmpeg', [...testPictureArgs({ seconds: 5 }), '-f', 'flv', server.pushUrl('live/two')]);
    expect(await second.exited).not.toBe(0);
    expect(`${second.stderr()} ${JSON.stringify(server.log())}`).toContain('budget tiny of 0.001 a month is spent');
    const { streams } = await server.api<{ streams: { name: string; state: string }[] }>('/streams');
    expect(streams.map(({ name, state }) => [name, state])).toEqual([['one', 'publishing']]);
    expect(viewer.isClosed).toBe(false);
  } finally {
    await viewer.close();
    await publisher.stop();
  }
});

it('estimates by the prices that there are', async () => {
  const body = JSON.stringify({ viewers: 100, hours: 2, bitrateKbps: 4000 });
  const headers = { 'content-type': 'application/json' };
  const answer = await server.api<Bill>('/costs/estimate', { method: 'POST', headers, body });
  expect(answer.amount).toBeCloseTo(100 * 3.6 * 1000 + 3.6 * 100, 6);
});
