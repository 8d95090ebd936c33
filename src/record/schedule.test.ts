import { describe, expect, it } from 'vitest';
import { isOpenAt } from './schedule.ts';

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const at = (text: string) => Date.parse(text);

describe('isOpenAt', () => {
  // 2026-11-30 is a Monday.
  it.each([
    ['before it', '2026-11-30T17:59:59.999Z', false],
    ['at its beginning', '2026-11-30T18:00:00Z', true],
    ['inside', '2026-11-30T20:29:59.999Z', true],
    ['at its end', '2026-11-30T20:30:00Z', false],
    ['on another day', '2026-12-01T19:00:00Z', false],
  ])('%s', (_, time, isOpen) => {
    expect(isOpenAt({ days: ['mon'], from: '18:00', to: '20:30', zone: 'UTC' }, at(time))).toBe(isOpen);
  });

  it.each([
    ['2026-11-29T23:30:00Z', false],
    ['2026-11-30T21:59:00Z', false],
    ['2026-11-30T22:00:00Z', true],
    ['2026-12-01T01:59:59Z', true],
    ['2026-12-01T02:00:00Z', false],
    ['2026-12-01T22:30:00Z', false],
  ])('over midnight it is of the day on which it began: %s', (time, isOpen) => {
    expect(isOpenAt({ days: ['mon'], from: '22:00', to: '02:00', zone: 'UTC' }, at(time))).toBe(isOpen);
  });

  it('over midnight, from Sunday to Monday', () => {
    const window = { days: ['sun'], from: '22:00', to: '02:00', zone: 'UTC' } as const;
    expect(isOpenAt({ ...window, days: ['sun'] }, at('2026-11-30T01:00:00Z'))).toBe(true);
  });

  it('may be a whole day, with its first and its last minute', () => {
    const window = { days: [...WEEK], from: '00:00', to: '24:00', zone: 'Europe/Berlin' };
    for (const time of ['2026-11-29T23:00:00Z', '2026-11-30T22:59:59.999Z'])
      expect(isOpenAt(window, at(time))).toBe(true);
  });

  it.each([
    ['in winter', 'Europe/Berlin', '2026-12-07T17:00:00Z', true],
    ['in winter, an hour before', 'Europe/Berlin', '2026-12-07T16:59:59Z', false],
    ['in summer', 'Europe/Berlin', '2026-07-06T16:00:00Z', true],
    ['on the day before by UTC', 'Pacific/Auckland', '2026-12-07T05:00:00Z', true],
    ['on the day after by UTC', 'America/Los_Angeles', '2026-12-08T02:00:00Z', true],
    ['with half hours', 'Asia/Kolkata', '2026-12-07T12:30:00Z', true],
  ])('goes by the clock of its zone: %s', (_, zone, time, isOpen) => {
    expect(isOpenAt({ days: ['mon'], from: '18:00', to: '19:00', zone }, at(time))).toBe(isOpen);
  });

  it('is shorter or longer where clocks are set', () => {
    const open = (from: string, to: string, times: readonly string[]) =>
      times.map((time) => isOpenAt({ days: [...WEEK], from, to, zone: 'Europe/Berlin' }, at(time)));
    // 02:00 became 03:00 at 01:00 UTC.
    expect(open('02:30', '03:30', ['2026-03-29T00:59:59Z', '2026-03-29T01:00:00Z', '2026-03-29T01:30:00Z'])).toEqual([
      false,
      true,
      false,
    ]);
    // 03:00 became 02:00 at 01:00 UTC.
    expect(open('02:30', '02:45', ['2026-10-25T00:30:00Z', '2026-10-25T01:00:00Z', '2026-10-25T01:30:00Z'])).toEqual([
      true,
      false,
      true,
    ]);
  });
});
