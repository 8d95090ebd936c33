import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { secretsOf } from '../../src/rules/index.ts';
import { newMasterKey, openStore, RuleRevisions, SecretBox, type Store } from '../../src/store/index.ts';
import { type Headwater, type HeadwaterOptions, startHeadwater, tempDir, until } from '../support/index.ts';
import { NO_DATABASE } from '../support/open-server.ts';
import { RtmpPublisher } from '../support/rtmp-publisher.ts';
import { memoryLog, type SystemPostgres, startSystemPostgres } from './store/helpers.ts';

type Health = { rules: { revision: number; refused?: string }; status: string };

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function run(options: HeadwaterOptions): Promise<Headwater> {
  const server = await startHeadwater(options);
  cleanups.push(() => server.stop());
  return server;
}

const health = (server: Headwater) => server.api<Health>('/health');

/** Whether someone without a key may publish, which is what the rules of these tests change. */
async function isPushOpen(server: Headwater): Promise<boolean> {
  try {
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/probe' });
    await publisher.unpublish();
    return true;
  } catch {
    return false;
  }
}

/** Servers of one database have one master key. */
const MASTER_KEY = newMasterKey();

const OPEN = { domains: [{ name: 'default', push: { auth: { type: 'no_auth' as const } } }] };
const CLOSED = {
  domains: [{ name: 'default', push: { auth: { type: 'type_a' as const, key1: 'push-key-0123456789' } } }],
};

describe('the rules file', () => {
  it('is refused whole when it is wrong, which log, metric and API say, and the rules before it stay', async () => {
    const server = await run({ rules: CLOSED, env: NO_DATABASE });
    const refusals = async () => (await server.metric('headwater_rules_refused_total{source="file"}')) ?? 0;
    expect(await isPushOpen(server)).toBe(false);
    let count = 0;
    const bad: [unknown, string][] = [
      [{ ...OPEN, callbacks: [{ id: 'a', url: 'http://127.0.0.1/', form: 'xml' }] }, 'callbacks'],
      [{ domains: [{ ...OPEN.domains[0], plai: {} }] }, 'plai'],
      [{ ...OPEN, streems: [] }, 'streems'],
    ];
    for (const [document, says] of bad) {
      await server.setRules(document as never);
      await until(`refusal of ${says}`, async () => (await refusals()) > count);
      count = await refusals();
      expect((await health(server)).rules.refused).toContain(says);
      const line = server.log().findLast(({ level }) => level === 'error');
      expect(line).toMatchObject({ source: 'file', message: 'rules refused, the rules before them stay' });
      expect(JSON.stringify(line)).toContain(says);
      expect(await isPushOpen(server)).toBe(false);
    }
    await server.setRules(OPEN);
    await until('the good file is taken', () => isPushOpen(server));
    expect((await health(server)).rules.refused).toBeUndefined();
    expect(await refusals()).toBe(count);
  });

  it('is refused when it is no YAML, or gone while the server runs, and taken when it is back', async () => {
    const home = await tempDir('rules');
    cleanups.push(() => home.remove());
    const file = join(home.path, 'own.yml');
    await writeFile(file, JSON.stringify(OPEN));
    const server = await run({ env: { ...NO_DATABASE, HEADWATER_RULES_FILE: file } });
    expect(await isPushOpen(server)).toBe(true);
    await writeFile(file, 'domains: [\n  - {');
    await until('the refusal', async () => (await health(server)).rules.refused !== undefined);
    expect(await isPushOpen(server)).toBe(true);
    await writeFile(file, JSON.stringify(OPEN));
    await until('it is taken again', async () => (await health(server)).rules.refused === undefined);
    expect(await isPushOpen(server)).toBe(true);
  });
});

