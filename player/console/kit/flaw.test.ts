import { describe, expect, it } from 'vitest';
import { jsonFlaw } from './flaw.ts';

describe('jsonFlaw', () => {
  it.each([
    ['{"a": 1}', undefined],
    ['{\n  "a": 1,\n  "b": x\n}', { line: 3, column: 8 }],
    ['{\n  "a": 1,\n', { line: 3, column: 1 }],
    ['{\n  "a": 1,\n}', { line: 3, column: 1 }],
    ['{"a": [1, {"b": "x"}]\n "c": 2}', { line: 2, column: 2 }],
    ['{"a": 1}\n;', { line: 2, column: 1 }],
    ['["a\nb"]', { line: 1, column: 2 }],
  ])('of %j is where it stands', (text, place) => {
    if (place === undefined) expect(jsonFlaw(text)).toBeUndefined();
    else expect(jsonFlaw(text)).toMatchObject(place);
  });
});
