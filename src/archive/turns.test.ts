import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('Turns', () => {
  it('lets so many work at once and the others in their order, whatever becomes of those before', async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const works = [0, 1, 2, 3, 4].map((index) =>
      turns.take(async () => {
        begun.push(index);
        await new Promise<void>((resolve) => ends.push(resolve));
        if (index === 1) throw new Error('failed');
        return index;
      }),
    );
    const settled = Promise.allSettled(works);
    const begunAfter = async (end: number) => {
      ends[end]?.();
      await new Promise((resolve) => setImmediate(resolve));
      return [...begun];
    };
    expect(await begunAfter(-1)).toEqual([0, 1]);
    expect(await begunAfter(1)).toEqual([0, 1, 2]);
    expect(await begunAfter(0)).toEqual([0, 1, 2, 3]);
    await begunAfter(2);
    await begunAfter(3);
    await begunAfter(4);
    expect((await settled).map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, true, true]);
  });
});
