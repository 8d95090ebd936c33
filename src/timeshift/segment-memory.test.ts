import { describe, expect, it } from 'vitest';
import { SegmentMemory } from './segment-memory.ts';

describe('SegmentMemory', () => {
  it('gives what came back to one only, where it fits', () => {
    const memory = new SegmentMemory(10_000);
    const first = memory.take(1000);
    expect(first.length).toBeGreaterThanOrEqual(1000);
    expect(memory.take(1000)).not.toBe(first);
    memory.give(first);
    expect(memory.take(2000)).not.toBe(first);
    expect(memory.take(100)).not.toBe(first);
    expect(memory.take(1100)).toBe(first);
    expect(memory.take(1100)).not.toBe(first);
  });

  it('keeps so much and no more', () => {
    const memory = new SegmentMemory(3000);
    const taken = [1000, 1000, 1000].map((sizeBytes) => memory.take(sizeBytes));
    for (const each of taken) memory.give(each);
    expect(memory.freeBytes).toBe(2500);
    expect([memory.take(1000), memory.take(1000)]).toEqual(taken.slice(1));
    expect(memory.freeBytes).toBe(0);
  });
});
