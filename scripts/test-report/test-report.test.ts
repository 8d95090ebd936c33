import { describe, expect, it } from 'vitest';
import { longestFiles, type Report, tallyOf, verdictOf, withSecondRun, worthAnotherRun } from './test-report.ts';

const report = (...files: (readonly [status: string, ...tests: string[]])[]): Report => ({
  testResults: files.map(([status, ...tests]) => ({
    name: 'a.test.ts',
    status,
    assertionResults: tests.map((each) => ({ status: each })),
  })),
});

const cases: readonly (readonly [
  what: string,
  Report | undefined,
  exitCode: number,
  before: string[],
  verdict: string,
])[] = [
  ['tests that passed', report(['passed', 'passed', 'passed']), 0, [], '2 passed, 0 failed'],
  ['skipped ones', report(['passed', 'passed', 'pending', 'todo', 'skipped']), 0, [], '1 passed, 0 failed, 3 skipped'],
  ['a failed one', report(['failed', 'passed', 'failed'], ['passed', 'passed']), 1, [], '2 passed, 1 failed'],
  ['a file that does not load', report(['failed'], ['passed', 'passed']), 1, [], '1 passed, 1 failed'],
  ['a broken hook', report(['failed', 'skipped']), 1, [], '0 passed, 2 failed, 1 skipped'],
  ['an error outside of tests', report(['passed', 'passed']), 1, [], '1 passed, 1 failed'],
  ['no tests at all', report(), 0, [], '0 passed, 1 failed'],
  ['nothing but skipped ones', report(['passed', 'skipped']), 0, [], '0 passed, 1 failed, 1 skipped'],
  ['no report', undefined, 137, [], '0 passed, 1 failed'],
  ['a step that failed before', report(['passed', 'passed']), 0, ['npm run check'], '1 passed, 1 failed'],
];

describe('tallyOf', () => {
  it.each(cases)('counts %s', (_, from, exitCode, before, verdict) => {
    expect(verdictOf(tallyOf(from, exitCode, before))).toBe(verdict);
  });
});

describe('worthAnotherRun', () => {
  const failing = (...names: string[]): Report => ({
    testResults: names.map((name) => ({ name, status: 'failed', assertionResults: [{ status: 'failed' }] })),
  });

  it.each([
    ['a file of the system', failing('/x/test/system/a.test.ts'), ['/x/test/system/a.test.ts']],
    ['none beside a failed unit', failing('/x/test/system/a.test.ts', '/x/src/live/b.test.ts'), []],
    ['none of many', failing(...Array.from({ length: 5 }, (_, n) => `/x/test/system/${n}.test.ts`)), []],
    ['none where all passed', report(['passed', 'passed']), []],
    ['none without a report', undefined, []],
  ])('is %s', (_, from, files) => {
    expect(worthAnotherRun(from)).toEqual(files);
  });
});

describe('longestFiles', () => {
  it('names those of a minute and more, the longest first', () => {
    const file = (name: string, seconds: number) => ({
      ...{ name, status: 'passed', assertionResults: [] },
      ...{ startTime: 1000, endTime: 1000 + seconds * 1000 },
    });
    expect(longestFiles({ testResults: [file('a', 59), file('b', 61), file('c', 90.4)] })).toEqual([
      '90 s: c',
      '61 s: b',
    ]);
    expect(longestFiles(undefined)).toEqual([]);
  });
});

describe('withSecondRun', () => {
  it('believes the second run of a file, and the first of others', () => {
    const file = (name: string, status: string) => ({ name, status, assertionResults: [{ status }] });
    const first = { testResults: [file('a', 'failed'), file('b', 'passed'), file('c', 'failed')] };
    const both = withSecondRun(first, { testResults: [file('a', 'passed'), file('c', 'failed')] });
    expect(verdictOf(tallyOf(both, 1, []))).toBe('2 passed, 1 failed');
  });
});
