import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './retry-delay.ts';
import type { TroubleState } from './watch-state.ts';

const waiting: TroubleState = { kind: 'waiting', because: 'not-live' };
const refused: TroubleState = { kind: 'refused', refusal: { reason: 'no' } };

describe('retryDelayMs', () => {
  it.each<[TroubleState, number, number]>([
    [waiting, 0, 500],
    [waiting, 3, 3000],
    [waiting, 100, 8000],
    [refused, 0, 30_000],
    [{ kind: 'error', sentence: 'a', remedy: 'b' }, 0, 30_000],
    [{ kind: 'error', sentence: 'a' }, 0, 500],
    [{ kind: 'ended' }, 1, 1000],
  ])('%j at try %i waits about %i ms', (state, attempt, delay) => {
    expect(retryDelayMs(state, attempt, 0.5)).toBe(delay);
  });

  it('stays within a fifth of its step', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
        const middle = retryDelayMs(waiting, attempt, 0.5);
        const delay = retryDelayMs(waiting, attempt, chance);
        return delay >= middle * 0.8 - 1 && delay <= middle * 1.2 + 1;
      }),
    );
  });
});
