import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bySpecificity, compareMatches, comparePatterns, matchesPattern, matchesSubject } from './match.ts';

const letter = fc.constantFrom('a', 'b', '.', '/');
const text = fc.string({ unit: letter, maxLength: 12 });
const pattern = fc.string({ unit: fc.oneof(letter, fc.constant('*')), minLength: 1, maxLength: 12 });
const match = fc.record({ domain: pattern, app: pattern, stream: pattern });

const escaped = (each: string) => each.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

describe('matchesPattern', () => {
  it.each([
    ['*', '', true],
    ['*', 'a/b.c', true],
    ['live', 'live', true],
    ['live', 'live2', false],
    ['live', 'Live', false],
    ['live*', 'live', true],
    ['live*', 'live/a', true],
    ['live*', 'liv', false],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['a*b*c', 'aXbXbXc', true],
    ['a*b*c', 'aXbXcX', false],
    ['**', 'x', true],
    ['a.c', 'abc', false],
  ])('%s on "%s" is %s', (each, subject, expected) => expect(matchesPattern(each, subject)).toBe(expected));

  it('agrees with a regular expression', () => {
    fc.assert(
      fc.property(pattern, text, (each, subject) => {
        const expression = new RegExp(`^${each.split('*').map(escaped).join('[^]*')}$`);
        expect(matchesPattern(each, subject)).toBe(expression.test(subject));
      }),
      { numRuns: 3000 },
    );
  });

  it('is not slow on patterns made to be slow', () => {
    expect(matchesPattern(`${'a*'.repeat(500)}b`, 'a'.repeat(1000))).toBe(false);
  });
});

describe('comparePatterns', () => {
  it('goes from * to exact', () => {
    const ordered = ['*', '*m', '*e.com', 'l*', 'li*', 'li*e', 'x', 'live'];
    expect(ordered.toReversed().sort(comparePatterns)).toEqual(ordered);
  });
});

describe('matchesSubject', () => {
  it.each([
    [{ domain: 'A.com', app: '*', stream: '*' }, true],
    [{ domain: '*', app: 'live', stream: '*' }, true],
    [{ domain: '*', app: 'LIVE', stream: '*' }, false],
    [{ domain: '*', app: '*', stream: 's2' }, false],
  ])('%j is %s', (each, expected) => {
    expect(matchesSubject(each, { domain: 'a.COM', app: 'live', stream: 's1' })).toBe(expected);
  });
});

describe('compareMatches', () => {
  const sign = (value: number) => Math.sign(value) + 0;

  it('is an order: antisymmetric and transitive', () => {
    fc.assert(
      fc.property(match, match, match, (a, b, c) => {
        expect(sign(compareMatches(a, b))).toBe(sign(-compareMatches(b, a)));
        if (compareMatches(a, b) <= 0 && compareMatches(b, c) <= 0) expect(compareMatches(a, c)).toBeLessThanOrEqual(0);
        expect(compareMatches(a, a)).toBe(0);
      }),
    );
  });

  it('lets an exact domain win over any app, and an exact app over any stream', () => {
    fc.assert(
      fc.property(match, match, (a, b) => {
        expect(compareMatches({ ...a, domain: 'x' }, { ...b, domain: `${b.domain}*` })).toBeGreaterThan(0);
        const inOneDomain = compareMatches({ ...a, domain: 'x', app: 'y' }, { ...b, domain: 'x', app: `${b.app}*` });
        expect(inOneDomain).toBeGreaterThan(0);
      }),
    );
  });

  it('ranks exact over prefix over *, at every place', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/);
    fc.assert(
      fc.property(word, fc.nat(8), (name, length) => {
        const prefix = `${name.slice(0, Math.max(1, length))}*`;
        expect(comparePatterns(name, prefix)).toBeGreaterThan(0);
        expect(comparePatterns(prefix, '*')).toBeGreaterThan(0);
      }),
    );
  });
});

describe('bySpecificity', () => {
  it('is stable: of equals the later stays later', () => {
    fc.assert(
      fc.property(fc.array(match), (matches) => {
        const sorted = bySpecificity(matches.map((each, index) => ({ match: each, index })));
        for (const [at, right] of sorted.entries()) {
          const left = sorted[at - 1];
          if (left === undefined) continue;
          const order = compareMatches(left.match, right.match);
          expect(order < 0 || (order === 0 && left.index < right.index)).toBe(true);
        }
      }),
    );
  });
});
