import { describe, expect, it } from 'vitest';
import { type Candidate, type Choice, chooseSteps, type Running } from './choose-steps.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
let lastId = 0;

const some = (count: number, fields: Partial<Candidate> = {}): Candidate[] =>
  Array.from({ length: count }, () => {
    const id = ++lastId;
    const usual = {
      pipeline: 'p',
      submitter: 'ann',
      isBackfill: false,
      priority: 6,
      readyAtMs: NOW,
      jobCreatedAtMs: NOW,
    };
    return { id, jobId: `job-${id}`, ...usual, ...fields };
  });
const running = (count: number, fields: Partial<Running> = {}): Running => ({
  ...{ pipeline: 'p', submitter: 'ann', isBackfill: false, count },
  ...fields,
});
const choose = (candidates: readonly Candidate[], fields: Partial<Choice> = {}) =>
  chooseSteps({
    ...{ candidates, running: [], pipelines: [{ id: 'p', quota: 100 }] },
    ...{ servedAtMs: new Map(), nowMs: NOW, limit: 10 },
    ...fields,
  });
const whose = (chosen: readonly Candidate[]) => chosen.map(({ submitter }) => submitter).join(' ');

describe('chooseSteps', () => {
  it('takes the higher priority first, then the older job', () => {
    const [low, high, older] = [
      ...some(1, { priority: 3 }),
      ...some(1, { priority: 9 }),
      ...some(1, { priority: 3, jobCreatedAtMs: NOW - 1 }),
    ];
    expect(choose([low!, high!, older!])).toEqual([high, older, low]);
  });

  it('shares out between submitters however much each has', () => {
    expect(whose(choose([...some(50), ...some(3, { submitter: 'bob' })], { limit: 8 }))).toBe(
      'ann bob ann bob ann bob ann ann',
    );
  });

  it('counts what runs already, and then who was served longest ago', () => {
    const both = [...some(5), ...some(5, { submitter: 'bob' })];
    expect(whose(choose(both, { running: [running(2)], limit: 5 }))).toBe('bob bob ann bob ann');
    const servedAtMs = new Map([
      ['ann', NOW - 10],
      ['bob', NOW - 20],
    ]);
    expect(whose(choose(both, { servedAtMs, limit: 2 }))).toBe('bob ann');
  });

  it('begins no more than the quota leaves, in each pipeline', () => {
    const candidates = [...some(5), ...some(5, { pipeline: 'q', submitter: 'bob' })];
    const pipelines = [
      { id: 'p', quota: 3 },
      { id: 'q', quota: 1 },
    ];
    const chosen = choose(candidates, { pipelines, running: [running(2)] });
    expect(chosen.map(({ pipeline }) => pipeline).sort()).toEqual(['p', 'q']);
    expect(choose(candidates, { pipelines: [] })).toEqual([]);
  });

  it('holds each submitter to a share where the pipeline has one', () => {
    const pipelines = [{ id: 'p', quota: 10, submitterQuota: 2 }];
    const chosen = choose([...some(5), ...some(5, { submitter: 'bob' })], { pipelines, running: [running(1)] });
    expect(whose(chosen)).toBe('bob ann bob');
  });

  it('leaves half of the quota to what is no backfill, and lets one through a quota of one', () => {
    const bulk = some(5, { isBackfill: true });
    expect(choose(bulk, { pipelines: [{ id: 'p', quota: 5 }] })).toHaveLength(2);
    expect(choose(bulk, { pipelines: [{ id: 'p', quota: 1 }] })).toHaveLength(1);
    const mixed = [...bulk, ...some(5, { submitter: 'bob' })];
    const chosen = choose(mixed, { pipelines: [{ id: 'p', quota: 6 }] });
    expect(chosen.filter(({ isBackfill }) => isBackfill)).toHaveLength(3);
    expect(chosen).toHaveLength(6);
  });

  it('lets whoever was not served rise until they are, and not because their line is long', () => {
    const urgent = some(9, { priority: 10 });
    const patient = (minutes: number) => some(1, { submitter: 'bob', priority: 1, readyAtMs: NOW - minutes * MINUTE });
    const servedAtMs = new Map([['ann', NOW - 10]]);
    expect(whose(choose([...urgent, ...patient(8)], { servedAtMs, limit: 1 }))).toBe('ann');
    expect(whose(choose([...urgent, ...patient(9)], { servedAtMs, limit: 1 }))).toBe('bob');
    const longLine = some(9, { readyAtMs: NOW - 60 * MINUTE });
    const newcomer = some(1, { submitter: 'bob' });
    expect(whose(choose([...longLine, ...newcomer], { servedAtMs, running: [running(1)], limit: 1 }))).toBe('bob');
  });

  it('lets an old step of a busy submitter rise before its newer and more urgent ones', () => {
    const [old] = some(1, { priority: 1, readyAtMs: NOW - 10 * MINUTE });
    expect(choose([...some(5, { priority: 10 }), old!], { limit: 1 })).toEqual([old]);
  });
});
