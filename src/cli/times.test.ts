import { describe, expect, it } from 'vitest';
import { CliError } from './installation/index.ts';
import { durationMs, momentMs, secondsFromNow } from './times.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');

describe('durationMs', () => {
  it.each([
    ['90', 90_000],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['15m', 900_000],
    ['2d', 172_800_000],
    ['-60', -60_000],
    ['1w', undefined],
    ['', undefined],
    ['h', undefined],
  ])('reads %j', (text, ms) => expect(durationMs(text)).toBe(ms));
});

describe('secondsFromNow', () => {
  it.each([
    ['3600', 3600],
    ['1h', 3600],
    ['2026-01-02T03:05:05Z', 60],
    ['2026-01-02T03:03:05Z', -60],
  ])('takes %s', (text, seconds) => expect(secondsFromNow(text, NOW)).toBe(seconds));

  it.each(['soon', '2026', '2026-13-45'])('refuses %s or takes it as seconds', (text) => {
    if (text === '2026') expect(secondsFromNow(text, NOW)).toBe(2026);
    else expect(() => secondsFromNow(text, NOW)).toThrow(CliError);
  });
});

describe('momentMs', () => {
  it('goes back from now, or takes a date', () => {
    expect(momentMs('1h', NOW)).toBe(NOW - 3_600_000);
    expect(momentMs('2026-01-01T00:00:00Z', NOW)).toBe(Date.parse('2026-01-01T00:00:00Z'));
    expect(() => momentMs('yesterday', NOW)).toThrow(CliError);
  });
});
