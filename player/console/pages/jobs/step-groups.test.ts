import { describe, expect, it } from 'vitest';
import type { JobStep, StepState } from './read-jobs.ts';
import { groupSteps } from './step-groups.ts';

const step = (name: string, state: StepState, more: Partial<JobStep> = {}): JobStep => ({
  ...{ name, action: 'probe', after: [], state, percent: state === 'succeeded' ? 100 : 0 },
  ...{ attempts: 1, maxAttempts: 3, input: '{}', log: [], ...more },
});

describe('groupSteps', () => {
  it('puts what a step made with it, and what waits below', () => {
    const groups = groupSteps([
      step('merge', 'waiting', { after: ['cut', 'cut-00001'] }),
      step('cut-00002', 'running', { percent: 50 }),
      step('cut', 'succeeded', { action: 'foreach' }),
      step('cut-00001', 'succeeded'),
      step('other-00001', 'succeeded'),
    ]);
    expect(groups.map(({ step: { name }, parts, state }) => [name, parts.length, state])).toEqual([
      ['cut', 2, 'running'],
      ['other-00001', 0, 'succeeded'],
      ['merge', 0, 'waiting'],
    ]);
    expect(groups[0]?.percent).toBe(75);
    expect(groups[2]?.after).toEqual(['cut']);
  });

  it.each([
    [['succeeded', 'pending'], 'running'],
    [['pending', 'pending'], 'pending'],
    [['succeeded', 'failed'], 'failed'],
    [['succeeded', 'succeeded'], 'succeeded'],
    [['cancelled', 'succeeded'], 'cancelled'],
  ] as const)('of parts that are %j says %s', (states, said) => {
    const parts = states.map((state, index) => step(`cut-0000${index}`, state));
    expect(groupSteps([step('cut', 'succeeded', { action: 'foreach' }), ...parts])[0]?.state).toBe(said);
  });
});
