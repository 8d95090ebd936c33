import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../store/index.ts';
import { EventFeed } from './event-feed.ts';

function setUp(sweepMs: number) {
  const recorded: RecordedEvent[] = [];
  const listeners = new Set<() => void>();
  const asked: (() => void)[] = [];
  const counts = { asked: 0 };
  const feed = new EventFeed({
    sweepMs,
    outbox: {
      eventsSince: async (cursor, limit) => {
        counts.asked++;
        for (const resolve of asked.splice(0)) resolve();
        return recorded.filter(({ position }) => position > cursor).slice(0, limit);
      },
    },
    store: {
      listen: (_channel, listener) => {
        const ring = () => listener('');
        listeners.add(ring);
        return () => void listeners.delete(ring);
      },
      query: async () => [],
    },
  });
  return {
    feed,
    listeners,
    counts,
    record: (position: number) => void recorded.push({ position } as RecordedEvent),
    ring: () => listeners.forEach((each) => void each()),
    whenAsked: () => new Promise<void>((resolve) => asked.push(resolve)),
  };
}

const wait = (waitMs: number, signal = new AbortController().signal) => ({ waitMs, signal });

describe('EventFeed.after', () => {
  it('gives what is there at once, and the cursor to go on after', async () => {
    const { feed, record } = setUp(600_000);
    for (const position of [3, 4, 7]) record(position);
    expect(await feed.after(3, 10, wait(0))).toEqual({ events: [{ position: 4 }, { position: 7 }], cursor: 7 });
    expect(await feed.after(0, 2, wait(60_000))).toMatchObject({ cursor: 4 });
    expect(await feed.after(7, 10, wait(0))).toEqual({ events: [], cursor: 7 });
  });

  it('waits for the first event, and leaves nothing behind', async () => {
    const { feed, record, ring, whenAsked, listeners } = setUp(600_000);
    const asked = whenAsked();
    const page = feed.after(0, 10, wait(600_000));
    await asked;
    record(1);
    ring();
    expect(await page).toMatchObject({ cursor: 1 });
    expect(listeners.size).toBe(0);
  });

  it('sees by itself what nobody rang for', async () => {
    const { feed, record, whenAsked } = setUp(5);
    const asked = whenAsked();
    const page = feed.after(0, 10, wait(600_000));
    await asked;
    record(1);
    expect(await page).toMatchObject({ cursor: 1 });
  });

  it('asks once for all who are as far', async () => {
    const { feed, record, ring, whenAsked, listeners, counts } = setUp(600_000);
    const asked = whenAsked();
    const pages = Array.from({ length: 50 }, () => feed.after(0, 10, wait(600_000)));
    await asked;
    record(1);
    ring();
    for (const page of await Promise.all(pages)) expect(page).toMatchObject({ cursor: 1 });
    expect(counts.asked).toBe(2);
    expect(listeners.size).toBe(0);
  });

  it('ends at the signal', async () => {
    const { feed, whenAsked } = setUp(600_000);
    const gone = new AbortController();
    const asked = whenAsked();
    const page = feed.after(5, 10, wait(600_000, gone.signal));
    await asked;
    gone.abort();
    expect(await page).toEqual({ events: [], cursor: 5 });
  });
});
