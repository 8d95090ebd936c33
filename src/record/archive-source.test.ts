import { describe, expect, it } from 'vitest';
import { archivedSegment } from '../../test/support/archive.ts';
import type { MemoryFor } from '../archive/index.ts';
import { archiveSource } from './archive-source.ts';

const ID = { domain: 'default', app: 'live', name: 'demo' };

describe('archiveSource', () => {
  it('gives two buffers in turn, greater ones where a segment needs it', async () => {
    const given: (Uint8Array | undefined)[] = [];
    const archive = {
      async bytes(_id: unknown, { sizeBytes }: { readonly sizeBytes: number }, memoryFor?: MemoryFor) {
        const memory = memoryFor?.(sizeBytes);
        given.push(memory);
        return memory?.subarray(0, sizeBytes) ?? new Uint8Array();
      },
    };
    const source = archiveSource(archive, ID);
    for (const [index, sizeBytes] of [1000, 900, 1100, 900, 5000, 900].entries()) {
      const bytes = await source.bytes(archivedSegment({ number: index + 1, sizeBytes }));
      expect(bytes).toHaveLength(sizeBytes);
    }
    const [first, second, third, fourth, fifth, sixth] = given;
    expect([third, fourth, sixth]).toEqual([first, second, second]);
    expect([third === first, fourth === second, sixth === second, fifth === third]).toEqual([true, true, true, false]);
    expect(first).not.toBe(second);
  });
});
