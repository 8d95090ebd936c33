import { describe, expect, it } from 'vitest';
import { recently, SharedAnswers } from './shared-answers.ts';

describe('recently', () => {
  it('makes it once a second while nothing changes, and at once when something does', () => {
    let [made, nowMs, change] = [0, 0, 0];
    const take = recently({ make: () => ++made, nowMs: () => nowMs, changes: () => change });
    expect([take(), take()]).toEqual([1, 1]);
    nowMs += 999;
    expect(take()).toBe(1);
    nowMs += 1;
    expect([take(), take()]).toEqual([2, 2]);
    change++;
    expect([take(), take()]).toEqual([3, 3]);
  });
});

describe('SharedAnswers', () => {
  it('gives the same object to all who ask the same of the same source, and another to others', () => {
    const answers = new SharedAnswers<{ of: string }>();
    const first = answers.of(1, 'admin', () => ({ of: 'admin' }));
    expect(answers.of(1, 'admin', () => ({ of: 'nobody' }))).toBe(first);
    expect(answers.of(1, 'monitor', () => ({ of: 'monitor' }))).toEqual({ of: 'monitor' });
    expect(answers.of(2, 'admin', () => ({ of: 'later' }))).toEqual({ of: 'later' });
    expect(Object.isFrozen(first)).toBe(true);
  });
});
