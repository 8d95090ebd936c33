import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Alarm, AlarmBook, alarmSync } from '../../../src/alarm/index.ts';
import { outboxSource } from '../../../src/app/outbox-source.ts';
import { Deliverer } from '../../../src/notify/index.ts';
import { secretsOf } from '../../../src/rules/index.ts';
import { AlarmTables, Outbox, openStore, RuleRevisions, SecretBox, type Store } from '../../../src/store/index.ts';
import { dataFolder, entry, memoryLog, type SystemPostgres, startSystemPostgres, until } from './helpers.ts';

const folder = dataFolder();
const log = memoryLog();
let server: SystemPostgres;
let store: Store;

beforeAll(async () => {
  server = await startSystemPostgres();
  store = await openStore({ dataDir: folder.path, log, databaseUrl: server.url, engine: 'auto', waitMs: 60_000 });
  await until(() => store.hears);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});
afterAll(async () => {
  await store?.close();
  server?.remove();
  folder.remove();
});

/** The time of intervals and of performance.now() passes only by `passSeconds`; that of the database and of what asks it goes on. */
function holdTime() {
  let nowMs = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  return {
    passSeconds(seconds: number) {
      for (const end = nowMs + seconds * 1000; nowMs < end; ) {
        nowMs += 1000;
        vi.advanceTimersByTime(1000);
      }
    },
  };
}

describe('work that no notification told of', () => {
  let outbox: Outbox;
  beforeEach(async () => {
    await store.query('truncate headwater.events, headwater.publish_sessions cascade');
    outbox = await Outbox.open({ store, dataDir: `${folder.path}/${randomUUID()}`, nodeId: 'node', log });
  });
  afterEach(() => outbox.close());

  const isDone = async () => {
    const rows = await store.query("select 1 from headwater.deliveries where state = 'delivered'");
    return rows.length > 0 && !outbox.queue.isSweepDue;
  };
  const putAgain = () => store.query("update headwater.deliveries set state = 'pending', lease_until = null");

  /** Resolves when it was done once, and a second time 15 s later. */
  async function expectFoundAfter15s(passSeconds: (seconds: number) => void): Promise<void> {
    await outbox.append(entry());
    await outbox.drainJournal();
    await until(isDone);
    await putAgain();
    const query = vi.spyOn(store, 'query');
    passSeconds(14);
    expect(query).not.toHaveBeenCalled();
    passSeconds(1);
    await until(isDone);
  }

  it('is found by an idle worker within 15 s', async () => {
    const { passSeconds } = holdTime();
    const stop = outbox.queue.work({ concurrency: 1, handle: async () => ({ kind: 'done' }) });
    await expectFoundAfter15s(passSeconds);
    await stop();
  });

  it('is found by an idle deliverer within 15 s', async () => {
    const { passSeconds } = holdTime();
    const deliverer = new Deliverer({
      source: outboxSource(outbox, store, Date.now),
      endpointOf: ({ endpointId: id }) => ({ id, url: 'http://hook.test/', form: 'apsara', setBy: 'administrator' }),
      send: async () => ({ status: 200 }),
      nowMs: Date.now,
      timers: {
        after(delayMs, run) {
          const timer = setInterval(() => {
            clearInterval(timer);
            run();
          }, delayMs);
          return () => clearInterval(timer);
        },
      },
    });
    deliverer.start();
    await expectFoundAfter15s(passSeconds);
    await deliverer.close();
  });
});

describe('a rule revision that no notification told of', () => {
  it('is found within five seconds', async () => {
    const { passSeconds } = holdTime();
    const revisions = new RuleRevisions({ ...{ store, log, box: new SecretBox([randomBytes(32)]) }, secretsOf });
    const told: number[] = [];
    const end = revisions.onNewRevision((number) => told.push(number));
    await revisions.append({}, { author: 'ann', expectedNumber: 0 });
    await until(() => told.at(-1) === 1);
    await store.query(`insert into headwater.rule_revisions (number, author, reason, document, checksum, fingerprints)
      select 2, author, reason, document, checksum, fingerprints from headwater.rule_revisions`);
    const query = vi.spyOn(store, 'query');
    passSeconds(4);
    expect(query).not.toHaveBeenCalled();
    passSeconds(1);
    await until(() => told.at(-1) === 2);
    end();
  });
});