describe('revisions in the database', () => {
  let database: SystemPostgres;
  let store: Store;
  let revisions: RuleRevisions;
  const log = memoryLog();

  beforeAll(async () => {
    database = await startSystemPostgres();
    const home = await tempDir('revisions');
    store = await openStore({ dataDir: home.path, log, databaseUrl: database.url, waitMs: 60_000 });
    revisions = new RuleRevisions({ store, log, box: new SecretBox([Buffer.from(MASTER_KEY, 'base64')]), secretsOf });
    await home.remove();
  });
  afterAll(async () => {
    await store?.close();
    database?.remove();
  });

  it('B47 begin with the initial rules, spread while the server runs, and outlive server and database', async () => {
    const home = await tempDir('revisions');
    cleanups.push(() => home.remove());
    const dataDir = join(home.path, 'data');
    const options = { dataDir, env: { DATABASE_URL: database.url, HEADWATER_MASTER_KEY: MASTER_KEY } };
    const first = await run(options);
    await until('the first revision', async () => (await revisions.latest())?.number === 1);
    expect((await health(first)).rules.revision).toBe(1);
    expect(await isPushOpen(first)).toBe(false);

    await revisions.append(OPEN, { author: 'test', reason: 'open it', expectedNumber: 1 });
    await until('the revision is taken', async () => (await health(first)).rules.revision === 2);
    expect(await isPushOpen(first)).toBe(true);
    await first.stop();

    const second = await run(options);
    expect((await health(second)).rules.revision).toBe(2);
    expect(await isPushOpen(second)).toBe(true);
    expect((await revisions.list()).map(({ number, author }) => [number, author])).toEqual([
      [2, 'test'],
      [1, 'headwater'],
    ]);
    await second.stop();

    const away = await run({ dataDir, env: NO_DATABASE });
    expect(await health(away)).toMatchObject({ status: 'degraded', rules: { revision: 2 } });
    expect(await isPushOpen(away)).toBe(true);
  });

  it('that are wrong are refused, and the rules before them stay', async () => {
    const server = await run({ env: { DATABASE_URL: database.url, HEADWATER_MASTER_KEY: MASTER_KEY } });
    const latest = (await revisions.latest())!.number;
    await until('the revision is taken', async () => (await health(server)).rules.revision === latest);
    const wrong = { ...CLOSED, nonsense: true };
    await revisions.append(wrong, { author: 'test', reason: 'wrong', expectedNumber: latest });
    await until('the refusal', async () => (await health(server)).rules.refused !== undefined);
    expect((await health(server)).rules).toMatchObject({
      revision: latest,
      refused: expect.stringContaining('nonsense'),
    });
    expect(await server.metric('headwater_rules_refused_total{source="database"}')).toBe(1);
    expect(await isPushOpen(server)).toBe(true);
    await revisions.append(CLOSED, { author: 'test', reason: 'right', expectedNumber: latest + 1 });
    await until('the next is taken', async () => (await health(server)).rules.revision === latest + 2);
    expect((await health(server)).rules.refused).toBeUndefined();
    expect(await isPushOpen(server)).toBe(false);
  });

  it('that are taken do not hide that the file on the disk is still refused', async () => {
    const server = await run({ rules: {}, env: { DATABASE_URL: database.url, HEADWATER_MASTER_KEY: MASTER_KEY } });
    const refused = async () => (await health(server)).rules.refused;
    const latest = (await revisions.latest())!.number;
    await server.setRules({ nonsense: true } as never);
    await until('the refusal', refused);
    await revisions.append(OPEN, { author: 'test', reason: 'open it', expectedNumber: latest });
    await until('the revision is taken', async () => (await health(server)).rules.revision === latest + 1);
    expect(await refused()).toContain('nonsense');
    await server.setRules({ unknownHosts: 'default' });
    await until('the file is taken', async () => (await refused()) === undefined);
  });

  it('tell which keys have been the same for more than a year', async () => {
    const server = await run({ env: { DATABASE_URL: database.url, HEADWATER_MASTER_KEY: MASTER_KEY } });
    const latest = (await revisions.latest())!.number;
    type Posture = { posture: { code: string; sentence: string }[] };
    const old = async () =>
      (await server.api<Posture>('/health')).posture.find(({ code }) => code === 'OLD_KEY')?.sentence;
    const key1 = 'push-key-of-long-ago';
    const ofDomain = (name: string, key: string) => ({ name, push: { auth: { type: 'type_a' as const, key1: key } } });
    const first = { domains: [ofDomain('default', key1)] };
    await revisions.append(first, { author: 'test', reason: 'first', expectedNumber: latest });
    await store.query("update headwater.rule_revisions set created_at = created_at - interval '366 days'");
    const second = { domains: [...first.domains, ofDomain('b.test', 'push-key-of-today')] };
    await revisions.append(second, { author: 'test', reason: 'second', expectedNumber: latest + 1 });
    expect(await until('it is said', old)).toBe('Keys have been the same for more than 365 days: default (push).');
  });
});
