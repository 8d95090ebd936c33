import { describe, expect, it } from 'vitest';
import { TestClock } from '../live/test-clock.ts';
import type { MetNode } from '../store/index.ts';
import { Nodes, type NodeTable } from './nodes.ts';

const HOUR_MS = 3_600_000;
const MEET_MS = 3000;
const SELF = { nodeId: 'one', name: 'one', address: '10.0.0.1:8095', version: '1' };
const OTHER = { nodeId: 'two', name: 'two', address: '10.0.0.2:8095', version: '1' };

/** The database's table, by a clock of its own that can be set, and another node that says that it is there. */
function setUp() {
  const clock = new TestClock();
  const database = { isReady: true, offsetMs: 0, otherSeenMs: clock.nowMs() };
  const databaseMs = () => clock.nowMs() + database.offsetMs;
  const row = (node: typeof SELF, seenMs: number): MetNode => ({
    ...{ ...node, seenAt: seenMs },
    seenSecondsAgo: (databaseMs() - seenMs) / 1000,
  });
  const table: NodeTable = {
    get isReady() {
      return database.isReady;
    },
    meet: async (self) => [row(self, databaseMs()), row(OTHER, database.otherSeenMs)],
    leave: async () => {},
  };
  const nodes = new Nodes({ table, clock, self: SELF, onFailure: (error) => expect(error).toBeUndefined() });
  /** Time passes, in which the other node says that it is there, or is dead. */
  const pass = async (ms: number, isOtherAlive = true) => {
    for (let leftMs = ms; leftMs > 0; leftMs -= MEET_MS) {
      // It says so a second before this one looks.
      clock.advance(MEET_MS - 1000);
      if (isOtherAlive && database.isReady) database.otherSeenMs = databaseMs();
      clock.advance(1000);
      await nodes.meet();
    }
  };
  return { nodes, clock, database, pass, isThere: () => nodes.addressOf('two') !== undefined };
}

describe('Nodes', () => {
  it('are there until they say nothing for a while', async () => {
    const { nodes, pass, isThere } = setUp();
    await pass(9000);
    expect([isThere(), nodes.others().length]).toEqual([true, 1]);
    await pass(15_000, false);
    expect(isThere()).toBe(true);
    await pass(9000, false);
    expect([isThere(), nodes.known()[1]?.isThere]).toEqual([false, false]);
    await pass(3000);
    expect(isThere()).toBe(true);
  });

  it.each([
    ['on', HOUR_MS],
    ['back', -HOUR_MS],
    ['on by a week', 168 * HOUR_MS],
  ])('are missed neither more nor less when the clock of the database is set %s', async (_name, stepMs) => {
    const { nodes, clock, database, pass, isThere } = setUp();
    await pass(9000);
    database.offsetMs += stepMs;
    // This one looks before the other has said anything by the new time.
    clock.advance(1000);
    await nodes.meet();
    expect(isThere()).toBe(true);
    expect(Math.abs(nodes.known()[1]?.seenSecondsAgo ?? 99)).toBeLessThan(5);
    await pass(6000);
    expect(isThere()).toBe(true);
    await pass(24_000, false);
    expect(isThere()).toBe(false);
  });

  it('that died while the clock was set back are gone for who comes later, too', async () => {
    const { database, pass, isThere } = setUp();
    database.offsetMs -= HOUR_MS;
    await pass(3000, false);
    expect(isThere()).toBe(true);
    await pass(24_000, false);
    expect(isThere()).toBe(false);
  });

  it('are not missed for the time in which the database could not be asked', async () => {
    const { clock, database, pass, nodes, isThere } = setUp();
    await pass(9000);
    database.isReady = false;
    clock.advance(120_000);
    expect(isThere()).toBe(true);
    database.isReady = true;
    expect(isThere()).toBe(true);
    // The first one may be what was under way.
    for (let times = 0; times < 2; times++) await nodes.meet();
    expect(isThere()).toBe(true);
    await pass(24_000, false);
    expect(isThere()).toBe(false);
  });
});
