import { describe, expect, it } from 'vitest';
import { type BudgetRule, objectSchemas } from '../../rules/index.ts';
import { budgets } from './budgets.ts';

const TO = Date.parse('2026-06-01T00:00:00Z');

function look(spent: number, given: object = {}) {
  const budget = objectSchemas.budgets.parse({ name: 'events', amount: 500, ...given }) as BudgetRule;
  return budgets({ budgets: () => [{ budget, spent, to: TO }], currency: 'EUR' }).look();
}

describe('BUDGET_NEAR', () => {
  it('is seen from alertPercent on', () => {
    expect(look(399.99)).toEqual([]);
    expect(look(400)).toMatchObject([{ code: 'BUDGET_NEAR', subject: { kind: 'budget', name: 'events' } }]);
    expect(look(400, { alertPercent: 90 })).toEqual([]);
  });

  it.each([
    [412.509, [], 'The budget events has spent 412.5 of 500 EUR this month; nothing is refused.'],
    [
      499.999,
      ['publishes'],
      'The budget events has spent 499.99 of 500 EUR this month; once it is spent, new publishes are refused until 2026-06-01T00:00:00.000Z.',
    ],
    [
      500,
      ['publishes', 'renditions'],
      'The budget events has spent 500 of 500 EUR this month: new publishes and renditions are refused until 2026-06-01T00:00:00.000Z.',
    ],
  ])('says what is spent and refused at %d', (spent, refuse, sentence) => {
    expect(look(spent, { refuse })).toMatchObject([{ sentence }]);
  });

  it('is of the domain that the budget names, so that those see it who may see that', () => {
    expect(look(500, { match: { domain: 'a.example' } })?.[0]?.subject.domain).toBe('a.example');
    expect(look(500)?.[0]?.subject).not.toHaveProperty('domain');
  });

  it('leaves everything as it is until budgets were looked up', () => {
    expect(budgets({ budgets: () => undefined, currency: 'EUR' }).look()).toBeUndefined();
  });
});
