import { describe, expect, it } from 'vitest';
import { advance, checkSteps, type GraphStep } from './graph.ts';
import type { NewStep } from './job.ts';

const asked = (name: string, after: readonly string[] = []): NewStep => ({ name, action: 'echo', input: {}, after });
const step = (
  name: string,
  state: GraphStep['state'],
  after: readonly string[] = [],
  runsAlways = false,
): GraphStep => ({
  ...{ name, state, after, runsAlways },
});

describe('checkSteps', () => {
  it.each<[string, readonly NewStep[], readonly string[], RegExp]>([
    ['none', [], [], /no step/],
    ['a name twice', [asked('a'), asked('a')], [], /a is there twice/],
    ['a name that is known', [asked('a')], ['a'], /a is there twice/],
    ['a name with a slash', [asked('a/b')], [], /"a\/b" is none/],
    ['an unknown one before', [asked('a', ['b'])], [], /comes after b, which there is not/],
    ['one after itself', [asked('a', ['a'])], [], /a comes after itself/],
    [
      'a circle behind a good one',
      [asked('a'), asked('b', ['a', 'd']), asked('c', ['b']), asked('d', ['c'])],
      [],
      /b comes/,
    ],
    ['half an attempt', [{ ...asked('a'), maxAttempts: 0.5 }], [], /maxAttempts/],
  ])('refuses %s', (_what, steps, known, message) => {
    expect(() => checkSteps(steps, known)).toThrow(message);
  });

  it('takes a graph in any order, and one that follows known steps', () => {
    expect(() => checkSteps([asked('d', ['b', 'c']), asked('c', ['a']), asked('b', ['a']), asked('a')])).not.toThrow();
    expect(() => checkSteps([asked('b', ['a'])], ['a'])).not.toThrow();
  });

  it('takes thousands of steps in no time', () => {
    const chain = Array.from({ length: 9_999 }, (_, n) => asked(`s${n}`, n === 0 ? [] : [`s${n - 1}`]));
    expect(() => checkSteps(chain)).not.toThrow();
  });
});

describe('advance', () => {
  it('lets those run whose predecessors have succeeded', () => {
    const steps = [step('a', 'succeeded'), step('b', 'waiting', ['a']), step('c', 'waiting', ['a', 'b'])];
    expect(advance(steps)).toEqual({ ready: ['b'], skipped: [], isOver: false });
  });

  it('skips all that comes after a failure, whatever their order, and is over then', () => {
    const steps = [
      step('c', 'waiting', ['b']),
      step('b', 'waiting', ['a', 'x']),
      step('a', 'failed'),
      step('x', 'succeeded'),
    ];
    expect(advance(steps)).toEqual({ ready: [], skipped: ['b', 'c'], isOver: true });
  });

  it('goes on beside a failure', () => {
    const steps = [step('a', 'failed'), step('b', 'pending'), step('c', 'waiting', ['b'])];
    expect(advance(steps)).toEqual({ ready: [], skipped: [], isOver: false });
  });

  it('lets what always runs run once all before it has ended in whatever way', () => {
    const cleanup = step('cleanup', 'waiting', ['b', 'c'], true);
    const failed = [step('a', 'failed'), step('b', 'waiting', ['a']), cleanup];
    expect(advance([...failed, step('c', 'pending')]).ready).toEqual([]);
    expect(advance([...failed, step('c', 'cancelled')])).toEqual({ ready: ['cleanup'], skipped: ['b'], isOver: false });
  });

  it('does not clean up while something before a skipped step is still at work', () => {
    const steps = [
      step('piece-1', 'failed'),
      step('piece-2', 'pending'),
      step('merge', 'waiting', ['piece-1', 'piece-2']),
      step('look', 'waiting', ['merge']),
      step('cleanup', 'waiting', ['look'], true),
    ];
    expect(advance(steps)).toEqual({ ready: [], skipped: ['merge', 'look'], isOver: false });
    const later = steps.map((each) => (each.name === 'piece-2' ? { ...each, state: 'succeeded' as const } : each));
    expect(advance(later).ready).toEqual(['cleanup']);
  });
});
