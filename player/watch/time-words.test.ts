import { describe, expect, it } from 'vitest';
import { behindWords, clockWords, shortClockWords, ticksOf, zoomsFor } from './time-words.ts';

const HOUR = 3_600_000;
const at = (day: number, hour: number, minute = 0, second = 0) =>
  new Date(2026, 10, day, hour, minute, second).getTime();

describe('zoomsFor', () => {
  it.each([
    [600_000, []],
    [HOUR, ['30 min', 'All']],
    [30 * HOUR, ['30 min', '6 h', '24 h', 'All']],
  ])('%d ms', (lengthMs, words) => expect(zoomsFor(lengthMs).map((zoom) => zoom.words)).toEqual(words));
});

describe('behindWords', () => {
  it.each([
    [0, 'Live'],
    [499, 'Live'],
    [12_000, '−0:12'],
    [80_000, '−1:20'],
    [HOUR + 123_000, '−1:02:03'],
    [51 * HOUR, '−2 d 3 h'],
    [72 * HOUR, '−3 d'],
  ])('%d ms is %s', (behindMs, words) => expect(behindWords(behindMs)).toBe(words));
});

describe('clockWords', () => {
  it('leaves out the day where it is today', () => {
    expect(clockWords(at(25, 14, 5, 12), at(25, 23))).toBe('14:05:12');
    expect(shortClockWords(at(25, 14, 5, 12), at(25, 23))).toBe('14:05');
  });

  it('names another day', () => {
    expect(clockWords(at(25, 0, 0, 1), at(26, 0))).toBe('Wed 25 Nov, 00:00:01');
    expect(shortClockWords(at(25, 9), at(26, 0))).toBe('Wed 25 Nov, 09:00');
  });
});

describe('ticksOf', () => {
  const words = (startMs: number, endMs: number, most: number) =>
    ticksOf({ startMs, endMs }, most).map((tick) => tick.words);

  it('has round times', () => {
    expect(words(at(25, 14, 7), at(25, 14, 37), 4)).toEqual(['14:10', '14:20', '14:30']);
    expect(words(at(25, 14, 7, 5), at(25, 14, 7, 41), 4)).toEqual(['14:07:10', '14:07:20', '14:07:30', '14:07:40']);
  });

  it('names the day at midnight', () => {
    expect(words(at(25, 17), at(26, 7), 5)).toEqual(['18:00', '21:00', 'Thu 26', '03:00', '06:00']);
  });

  it('goes by days where there are many', () => {
    expect(words(at(20, 12), at(27, 12), 8)).toEqual([
      'Sat 21',
      'Sun 22',
      'Mon 23',
      'Tue 24',
      'Wed 25',
      'Thu 26',
      'Fri 27',
    ]);
    expect(ticksOf({ startMs: at(1, 0), endMs: at(30, 23) }, 4).length).toBeLessThanOrEqual(4);
  });

  it('is empty where there is no room', () => expect(words(at(20, 12), at(20, 13), 0)).toEqual([]));
});
