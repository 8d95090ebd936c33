import { describe, expect, it } from 'vitest';
import { ClipWork } from './clip-work.ts';

describe('ClipWork', () => {
  it('makes two at once, the others in turn, and refuses who is too many', async () => {
    const work = new ClipWork({ atOnce: 2, maxWaiting: 2 });
    const tickets = Array.from({ length: 4 }, () => work.enter());
    expect(() => work.enter()).toThrow(expect.objectContaining({ code: 'CLIPS_BUSY', status: 503 }));
    const owed = work.enter({ isOwed: true });
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const make = (n: number) => async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(n);
      running--;
      if (n === 1) throw new Error('failed');
    };
    const all = await Promise.allSettled([...tickets, owed].map((ticket, n) => ticket.run(make(n))));
    expect([most, order]).toEqual([2, [0, 1, 2, 3, 4]]);
    expect(all.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, true, true]);
    for (let n = 0; n < 4; n++) work.enter();
  });

  it('gives a place back once', () => {
    const work = new ClipWork({ atOnce: 1, maxWaiting: 0 });
    const first = work.enter();
    first.leave();
    first.leave();
    work.enter();
    expect(() => work.enter()).toThrow('1 clips');
  });
});
