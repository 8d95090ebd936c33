import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Outbox, openStore, type Store } from '../../../src/store/index.ts';
import {
  dataFolder,
  entry,
  kill,
  memoryLog,
  type SystemPostgres,
  startProcess,
  startSystemPostgres,
  until,
} from './helpers.ts';

const folder = dataFolder();
const log = memoryLog();
/** Whatever is said of this file's connections. */
const warnings: string[] = [];
process.on('warning', ({ message }) => warnings.push(message));
let server: SystemPostgres;
let store: Store;
let round = 0;

const open = (queue = {}) =>
  Outbox.open({ store, dataDir: join(folder.path, `own-${++round}`), nodeId: 'node', log, queue });

beforeAll(async () => {
  server = await startSystemPostgres();
  store = await openStore({ dataDir: folder.path, log, databaseUrl: server.url, waitMs: 60_000 });
});
beforeEach(() => store.query('truncate headwater.events, headwater.publish_sessions cascade'));
afterAll(async () => {
  await store.close();
  server.remove();
  folder.remove();
});

describe('the connection that listens', () => {
  it('is asked one thing at a time, also where many channels are heard at once', async () => {
    const channels = ['a', 'b', 'c', 'd'].map((name) => `headwater_${name}`);
    const heard = new Set<string>();
    const ends = channels.map((channel) => store.listen(channel, () => heard.add(channel)));
    await until(async () => {
      for (const channel of channels) await store.query("select pg_notify($1, '')", [channel]);
      return heard.size === channels.length;
    });
    for (const end of ends) end();
    expect(warnings.filter((message) => message.includes('pg@'))).toEqual([]);
  });
});

describe('the outbox in an outage', () => {
  it('keeps events while the database is stopped, and afterwards has all of them once and in order', async () => {
    const outbox = await open();
    outbox.start();
    const ids: string[] = [];
    const append = async (count: number) => {
      for (let index = 0; index < count; index++) {
        const sessionId = `s${ids.length}`;
        ids.push(sessionId);
        await outbox.append(entry({ sessionId }));
      }
    };
    await append(20);
    server.stop();
    await append(20);
    await until(() => store.state.kind === 'unavailable');
    expect(store.state).toMatchObject({ remedy: expect.stringContaining('DATABASE_URL') });
    expect(() => store.db).toThrow(expect.objectContaining({ code: 'DATABASE_UNAVAILABLE' }));
    await append(20);
    server.start();
    await store.whenReady();
    await until(async () => (await outbox.eventsSince(0, 100)).length === 60);
    expect((await outbox.eventsSince(0, 100)).map(({ session_id }) => session_id)).toEqual(ids);
    expect(outbox.journal.readAll()).toEqual([]);
    await outbox.close();
  });

  it('hands over again what was stored but not acknowledged, without doubling it', async () => {
    const outbox = await open();
    for (let index = 0; index < 5; index++) await outbox.append(entry({ sessionId: `s${index}` }));
    const copy = outbox.journal.readAll().map((record) => record.entry);
    await outbox.drainJournal();
    for (const item of copy) await outbox.append(item);
    expect(await outbox.drainJournal()).toBe(5);
    expect(await store.query('select 1 from headwater.deliveries')).toHaveLength(5);
    await outbox.close();
  });
});

describe('openStore', () => {
  it('opens without its database and says what to do, without the password', async () => {
    const urls: [string, string][] = [
      ['postgres://user:sesame@127.0.0.1:1/db', 'address'],
      ['postgres://user:sesame@no-such-host.invalid/db', 'host name'],
      [server.url.replace(/postgres$/, 'missing'), 'Create the database'],
      ['postgres://user:sesame@not a url', 'DATABASE_URL'],
    ];
    for (const [databaseUrl, remedy] of urls) {
      const heard: string[] = [];
      const absent = await openStore({
        dataDir: folder.path,
        log,
        databaseUrl,
        onState: ({ kind }) => heard.push(kind),
      });
      expect(absent.state).toMatchObject({ kind: 'unavailable', remedy: expect.stringContaining(remedy) });
      expect(JSON.stringify(absent.state)).not.toContain('sesame');
      await expect(absent.query('select 1')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
      const outbox = await Outbox.open({
        store: absent,
        dataDir: join(folder.path, `absent-${++round}`),
        nodeId: 'node',
        log,
      });
      outbox.start();
      await outbox.append(entry());
      expect(outbox.journal.readAll()).toHaveLength(1);
      await outbox.close();
      const waiting = absent.whenReady();
      await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'STORE_CLOSED' }), absent.close()]);
      expect(heard).not.toContain('ready');
    }
  });
});

