import { describe, expect, it } from 'vitest';
import { askedSpan } from './kept-previews.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const NOON = Date.UTC(2026, 10, 29, 12);

describe('askedSpan', () => {
  it.each([MINUTE, 30 * MINUTE, 6 * 60 * MINUTE, DAY, 30 * DAY])(
    'of %d ms holds all of it and little else',
    (length) => {
      const shown = { startMs: NOON - length, endMs: NOON };
      const asked = askedSpan(shown, 0);
      expect(asked.startMs).toBeLessThanOrEqual(shown.startMs);
      expect(asked.endMs).toBeGreaterThanOrEqual(shown.endMs);
      expect(asked.endMs - asked.startMs).toBeLessThanOrEqual(1.5 * length);
    },
  );

  it('seldom changes while a bar moves on', () => {
    const asked = Array.from({ length: 600 }, (_, second) => {
      const endMs = NOON + second * 1000;
      return JSON.stringify(askedSpan({ startMs: endMs - 30 * MINUTE, endMs }, 0));
    });
    expect(new Set(asked).size).toBeLessThanOrEqual(5);
  });

  it('does not reach back to what may be gone meanwhile', () => {
    const asked = askedSpan({ startMs: NOON - DAY, endMs: NOON }, NOON - DAY);
    expect(asked.startMs - (NOON - DAY)).toBeGreaterThan(30_000);
    expect(asked.startMs - (NOON - DAY)).toBeLessThan(2 * MINUTE);
  });
});
