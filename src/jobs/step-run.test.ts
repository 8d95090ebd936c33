import { describe, expect, it } from 'vitest';
import { JobError } from './job-error.ts';
import type { StepRow } from './step-queue.ts';
import { failureOf, StepAttempt } from './step-run.ts';

describe('failureOf', () => {
  it('takes code, message and remedy from whatever has them, and whether another try can help', () => {
    expect(failureOf(new JobError('A', 'it is so', 'Do that.'))).toEqual({
      ...{ failure: { code: 'A', message: 'it is so. Do that.' }, isFinal: true },
    });
    const like = Object.assign(new Error('it is so.'), { code: 'B', remedy: 'Wait.' });
    expect(failureOf(like)).toEqual({ failure: { code: 'B', message: 'it is so. Wait.' }, isFinal: false });
  });

  it.each([new TypeError('odd'), Object.assign(new Error('odd'), { code: 'ENOENT' }), 'odd'])(
    'calls %s internal, for another try',
    (error) => {
      expect(failureOf(error)).toEqual({ failure: { code: 'INTERNAL', message: 'odd' }, isFinal: false });
    },
  );
});

describe('StepAttempt', () => {
  it('keeps the last two hundred lines, of earlier attempts, too, each of one line', () => {
    const attempt = new StepAttempt({ log: Array.from({ length: 199 }, (_, n) => `old ${n}`) } as unknown as StepRow);
    for (const text of ['a\nb', 'c'.repeat(5_000)]) attempt.say(text);
    expect(attempt.lines).toHaveLength(200);
    expect(attempt.lines[0]).toBe('old 1');
    expect(attempt.lines.at(-2)).toMatch(/Z a b$/);
    expect(attempt.lines.at(-1)!.length).toBeLessThan(1_100);
    expect(attempt.takeNews()?.lines).toHaveLength(200);
    expect(attempt.takeNews()).toBeUndefined();
  });
});
