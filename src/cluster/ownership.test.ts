import { describe, expect, it } from 'vitest';
import { Registry, type StreamId, streamKey } from '../live/index.ts';
import { TestClock } from '../live/test-clock.ts';
import { publishAll, TEST_PLAN, testPackets, testVideoTrack } from '../live/test-packets.ts';
import type { StreamOwner } from '../store/index.ts';
import { Ownership, type OwnerTable } from './ownership.ts';

const ID: StreamId = { domain: 'default', app: 'live', name: 'demo' };
const SETUP = {
  ...({
    secondPublisher: 'refuse',
    waitMs: 15_000,
    waitAfterUnpublish: false,
    ghostMs: 3000,
    idleMs: 600_000,
  } as const),
  ...{ plan: TEST_PLAN, cache: { maxBytes: 1e6, maxMs: 20_000 } },
};

const NO_TIMES = { timeZeroWallMs: 0, beganDtsMs: null, firstSegment: null, ageMs: 0 };

/** A table as the database has it, which tells every node; `isReady` may be taken away. */
class Table implements OwnerTable {
  isReady = true;
  readonly rows = new Map<string, StreamOwner>();
  readonly nodes: Ownership[] = [];

  async own({ leastEpoch, ...owner }: Parameters<OwnerTable['own']>[0]): Promise<StreamOwner> {
    await Promise.resolve();
    const epoch = Math.max((this.rows.get(streamKey(owner))?.epoch ?? 0) + 1, leastEpoch);
    return this.#put({ ...owner, epoch, ageMs: 0, isEnded: false });
  }

  async end(id: StreamId, nodeId: string): Promise<void> {
    const row = this.rows.get(streamKey(id));
    if (row?.nodeId === nodeId) this.#put({ ...row, isEnded: true });
  }

  #put(owner: StreamOwner): StreamOwner {
    this.rows.set(streamKey(owner), owner);
    for (const node of this.nodes) node.heard(owner);
    return owner;
  }
}

function startNode(table: Table, nodeId: string, clock: TestClock) {
  const registry = new Registry({
    clock,
    maxHeldRequests: 10,
    onReaderError: (error) => expect(error).toBeUndefined(),
  });
  const seen: string[] = [];
  const ownership = new Ownership({
    ...{ registry, clock, table, nodeId },
    onChange: ({ name }) => seen.push(`changed ${name}`),
    onCeded: ({ nodeId: by }) => seen.push(`ceded to ${by}`),
    onFailure: (error) => seen.push(String(error)),
  });
  registry.listen({ unpublished: ({ ending }) => seen.push(`unpublished ${ending}`) });
  table.nodes.push(ownership);
  const publish = (startDtsMs?: number) => {
    const result = registry.publish(ID, { sessionId: nodeId, dismissed: () => {} }, () => ({ ...SETUP, startDtsMs }));
    if (!result.ok) throw new Error(result.code);
    return result.publication;
  };
  return { registry, ownership, seen, publish };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const table = new Table();
  const clock = new TestClock();
  const [one, two] = [startNode(table, 'one', clock), startNode(table, 'two', clock)];
  return { table, clock, one, two };
}

