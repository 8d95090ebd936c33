import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedPostgres } from '../../../src/store/embedded/index.ts';
import { Outbox, openSessions, openStore } from '../../../src/store/index.ts';
import { dataFolder, kill, memoryLog, startProcess, until } from './helpers.ts';

const isRoot = process.getuid?.() === 0;
const log = memoryLog();
let folder: ReturnType<typeof dataFolder>;

beforeEach(() => {
  folder = dataFolder();
});
afterEach(() => folder.remove());

const start = () => EmbeddedPostgres.start({ dataDir: folder.path, log });
const postmasterPid = () =>
  Number(readFileSync(join(folder.path, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('EmbeddedPostgres', () => {
  it('adopts the orphan of a killed process, with all that was acknowledged', async () => {
    const holder = startProcess({ kind: 'hold', dataDir: folder.path });
    await holder.nextLine();
    const pid = postmasterPid();
    await kill(holder.child);
    expect(isAlive(pid)).toBe(true);

    const store = await openStore({ dataDir: folder.path, log, waitMs: 60_000 });
    expect(store.state).toEqual({ kind: 'ready', engine: 'native' });
    expect(postmasterPid()).toBe(pid);
    const outbox = await Outbox.open({ store, dataDir: folder.path, nodeId: 'node', log });
    expect(await outbox.eventsSince(0, 10)).toMatchObject([{ session_id: 'held' }]);
    expect(await openSessions({ store, outbox, nodeId: 'node' })).toMatchObject([{ sessionId: 'held' }]);
    await outbox.close();
    await store.close();
    await until(() => !isAlive(pid));
  });

  it('refuses a second process on the same folder', async () => {
    const holder = startProcess({ kind: 'hold', dataDir: folder.path });
    await holder.nextLine();
    await expect(start()).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await kill(holder.child);
    await (await start()).stop();
  });

  it('recovers from a killed server and a stale postmaster.pid', async () => {
    const first = await start();
    process.kill(first.pid, 'SIGKILL');
    await until(() => !first.isRunning);
    await first.stop();
    expect(postmasterPid()).toBe(first.pid);
    const second = await start();
    expect(second.isAdopted).toBe(false);
    await second.stop();
  });

  it('starts although the stale postmaster.pid names a living stranger', async () => {
    const first = await start();
    await first.stop();
    const stranger = [process.ppid, join(folder.path, 'postgres/data'), 1, 5432, '', '', '', 'ready'];
    writeFileSync(join(folder.path, 'postgres/data/postmaster.pid'), `${stranger.join('\n')}\n`);
    const second = await start();
    expect(second.pid).not.toBe(process.ppid);
    await second.stop();
  });

  it('does not adopt a server without our cookie', async () => {
    const first = await start();
    const path = join(folder.path, 'postgres/instance.json');
    const instance = readFileSync(path);
    writeFileSync(path, JSON.stringify({ cookie: 'another' }));
    writeFileSync(join(folder.path, 'postgres/lock'), JSON.stringify({ host: 'elsewhere', pid: 1, started: '' }));
    await expect(start()).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    writeFileSync(join(folder.path, 'postgres/lock'), 'damaged');
    await expect(start()).rejects.toMatchObject({ code: 'FOREIGN_POSTGRES' });
    expect(first.isRunning).toBe(true);
    writeFileSync(path, instance);
    await first.stop();
  });

  it('refuses the data of another major version and says what to do', async () => {
    mkdirSync(join(folder.path, 'postgres/data'), { recursive: true });
    writeFileSync(join(folder.path, 'postgres/data/PG_VERSION'), '15\n');
    await expect(start()).rejects.toMatchObject({
      code: 'FOREIGN_PG_VERSION',
      remedy: expect.stringContaining('backup'),
    });
    const store = await openStore({ dataDir: folder.path, log, waitMs: 60_000 });
    expect(store.state).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('PostgreSQL 15') });
    await store.close();
  });

  it('starts anew when initdb was killed', async () => {
    mkdirSync(join(folder.path, 'postgres/data.new/base'), { recursive: true });
    await (await start()).stop();
  });

  it('uses a short socket path when the data directory is deep', async () => {
    const deep = join(folder.path, ...Array.from({ length: 12 }, () => 'a-long-name'));
    const server = await EmbeddedPostgres.start({ dataDir: deep, log });
    expect(server.connection.host.length).toBeLessThan(90);
    await server.stop();
  });

  it('is restarted by the store when it dies', async () => {
    const store = await openStore({ dataDir: folder.path, log, waitMs: 60_000 });
    const states: string[] = [];
    store.onState(({ kind }) => states.push(kind));
    process.kill(postmasterPid(), 'SIGKILL');
    await until(() => states.length === 3);
    expect(states).toEqual(['ready', 'unavailable', 'ready']);
    expect(await store.query('select 1 as one')).toEqual([{ one: 1 }]);
    await store.close();
  });

  it.runIf(isRoot).each(['namespace', 'account'] as const)('runs for root by %s', async (rootMode) => {
    const server = await EmbeddedPostgres.start({ dataDir: folder.path, log, rootMode });
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    await server.stop();
    if (!server.connection.host.startsWith(folder.path)) rmSync(dirname(server.connection.host), { recursive: true });
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(/^Uid:\s+0\s/m.test(status)).toBe(rootMode === 'namespace');
  });
});