describe('claims of several processes', () => {
  it('delivers each event once, in the order of its line', async () => {
    const outbox = await open();
    for (let index = 0; index < 120; index++) {
      await outbox.append(entry({ sessionId: `s${index}`, stream: `stream${index % 8}`, endpointIds: ['x', 'y'] }));
    }
    const file = join(folder.path, 'delivered');
    writeFileSync(file, '');
    const jobs = [1, 2].map((n) => ({
      kind: 'deliver',
      dataDir: join(folder.path, `w${n}`),
      databaseUrl: server.url,
      file,
    }));
    const workers = jobs.map(startProcess);
    await Promise.all(workers.map((worker) => worker.nextLine()));
    await outbox.drainJournal();
    await until(
      async () => (await store.query("select 1 from headwater.deliveries where state = 'pending'")).length === 0,
    );
    await Promise.all(workers.map(({ child }) => kill(child)));
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(240);
    expect(new Set(lines).size).toBe(240);
    const last = new Map<string, number>();
    for (const [endpoint, stream, position] of lines.map((line) => line.split(/ (?=\[)| (?=\d+$)/))) {
      const line = `${endpoint} ${stream}`;
      expect(Number(position)).toBeGreaterThan(last.get(line) ?? 0);
      last.set(line, Number(position));
    }
    expect(last.size).toBe(16);
    await outbox.close();
  });

  it('takes over the lease of a killed process, and not before it has ended', async () => {
    const outbox = await open();
    await outbox.append(entry({ sessionId: 'leased' }));
    await outbox.drainJournal();
    const job = { kind: 'claim-and-hang', dataDir: join(folder.path, 'hang'), databaseUrl: server.url, leaseMs: 1_500 };
    const holder = startProcess(job);
    expect(await holder.nextLine()).toEqual({ claimed: ['leased'] });
    await until(async () => {
      const text = "select lease_until > now() + interval '1 s' and attempts = 1 as renewed from headwater.deliveries";
      return (await store.query<{ renewed: boolean }>(text))[0]?.renewed === true;
    });
    expect(await outbox.claimDeliveries(1)).toEqual([]);
    await kill(holder.child);
    let claimed = await outbox.claimDeliveries(1);
    await until(async () => {
      claimed = await outbox.claimDeliveries(1);
      return claimed.length === 1;
    });
    expect(claimed[0]).toMatchObject({ event: { session_id: 'leased' }, claim: { row: { attempts: 2 } } });
    await outbox.close();
  });

  it('tells the loser of a lease and ignores its outcome', async () => {
    const slow = await open({ leaseMs: 300, renewEveryMs: 60_000 });
    const quick = await open({ leaseMs: 20_000 });
    await slow.append(entry({ sessionId: 'contended' }));
    await slow.drainJournal();
    const [lost] = await slow.claimDeliveries(1);
    let [won] = await quick.claimDeliveries(1);
    await until(async () => {
      [won] = await quick.claimDeliveries(1);
      return won !== undefined;
    });
    expect(await slow.markDelivered(lost!)).toBe(false);
    expect(await quick.markFailed(won!, { retryInMs: 0 }, { error: 'later' })).toBe(true);
    const renewing = await open({ leaseMs: 20_000, renewEveryMs: 50 });
    const [stolen] = await renewing.claimDeliveries(1);
    await store.query("update headwater.deliveries set lease_owner = 'thief'");
    await until(() => stolen!.claim.lost.aborted);
    for (const outbox of [slow, quick, renewing]) await outbox.close();
  });
});
