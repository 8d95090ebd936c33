import { describe, expect, it } from 'vitest';
import { spanText } from './span-text.ts';

describe('spanText', () => {
  it.each([
    [5, '5 s'],
    [-5, '5 s'],
    [600, '10 min'],
    [10_000, '3 h'],
    [864_000, '10 days'],
  ])('%d s is %s', (seconds, text) => expect(spanText(seconds)).toBe(text));
});
