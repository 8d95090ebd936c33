import { describe, expect, it } from 'vitest';
import { chapterAt, localWords } from './clip-times.ts';

describe('localWords', () => {
  const at = (day: number, hour: number, second: number) => new Date(2026, 10, day, hour, 0, second).toISOString();

  it('says the day once', () => {
    expect(localWords(at(25, 14, 5), at(25, 14, 35))).toEqual({ from: '25 Nov 2026, 14:00:05', to: '14:00:35' });
  });

  it('says both days', () => {
    expect(localWords(at(25, 23, 50), at(26, 0, 10))).toEqual({
      from: '25 Nov 2026, 23:00:50',
      to: '26 Nov 2026, 00:00:10',
    });
  });

  it('leaves what is no time', () => expect(localWords('', at(25, 14, 5))).toBeUndefined());
});

describe('chapterAt', () => {
  it.each([
    [0, -1],
    [5, 0],
    [29.9, 0],
    [30, 1],
  ])('at %d s', (positionS, index) => expect(chapterAt([5, 30], positionS)).toBe(index));
});
