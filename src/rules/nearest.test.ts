import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['partMS', 'partMs', 0],
    ['rtpm', 'rtmp', 2],
  ])('of "%s" and "%s" is %i', (a, b, expected) => expect(editDistance(a, b)).toBe(expected));

  it('is a metric', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
      }),
    );
  });
});

describe('nearest', () => {
  it.each([
    ['prot', ['host', 'port'], 'port'],
    ['xyzzy', ['host', 'port'], undefined],
    ['a'.repeat(10_000), ['a'], undefined],
    ['any', [], undefined],
  ])('of %s', (name, candidates, expected) => expect(nearest(name, candidates)).toBe(expected));
});