describe('Ownership', () => {
  it('is of whoever publishes, and all hear of it', async () => {
    const { one, two } = setUp();
    const publication = one.publish();
    expect(one.ownership.epochOf(ID)).toBe(1);
    await settled();
    expect(two.ownership.ownerOf(ID)).toMatchObject({ nodeId: 'one', epoch: 1 });
    expect(two.seen).toEqual(['changed demo']);
    publication.unpublish();
    await settled();
    expect(two.ownership.ownerOf(ID)).toBeUndefined();
    expect(two.ownership.goesOnAtMs(ID)).toBeUndefined();
  });

  it('goes to who publishes later, and the earlier one gives the stream up', async () => {
    const { one, two, clock } = setUp();
    const { stream } = one.publish();
    publishAll(stream, { video: testVideoTrack() }, testPackets({ tracks: { video: testVideoTrack() }, toMs: 1000 }));
    await settled();
    clock.advance(60_000);
    const goesOnAtMs = two.ownership.goesOnAtMs(ID);
    expect(goesOnAtMs).toBe(60_000);
    two.publish(goesOnAtMs);
    await settled();
    expect(one.seen).toEqual(['unpublished TAKEN_OVER', 'ceded to two', 'changed demo']);
    expect([stream.state, stream.isOver, one.registry.find(ID)]).toEqual(['ended', false, undefined]);
    expect(two.seen).toEqual(['changed demo']);
    expect([two.ownership.epochOf(ID), one.ownership.ownerOf(ID)?.nodeId]).toEqual([2, 'two']);
    // Its time counts from where it always did.
    clock.advance(1000);
    expect(one.ownership.goesOnAtMs(ID)).toBe(61_000);
  });

  it('goes on in time and numbers by a node whose wall clock is an hour behind, or ahead', async () => {
    const table = new Table();
    const clocks = [new TestClock(), new TestClock()] as const;
    const [one, two] = [startNode(table, 'one', clocks[0]), startNode(table, 'two', clocks[1])];
    const pass = (ms: number) => {
      for (const clock of clocks) clock.advance(ms);
    };
    clocks[1].stepWall(-3_600_000);
    const { stream } = one.publish();
    await settled();
    pass(60_000);
    expect(two.ownership.goesOnAtMs(ID)).toBe(60_000);
    expect(two.ownership.leastSegment(ID)).toBeGreaterThan(stream.segment + 60);
    two.publish(two.ownership.goesOnAtMs(ID));
    await settled();
    clocks[1].stepWall(7_200_000);
    pass(10_000);
    expect(one.ownership.goesOnAtMs(ID)).toBe(70_000);
  });

  it('goes on where the database was told late', async () => {
    const { table, one, two, clock } = setUp();
    table.isReady = false;
    one.publish();
    clock.advance(60_000);
    table.isReady = true;
    one.ownership.tellAgain();
    await settled();
    clock.advance(5000);
    expect(two.ownership.goesOnAtMs(ID)).toBe(65_000);
  });

  it('is as old as it was when it was heard of first', async () => {
    const { table, one, two, clock } = setUp();
    one.publish();
    await settled();
    clock.advance(10_000);
    // The database's clock was set: what it says of the age now is an hour too much.
    two.ownership.heard({ ...(table.rows.get(streamKey(ID)) as StreamOwner), ageMs: 3_610_000 });
    expect(two.ownership.goesOnAtMs(ID)).toBe(10_000);
  });

  it('is kept without the database, and told of when it is back: the later word counts', async () => {
    const { table, one, two } = setUp();
    table.isReady = false;
    one.publish();
    two.publish();
    await settled();
    expect([one.ownership.epochOf(ID), two.ownership.epochOf(ID)]).toEqual([1, 1]);
    table.isReady = true;
    one.ownership.tellAgain();
    await settled();
    expect(two.registry.publicationOf(ID)).toBeDefined();
    two.ownership.tellAgain();
    await settled();
    expect(one.registry.publicationOf(ID)).toBeUndefined();
    expect([two.ownership.epochOf(ID), one.ownership.ownerOf(ID)?.nodeId]).toEqual([2, 'two']);
  });

  it('that ended without the database is ended when it is back', async () => {
    const { table, one, two } = setUp();
    const publication = one.publish();
    await settled();
    table.isReady = false;
    publication.unpublish();
    await settled();
    expect(two.ownership.ownerOf(ID)).toBeDefined();
    table.isReady = true;
    one.ownership.heard(table.rows.get(streamKey(ID)) as StreamOwner);
    await settled();
    expect(two.ownership.ownerOf(ID)).toBeUndefined();
  });

  it('is not lost to what is heard before the database has said which epoch it is', async () => {
    const { table, two } = setUp();
    const old = { ...ID, ...NO_TIMES, nodeId: 'one', epoch: 7, isEnded: false };
    table.rows.set(streamKey(ID), old);
    two.publish();
    two.ownership.heard(old);
    expect(two.registry.publicationOf(ID)).toBeDefined();
    await settled();
    expect(two.ownership.epochOf(ID)).toBe(8);
    two.ownership.heard({ ...old, epoch: 8 });
    expect(two.registry.publicationOf(ID)).toBeDefined();
  });

  it('is not lost to what was said before', async () => {
    const { table, one, two } = setUp();
    one.publish();
    await settled();
    const old = table.rows.get(streamKey(ID)) as StreamOwner;
    two.publish();
    await settled();
    two.ownership.heard(old);
    expect(two.registry.publicationOf(ID)).toBeDefined();
    expect(two.ownership.ownerOf(ID)?.nodeId).toBe('two');
  });

  it('forgets those that ended longest ago, and none that is live', () => {
    const { ownership } = startNode(new Table(), 'one', new TestClock());
    const owner = { ...NO_TIMES, ...{ domain: 'default', app: 'live', nodeId: 'two' }, epoch: 1 };
    const name = (index: number) => `show-${index}`;
    for (let index = 0; index < 20_002; index++) {
      ownership.heard({ ...owner, name: name(index), isEnded: index > 0 });
    }
    const lastOwners = [0, 1, 2, 20_001].map((index) => ownership.lastOwnerOf({ ...ID, name: name(index) }));
    expect(lastOwners).toEqual(['two', undefined, undefined, 'two']);
  });
});
