import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Outbox, openStore, type Store } from '../../../src/store/index.ts';
import { dataFolder, entry, memoryLog } from './helpers.ts';

describe('what is told of snapshots', () => {
  const folder = dataFolder();
  const log = memoryLog();
  let store: Store;
  let outbox: Outbox;

  beforeAll(async () => {
    store = await openStore({ dataDir: folder.path, log, waitMs: 60_000 });
    outbox = await Outbox.open({ store, dataDir: folder.path, nodeId: 'node', log });
  });
  beforeEach(() => store.query('truncate headwater.events, headwater.publish_sessions cascade'));
  afterAll(async () => {
    await outbox.close();
    await store.close();
    folder.remove();
  });

  const add = async (count: number, atMs: number) => {
    for (let index = 0; index < count; index++) {
      const sessionId = 'session';
      await outbox.append(entry({ kind: 'snapshot', sessionId, atMs: atMs + index }));
    }
    await outbox.drainJournal();
  };
  const left = async () => {
    const text = `select kind, count(*)::int as count from headwater.events group by kind order by kind`;
    const rows = await store.query<{ kind: string; count: number }>(text);
    return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]));
  };

  it('goes an hour after the picture, told or not; other events stay', async () => {
    const nowMs = Date.now();
    await add(3, nowMs - 3_700_000);
    await add(2, nowMs - 3_500_000);
    await outbox.append(entry({ kind: 'publish', atMs: nowMs - 3_700_000 }));
    await outbox.drainJournal();
    const [first] = await outbox.claimDeliveries(1);
    expect(first?.event.kind).toBe('snapshot');
    if (first) await outbox.markDelivered(first);
    expect(await outbox.pruneSnapshots()).toBe(2);
    expect(await left()).toEqual({ publish: 1, snapshot: 2 });
    expect(await outbox.pruneSnapshots()).toBe(0);
  });

  it('is the oldest that go where there are too many', async () => {
    const nowMs = Date.now();
    await add(7, nowMs);
    expect(await outbox.pruneSnapshots({ most: 5 })).toBe(2);
    const events = await outbox.eventsSince(0, 10);
    expect(events.map(({ at }) => at.getTime() - nowMs)).toEqual([2, 3, 4, 5, 6]);
  });

  it('is told in its order, in a line beside that of the stream', async () => {
    await add(2, Date.now());
    await outbox.append(entry({ kind: 'publish_done', sessionId: 'session' }));
    await outbox.drainJournal();
    const claimed = await outbox.claimDeliveries(10);
    expect(claimed.map(({ event }) => event.kind).sort()).toEqual(['publish_done', 'snapshot']);
    await outbox.release(claimed);
  });

  it('is told once, however often it comes', async () => {
    const snapshot = entry({ kind: 'snapshot', sessionId: 'session' });
    for (let times = 0; times < 3; times++) await outbox.append(snapshot);
    await outbox.drainJournal();
    expect(await left()).toEqual({ snapshot: 1 });
  });
});