describe('alarms of two nodes on one database', () => {
  beforeEach(() => store.query('truncate headwater.alarms, headwater.alarm_silences, headwater.alarm_nodes'));

  /** `sync` resolves with whether all was read. */
  function openNode(nodeId: string) {
    const tables = new AlarmTables(store);
    const book = new AlarmBook({ kept: undefined, keep: async () => undefined, onFailure: () => undefined });
    const open = vi.spyOn(tables, 'open');
    const syncAll = alarmSync({ book, tables, nodeId, node: nodeId, nowMs: Date.now, wallMs: Date.now });
    const sync = async () => {
      open.mockClear();
      await syncAll();
      return open.mock.calls.length > 0;
    };
    return { nodeId, tables, book, sync };
  }

  function alarmOf(nodeId: string, scope: Alarm['scope']): Alarm {
    return {
      ...{ id: randomUUID(), code: 'STREAM_OFFLINE', severity: 'page', scope, nodeId, node: nodeId },
      subject: { kind: 'stream', name: 'd/a/show', domain: 'd', app: 'a', stream: 'show' },
      ...{ sentence: 'It is so.', raisedAtMs: Date.now(), told: {}, isUnsynced: true },
    };
  }

  const silence = () => ({
    ...{ id: randomUUID(), code: 'STREAM_OFFLINE', subject: '*', by: 'ann', reason: 'works', isDeleted: false },
    ...{ untilMs: Date.now() + 3_600_000, createdAtMs: Date.now(), updatedAtMs: Date.now(), isUnsynced: true },
  });

  it('are read where one changed, and nothing is where none did', async () => {
    const [one, two] = [openNode('one'), openNode('two')];
    const alarm = alarmOf('one', 'node');
    const other = () => two.book.alarms.get(alarm.id);
    const quiet = silence();
    const changes: [string, () => unknown, () => boolean][] = [
      ['raised', () => one.book.put(alarm), () => other() !== undefined],
      [
        'acknowledged',
        () => one.tables.acknowledge(alarm.id, { by: 'ann', atMs: Date.now(), note: 'on it' }),
        () => other()?.acknowledged?.by === 'ann',
      ],
      [
        'told of anew',
        () => one.book.put({ ...alarm, sentence: 'It is still so.', isUnsynced: true }),
        () => other()?.sentence === 'It is still so.',
      ],
      ['silenced', () => one.book.putSilence(quiet), () => two.book.silences.has(quiet.id)],
      [
        'not silenced any more',
        () => one.book.putSilence({ ...quiet, isDeleted: true, updatedAtMs: Date.now() + 1, isUnsynced: true }),
        () => two.book.silences.get(quiet.id)?.isDeleted === true,
      ],
      [
        'cleared',
        () => one.book.put({ ...alarm, clearedAtMs: Date.now(), isUnsynced: true }),
        () => other()?.clearedAtMs !== undefined,
      ],
    ];
    for (const node of [one, two]) await node.sync();
    for (const [what, change, isSeen] of changes) {
      expect([what, await one.sync(), await two.sync()]).toEqual([what, false, false]);
      await change();
      await one.sync();
      expect([what, await two.sync(), isSeen()]).toEqual([what, true, true]);
      // The one that changed it finds another mark, too.
      await one.sync();
    }
  });

  it('are read by the node that is to watch for all from now on, which takes over those of all', async () => {
    const [one, two] = [openNode('one'), openNode('two')];
    const alarm = alarmOf('one', 'cluster');
    one.book.put(alarm);
    for (const node of [one, one, two, two]) await node.sync();
    expect([one.book.isWatcher, two.book.isWatcher, await two.sync()]).toEqual([true, false, false]);
    await one.tables.leave('one');
    expect([await two.sync(), two.book.isWatcher, two.book.alarms.get(alarm.id)?.nodeId]).toEqual([true, true, 'two']);
  });

  it('are read again where that failed', async () => {
    const [one, two] = [openNode('one'), openNode('two')];
    await two.sync();
    one.book.put(alarmOf('one', 'node'));
    await one.sync();
    vi.spyOn(two.tables, 'silences').mockRejectedValueOnce(new Error('away'));
    await expect(two.sync()).rejects.toThrow('away');
    expect(await two.sync()).toBe(true);
    expect(await two.sync()).toBe(false);
  });
});
