import { describe, expect, it } from 'vitest';
import { TestClock } from '../live/test-clock.ts';
import { Drain } from './drain.ts';

function drained(there: { publishers: number; viewers: number; asked?: number }) {
  const clock = new TestClock();
  const states: string[] = [];
  const did: string[] = [];
  const drain = new Drain({
    clock,
    doors: {
      publishers: () => there.publishers,
      askToReconnect: () => there.asked ?? 0,
      endPublishers: () => did.push(`end ${there.publishers} publishers`),
      viewers: () => there.viewers,
      endViewers: () => did.push(`end ${there.viewers} viewers`),
    },
    work: async () => ({ recordings: 1, uploads: 2, events: undefined }),
    onChange: (state) => states.push(state),
  });
  return { clock, drain, states, did };
}

describe('Drain', () => {
  it('is over as soon as nobody is left, and lets nobody in from its beginning', () => {
    const there = { publishers: 1, viewers: 1 };
    const { clock, drain, states, did } = drained(there);
    expect(drain.refusal).toBeUndefined();
    drain.begin(60);
    expect(drain.refusal?.code).toBe('DRAINING');
    there.publishers = 0;
    clock.advance(1000);
    expect(drain.state).toBe('draining');
    there.viewers = 0;
    clock.advance(100);
    expect([drain.state, states]).toEqual(['drained', ['draining', 'drained']]);
    expect(did).toEqual(['end 0 viewers', 'end 0 publishers']);
    expect(drain.refusal?.code).toBe('DRAINING');
    expect(clock.pendingTimers).toBe(0);
  });

  it('sends away who is left when its time is over, viewers first', async () => {
    const { clock, drain, did } = drained({ publishers: 2, viewers: 3, asked: 1 });
    drain.begin(5);
    const over = drain.whenOver();
    clock.advance(4999);
    expect(did).toEqual([]);
    expect(await drain.progress()).toMatchObject({
      state: 'draining',
      publishers: { atStart: 2, left: 2, asked: 1 },
      viewers: { atStart: 3, left: 3 },
      work: { recordings: 1, uploads: 2 },
    });
    clock.advance(1);
    await over;
    expect(did).toEqual(['end 3 viewers', 'end 2 publishers']);
  });

  it('takes another time, and begins once', () => {
    const { clock, drain, states } = drained({ publishers: 1, viewers: 0 });
    drain.begin(300);
    drain.begin(1);
    clock.advance(1000);
    expect([drain.state, states]).toEqual(['drained', ['draining', 'drained']]);
    drain.begin(10);
    expect(drain.state).toBe('drained');
  });

  it('is taken back, whether it is over or not', async () => {
    const { clock, drain, did } = drained({ publishers: 1, viewers: 0 });
    expect(drain.resume()).toBe(false);
    drain.begin(5);
    const over = drain.whenOver();
    expect(drain.resume()).toBe(true);
    await over;
    clock.advance(60_000);
    expect([drain.state, drain.refusal, did]).toEqual(['serving', undefined, []]);
    drain.begin(0);
    expect(drain.state).toBe('drained');
    drain.resume();
    expect(drain.state).toBe('serving');
  });
});
