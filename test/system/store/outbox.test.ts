import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { secretsOf } from '../../../src/rules/index.ts';
import {
  Deliveries,
  History,
  Outbox,
  type OutboxKind,
  openSessions,
  openStore,
  RuleRevisions,
  SecretBox,
  type Store,
  type StoreOptions,
} from '../../../src/store/index.ts';
import { dataFolder, entry, memoryLog, type SystemPostgres, startSystemPostgres, until } from './helpers.ts';

const TOOK = { at: new Date().toISOString(), durationMs: 5, status: 200 };
const engines: { name: 'native' | 'external' | 'pglite' }[] = [
  { name: 'native' },
  { name: 'external' },
  { name: 'pglite' },
];

describe.each(engines)('outbox on $name', ({ name }) => {
  const folder = dataFolder();
  const log = memoryLog();
  let server: SystemPostgres | undefined;
  let options: StoreOptions;
  let store: Store;
  let outbox: Outbox;

  let outboxFolder: string;

  const openOutbox = (dataDir = outboxFolder) => Outbox.open({ store, dataDir, nodeId: 'node', log });

  beforeAll(async () => {
    server = name === 'external' ? await startSystemPostgres() : undefined;
    const engine = name === 'external' ? 'auto' : name;
    options = { dataDir: folder.path, log, databaseUrl: server?.url, engine, waitMs: 60_000 };
    store = await openStore(options);
    expect(store.state).toEqual({ kind: 'ready', engine: name });
  });

  beforeEach(async () => {
    await store.query('truncate headwater.events, headwater.publish_sessions cascade');
    outboxFolder = mkdtempSync(join(folder.path, 'outbox-'));
    outbox = await openOutbox();
  });

  afterEach(() => outbox.close());

  afterAll(async () => {
    await store.close();
    await store.close();
    server?.remove();
    folder.remove();
  });

  it('tells no end of a stream that another node took over since, and of its session that the stream goes on', async () => {
    const own = (node: string, epoch: number) =>
      store.query(
        `insert into headwater.stream_owners as o (domain, app, name, node_id, epoch, time_zero_wall_ms)
         values ('default', 'live', 'taken', $1, $2, 0)
         on conflict (domain, app, name) do update set node_id = excluded.node_id, epoch = excluded.epoch`,
        [node, epoch],
      );
    const tell = (kind: OutboxKind, sessionId: string, epoch: number) =>
      outbox.append(entry({ ...{ app: 'live', domain: 'default', stream: 'taken' }, kind, sessionId, epoch }));
    await own('node', 4);
    await tell('publish', 'first', 4);
    await tell('stream_interrupted', 'first', 4);
    await outbox.drainJournal();
    await own('another node', 5);
    for (const kind of ['stream_resumed', 'publish_done', 'stream_ended'] as const) await tell(kind, 'first', 4);
    await tell('stream_ended', 'later', 6);
    await outbox.drainJournal();
    const events = await store.query<{ kind: string; session_id: string; data: object }>(
      'select kind, session_id, data from headwater.events order by position',
    );
    expect(events.map(({ kind, session_id }) => `${session_id} ${kind}`)).toEqual([
      ...['first publish', 'first stream_interrupted', 'first publish_done', 'later stream_ended'],
    ]);
    expect(events[2]?.data).toMatchObject({ epoch: 4, goesOnWithEpoch: 5 });
    await store.query("delete from headwater.stream_owners where name = 'taken'");
  });

  it('keeps the order of a line over a retry, while other lines go on', async () => {
    for (const [stream, sessionId] of [
      ['a', 's1'],
      ['a', 's2'],
      ['b', 's3'],
    ] as const) {
      await outbox.append(entry({ stream, sessionId }));
    }
    expect(await outbox.drainJournal()).toBe(3);
    const first = await outbox.claimDeliveries(10);
    expect(first.map(({ event }) => event.session_id)).toEqual(['s1', 's3']);
    expect(await outbox.claimDeliveries(10)).toEqual([]);

    expect(await outbox.markFailed(first[0]!, { retryInMs: 60_000 }, { status: 503, error: 'busy' })).toBe(true);
    expect(await outbox.markDelivered(first[1]!, TOOK)).toBe(true);
    expect(await outbox.claimDeliveries(10)).toEqual([]);

    await store.query('update headwater.deliveries set next_attempt_at = now()');
    const [again] = await outbox.claimDeliveries(10);
    expect(again).toMatchObject({ event: { session_id: 's1' }, claim: { row: { attempts: 2, last_status: 503 } } });
    await outbox.markDelivered(again!, TOOK);
    const [next] = await outbox.claimDeliveries(10);
    expect(next?.event.session_id).toBe('s2');

    await outbox.markFailed(next!, 'dead', { error: 'gone' });
    const deliveries = new Deliveries(store);
    const [letter] = await deliveries.list({ state: 'dead', limit: 10 });
    expect(letter).toMatchObject({ delivery: { state: 'dead', last_error: 'gone' }, event: { session_id: 's2' } });
    expect(await deliveries.again(letter!.delivery.id)).toBe(true);
    const [revived] = await outbox.claimDeliveries(10);
    expect(revived?.claim.row.attempts).toBe(1);
    expect(await deliveries.again(letter!.delivery.id)).toBe(false);
    expect(await outbox.markDelivered(revived!)).toBe(true);
  });

  it('leaves out endpoints, counts what waits, and knows when an attempt was the first', async () => {
    for (const stream of ['a', 'b', 'c']) await outbox.append(entry({ stream, endpointIds: ['dead', 'fine'] }));
    await outbox.drainJournal();
    const fine = await outbox.claimDeliveries(10, ['dead', 'another']);
    expect(fine.map(({ claim }) => claim.row.endpoint_id)).toEqual(['fine', 'fine', 'fine']);
    expect(await outbox.claimDeliveries(10, ['dead'])).toEqual([]);
    const [first, ...others] = await outbox.claimDeliveries(10);
    const firstAttemptAt = first!.claim.row.first_attempt_at;
    expect(firstAttemptAt).toBeInstanceOf(Date);
    await outbox.markFailed(first!, { retryInMs: 0 }, { error: 'with a NUL \0' });
    const [again] = await outbox.claimDeliveries(1, ['fine']);
    expect(again?.claim.row).toMatchObject({ attempts: 2, first_attempt_at: firstAttemptAt });
    expect(await outbox.counts()).toEqual({ pending: 6, dead: 0 });
    await outbox.markFailed(again!, 'dead', { error: 'x' });
    await outbox.markDelivered(fine[0]!);
    expect(await outbox.counts()).toEqual({ pending: 4, dead: 1 });

    await outbox.release(others);
    const untried = await outbox.claimDeliveries(10, ['fine']);
    expect(untried.map(({ claim }) => claim.row.attempts)).toEqual([1, 1]);
    await new Deliveries(store).again(again!.claim.row.id);
    const [revived] = await outbox.claimDeliveries(1, ['fine']);
    expect(revived!.claim.row.first_attempt_at.getTime()).toBeGreaterThanOrEqual(firstAttemptAt.getTime());
    expect(revived!.claim.row.attempts).toBe(1);
  });

  it('lists deliveries from the newest back, by what they are, with their last tries', async () => {
    for (const stream of ['a', 'b', 'c']) await outbox.append(entry({ stream, endpointIds: ['one', 'two'] }));
    await outbox.append(entry({ kind: 'snapshot', stream: 'a', endpointIds: ['one'] }));
    await outbox.drainJournal();
    const deliveries = new Deliveries(store);
    const all = await deliveries.list({ limit: 10 });
    const ids = all.map(({ delivery }) => delivery.id);
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    expect(ids).toHaveLength(7);
    const later = await deliveries.list({ limit: 3, before: ids[2]! });
    expect(later.map(({ delivery }) => delivery.id)).toEqual(ids.slice(3, 6));
    const { domain, app } = all[0]!.event;
    const ofA = await deliveries.list({ domain, app, stream: 'a', limit: 10 });
    expect(ofA.map(({ event }) => event.kind).sort()).toEqual(['publish', 'publish', 'snapshot']);
    expect(await deliveries.list({ endpoint: 'two', app, limit: 10 })).toHaveLength(3);
    expect(await deliveries.list({ stream: 'a', state: 'delivered', limit: 10 })).toEqual([]);

    for (let attempt = 1; attempt <= 22; attempt++) {
      await store.query('update headwater.deliveries set next_attempt_at = now()');
      const [first] = await outbox.claimDeliveries(1, ['two']);
      const tried = { at: TOOK.at, durationMs: attempt, status: 500 };
      await outbox.markFailed(first!, { retryInMs: 60_000 }, { status: 500, error: 'status 500', tried });
    }
    const tried = (await deliveries.list({ endpoint: 'one', limit: 10 })).find(
      ({ delivery: { attempts } }) => attempts,
    );
    expect(tried!.delivery.tries.map(({ durationMs }) => durationMs)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 3),
    );
    expect(tried!.delivery.tries[0]).toEqual({ at: TOOK.at, durationMs: 3, status: 500, error: 'status 500' });
  });

  it('has the publishes from the newest back, in pages that neither repeat nor hide one', async () => {
    const startMs = Date.now() - 3_600_000;
    for (let index = 0; index < 7; index++) {
      // Several begin in one moment.
      const atMs = startMs + Math.floor(index / 3) * 1000;
      const about = { sessionId: `s${index}`, stream: index % 2 === 0 ? 'even' : 'odd' };
      await outbox.append(entry({ kind: 'publish', atMs, ...about }));
      if (index < 5) await outbox.append(entry({ kind: 'publish_done', atMs: atMs + 500, ...about }));
    }
    await outbox.append(entry({ kind: 'publish_done', atMs: startMs - 1000, sessionId: 'no-start', stream: 'odd' }));
    await outbox.drainJournal();
    const history = new History(store);
    const all = await history.list({ limit: 100 });
    expect(all.map(({ id }) => id)).toEqual(['s6', 's5', 's4', 's3', 's2', 's1', 's0', 'no-start']);
    const paged: string[] = [];
    for (let before: { at: string; id: string } | undefined; ; ) {
      const page = await history.list({ limit: 2, before });
      paged.push(...page.map(({ id }) => id));
      const last = page.at(-1);
      if (last === undefined) break;
      before = { at: last.place, id: last.id };
    }
    expect(paged).toEqual(all.map(({ id }) => id));
    const ids = async (filter: object) => (await history.list({ limit: 100, ...filter })).map(({ id }) => id);
    expect(await ids({ stream: 'odd' })).toEqual(['s5', 's3', 's1', 'no-start']);
    expect(await ids({ isOpen: true })).toEqual(['s6', 's5']);
    const [since, until] = [new Date(startMs), new Date(startMs + 1000)];
    expect(await ids({ since, until })).toEqual(['s2', 's1', 's0']);
  });

  it('knows a stream that was interrupted until it goes on or ends', async () => {
    const told = (kind: OutboxKind, sessionId: string, stream: string) => entry({ kind, sessionId, stream });
    for (const stream of ['ended', 'resumed', 'waiting']) {
      await outbox.append(told('publish', `1-${stream}`, stream));
      await outbox.append(told('publish_done', `1-${stream}`, stream));
      await outbox.append(told('stream_interrupted', `1-${stream}`, stream));
    }
    await outbox.append(told('stream_ended', '1-ended', 'ended'));
    await outbox.append(told('publish', '2-resumed', 'resumed'));
    await outbox.append(told('stream_resumed', '2-resumed', 'resumed'));
    await outbox.drainJournal();
    const open = await openSessions({ store, outbox, nodeId: 'node' });
    expect(open.map(({ sessionId, isPublishing }) => [sessionId, isPublishing]).sort()).toEqual([
      ['1-waiting', false],
      ['2-resumed', true],
    ]);
  });

  it('stores an entry once, and one publish_done per session', async () => {
    const publish = entry({ sessionId: 'once' });
    await outbox.append(publish);
    await outbox.append(publish);
    await outbox.append(entry({ sessionId: 'once', kind: 'publish_done', data: { cause: 'server_restart' } }));
    await outbox.append(entry({ sessionId: 'once', kind: 'publish_done', data: { cause: 'late' } }));
    for (let round = 0; round < 2; round++)
      await outbox.append(entry({ sessionId: 'once', kind: 'stream_interrupted' }));
    await outbox.drainJournal();
    const events = await outbox.eventsSince(0, 10);
    expect(events.map(({ kind, ordinal }) => [kind, ordinal])).toEqual([
      ['publish', 0],
      ['publish_done', 0],
      ['stream_interrupted', 0],
      ['stream_interrupted', 1],
    ]);
    expect(await outbox.eventsSince(events[1]!.position, 1)).toEqual([events[2]]);
    const sessions = await store.query('select id, close_reason from headwater.publish_sessions');
    expect(sessions).toEqual([{ id: 'once', close_reason: 'server_restart' }]);
    expect(await store.query('select count(*) from headwater.deliveries')).toEqual([{ count: 4 }]);
    expect(events[0]!.at.getTime()).toBe(publish.atMs);
  });

  it('sets aside what the database refuses and stores the rest', async () => {
    await outbox.append(entry({ sessionId: 'good-1', stream: 'nul\0 and \ud800', data: { text: 'a\0b' } }));
    await outbox.append(entry({ sessionId: 'bad', id: 'no-uuid' }));
    await outbox.append(entry({ sessionId: 'good-2' }));
    await outbox.drainJournal();
    const events = await outbox.eventsSince(0, 10);
    expect(events.map(({ session_id, stream }) => [session_id, stream])).toEqual([
      ['good-1', 'nul\ufffd and \ufffd'],
      ['good-2', 'demo'],
    ]);
    expect(log.lines.at(-1)?.message).toBe('event refused by the database, set aside');
  });

  it('knows open sessions from the journal after a restart, drained or not', async () => {
    await outbox.append(entry({ sessionId: 'drained', atMs: 1_000, data: { ip: '192.0.2.1' } }));
    await outbox.append(entry({ sessionId: 'ended', atMs: 2_000 }));
    await outbox.drainJournal();
    await outbox.append(entry({ sessionId: 'ended', kind: 'publish_done' }));
    await outbox.append(entry({ sessionId: 'waiting', atMs: 3_000 }));
    await outbox.close();
    outbox = await openOutbox();
    const open = await openSessions({ store, outbox, nodeId: 'node' });
    expect(open.map(({ sessionId }) => sessionId)).toEqual(['drained', 'waiting']);
    expect(open[0]).toMatchObject({ data: { ip: '192.0.2.1' }, endpointIds: ['hook'], openedAtMs: 1_000 });
    for (const { sessionId } of open) await outbox.append(entry({ sessionId, kind: 'publish_done' }));
    expect(await openSessions({ store, outbox, nodeId: 'node' })).toEqual([]);
    await outbox.drainJournal();
    expect(await openSessions({ store, outbox, nodeId: 'node' })).toEqual([]);
  });

  it('works the queue off by itself', async () => {
    const seen: string[] = [];
    const stop = outbox.queue.work({
      concurrency: 4,
      handle: async (claim) => {
        const [delivery] = await outbox.withEvents([claim]);
        seen.push(`${delivery?.event.stream}${delivery?.event.session_id}`);
        return { kind: 'done' };
      },
    });
    outbox.start();
    for (const id of ['1', '2', '3']) {
      for (const stream of ['a', 'b']) await outbox.append(entry({ stream, sessionId: `${stream}${id}` }));
    }
    await until(() => seen.length === 6);
    for (const stream of ['a', 'b']) {
      expect(seen.filter((line) => line.startsWith(stream))).toEqual(
        ['1', '2', '3'].map((id) => `${stream}${stream}${id}`),
      );
    }
    await stop();
    expect(await store.query("select 1 from headwater.deliveries where state <> 'delivered'")).toEqual([]);
  });

  it('prunes old events but neither pending ones nor young dead letters', async () => {
    const day = 24 * 3600 * 1000;
    for (const [sessionId, ageDays] of [
      ['delivered-old', 31],
      ['delivered-young', 29],
      ['dead-old', 91],
      ['dead-young', 31],
      ['pending-old', 400],
    ] as const) {
      await outbox.append(entry({ sessionId, stream: sessionId, atMs: Date.now() - ageDays * day }));
    }
    await outbox.drainJournal();
    for (const delivery of await outbox.claimDeliveries(10)) {
      const [state] = delivery.event.session_id.split('-');
      if (state === 'delivered') await outbox.markDelivered(delivery);
      if (state === 'dead') await outbox.markFailed(delivery, 'dead', { error: 'x' });
    }
    expect(await outbox.prune()).toBe(2);
    const left = (await outbox.eventsSince(0, 10)).map(({ session_id }) => session_id);
    expect(left).toEqual(['delivered-young', 'dead-young', 'pending-old']);
  });

  it('numbers rule revisions and refuses the slower of two writers', async () => {
    const rules = new RuleRevisions({ ...{ store, log, box: new SecretBox([randomBytes(32)]) }, secretsOf });
    const told: number[] = [];
    const end = rules.onNewRevision((number) => told.push(number));
    const first = await rules.append(
      { b: 1, a: [1, { d: 1, c: null }] },
      { author: 'ann', reason: 'first', expectedNumber: 0 },
    );
    expect(first).toMatchObject({ number: 1, author: 'ann', reason: 'first' });
    const both = [1, 2].map((n) => rules.append({ n }, { author: 'bob', expectedNumber: 1 }));
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'REVISION_CONFLICT' },
    });
    expect(await rules.latest()).toMatchObject({ number: 2 });
    expect((await rules.list()).map(({ number }) => number)).toEqual([2, 1]);
    expect(await rules.get(1)).toMatchObject({
      document: { a: [1, { c: null, d: 1 }], b: 1 },
      checksum: first.checksum,
    });
    expect(await rules.get(9)).toBeUndefined();
    await until(() => told.at(-1) === 2);
    end();
  });

  it('seals rule revisions, those of an earlier release and those of a former master key, too', async () => {
    const [former, fresh] = [randomBytes(32), randomBytes(32)];
    const revisions = (box: SecretBox) => new RuleRevisions({ store, log, box, secretsOf });
    const [rules, renewed] = [revisions(new SecretBox([former])), revisions(new SecretBox([fresh, former]))];
    await store.query('delete from headwater.rule_revisions');
    const key = 'key-that-nobody-may-see';
    const clear = { streamKeys: [{ id: 'a', key }] };
    const number = 1;
    await store.query(
      `insert into headwater.rule_revisions (number, author, reason, document, checksum, created_at)
        values ($1, 'ann', '', $2, '', '2026-01-01')`,
      [number, JSON.stringify(clear)],
    );
    await rules.append({ ...clear, unknownHosts: 'refuse' }, { author: 'ann', expectedNumber: number });
    expect(await rules.sealClear()).toBe(1);
    expect(await rules.sealClear()).toBe(0);
    const dump = async () => JSON.stringify(await store.query('select * from headwater.rule_revisions'));
    expect(await dump()).not.toContain(key);
    expect(await rules.get(number)).toMatchObject({ document: clear });
    expect((await rules.firstSeen([key, 'another'])).get(key)).toEqual(new Date('2026-01-01'));
    expect(await renewed.reseal()).toBeGreaterThanOrEqual(2);
    const alone = revisions(new SecretBox([fresh]));
    expect([...(await alone.firstSeen([key, 'another'])).keys()]).toEqual([key]);
    expect(await alone.get(number)).toMatchObject({ document: clear });
    await expect(rules.get(number)).rejects.toMatchObject({ code: 'MASTER_KEY_UNKNOWN' });
  });
});
