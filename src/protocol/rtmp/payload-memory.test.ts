import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PayloadMemory } from './payload-memory.ts';

describe('PayloadMemory', () => {
  it('gives every payload bytes of its own, of the length asked for', () => {
    const length = fc.oneof(fc.nat(100), fc.nat(20_000), fc.constantFrom(0, 4096, 16_384, 16_385, 65_536));
    fc.assert(
      fc.property(fc.array(length, { maxLength: 60 }), (lengths) => {
        const memory = new PayloadMemory();
        const taken = lengths.map((each, index) => memory.take(each).fill(index + 1));
        expect(taken.map((bytes) => bytes.length)).toEqual(lengths);
        expect(taken.every((bytes, index) => bytes.every((byte) => byte === index + 1))).toBe(true);
      }),
    );
  });

  it('puts short ones side by side in slabs that grow, and long ones alone', () => {
    const memory = new PayloadMemory();
    const slabs = new Set(Array.from({ length: 300 }, () => memory.take(1000).buffer));
    expect([...slabs].map(({ byteLength }) => byteLength)).toEqual([
      4096, 8192, 16_384, 32_768, 65_536, 65_536, 65_536, 65_536,
    ]);
    expect(memory.take(16_385).buffer.byteLength).toBe(16_385);
  });
});
