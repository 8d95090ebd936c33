import { describe, expect, it } from 'vitest';
import { Holding } from './holding.ts';

const never = () => false;

describe('Holding', () => {
  it('counts only what is so without a pause', () => {
    const holding = new Holding();
    holding.note(new Set(['a']), 0, never);
    holding.note(new Set(['a']), 900, never);
    expect(holding.hasHeld('a', 1000, 900)).toBe(false);
    holding.note(new Set(), 950, never);
    holding.note(new Set(['a']), 1000, never);
    expect(holding.hasHeld('a', 1000, 1900)).toBe(false);
    expect(holding.hasHeld('a', 1000, 2000)).toBe(true);
  });

  it('changes nothing while it cannot be told', () => {
    const holding = new Holding();
    holding.note(new Set(['a']), 0, never);
    holding.note(new Set(), 500, () => true);
    expect(holding.hasHeld('a', 1000, 1000)).toBe(true);
    expect(holding.hasBeenWell('a', 0, 1000)).toBe(false);
  });

  it('calls an alarm well after so long without a pause', () => {
    const holding = new Holding();
    holding.note(new Set(), 0, never);
    expect(holding.hasBeenWell('a', 1000, 0)).toBe(false);
    holding.note(new Set(['a']), 500, never);
    expect(holding.hasBeenWell('a', 1000, 500)).toBe(false);
    holding.note(new Set(), 600, never);
    expect([holding.hasBeenWell('a', 1000, 600), holding.hasBeenWell('a', 1000, 1599)]).toEqual([false, false]);
    expect(holding.hasBeenWell('a', 1000, 1600)).toBe(true);
  });
});
