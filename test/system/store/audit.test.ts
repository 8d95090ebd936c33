import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chainEntry } from '../../../src/store/audit-chain.ts';
import { type AuditEntry, AuditLog, openStore, type Store } from '../../../src/store/index.ts';
import { dataFolder, memoryLog, type SystemPostgres, startSystemPostgres, until } from './helpers.ts';

const log = memoryLog();
const database = dataFolder();
let system: SystemPostgres;
let store: Store;
let node: ReturnType<typeof dataFolder>;
let audit: AuditLog;

const open = () => AuditLog.open({ store, dataDir: node.path, nodeId: 'node', log });
const entry = (detail: AuditEntry['detail'] = {}, fields: Partial<AuditEntry> = {}): AuditEntry => ({
  ...{ atMs: 1_800_000_000_123, actor: 'ann', actorKind: 'session', address: '203.0.113.1' },
  ...{ action: 'streams:kick', resource: 'app/a/live', outcome: 'done', detail },
  ...fields,
});

beforeAll(async () => {
  system = await startSystemPostgres();
  store = await openStore({ dataDir: database.path, log, databaseUrl: system.url, waitMs: 60_000 });
});
afterAll(async () => {
  await store?.close();
  system?.remove();
  database.remove();
});
beforeEach(async () => {
  node = dataFolder();
  audit = await open();
  for (let n = 1; n <= 5; n++) await audit.append(entry({ z: n, a: { y: 'é\0', x: [1.5, null] } }));
  await audit.drain();
});
afterEach(async () => {
  await audit.close();
  await tamper('truncate headwater.audit_entries');
  node.remove();
});

/** As somebody who may change the schema could. */
async function tamper(statement: string): Promise<void> {
  await store.transaction(async (client) => {
    await client.query('alter table headwater.audit_entries disable trigger user');
    await client.query(statement);
    await client.query('alter table headwater.audit_entries enable trigger user');
  });
}

describe('AuditLog', () => {
  it('has what was written, the newest first, by actor, action, outcome and time', async () => {
    await audit.append(entry({}, { actor: 'bob', action: 'users:write', outcome: 'refused', atMs: 1_900_000_000_000 }));
    await audit.drain();
    const numbers = async (filter: object) => (await audit.list({ limit: 10, ...filter })).map(({ number }) => number);
    expect(await numbers({})).toEqual([6, 5, 4, 3, 2, 1]);
    expect(await numbers({ actor: 'bob' })).toEqual([6]);
    expect(await numbers({ action: 'users' })).toEqual([6]);
    expect(await numbers({ action: 'streams:kick', limit: 2 })).toEqual([5, 4]);
    expect(await numbers({ outcome: 'refused' })).toEqual([6]);
    expect(await numbers({ since: new Date(1_850_000_000_000) })).toEqual([6]);
    const [newest] = await audit.list({ limit: 1 });
    expect(await numbers({ before: newest!.position })).toEqual([5, 4, 3, 2, 1]);
  });

  it.each([
    "update headwater.audit_entries set actor = 'x'",
    'delete from headwater.audit_entries',
    'truncate headwater.audit_entries',
  ])('is not changed by %s', async (statement) => {
    await expect(store.query(statement)).rejects.toThrow();
    expect(await audit.verify()).toEqual({ entries: 5, problems: [] });
  });

  it.each([
    ['a change', "update headwater.audit_entries set actor = 'mallory' where number = 3", [[3, 'was changed']]],
    [
      'a change of a detail',
      `update headwater.audit_entries set detail = '{"z":9}' where number = 2`,
      [[2, 'was changed']],
    ],
    [
      'a later time',
      "update headwater.audit_entries set at = at + interval '1 ms' where number = 1",
      [[1, 'was changed']],
    ],
    ['a row that is gone', 'delete from headwater.audit_entries where number = 3', [[3, '1 missing before entry 4']]],
    ['the first being gone', 'delete from headwater.audit_entries where number = 1', [[1, '1 missing before entry 2']]],
    ['the last being gone', 'delete from headwater.audit_entries where number > 3', [[4, '2 missing at the end']]],
    ['all being gone', 'delete from headwater.audit_entries', [[1, '5 missing at the end']]],
    [
      'a new order',
      `update headwater.audit_entries set number = -number; update headwater.audit_entries
        set number = case number when -2 then 3 when -3 then 2 else -number end`,
      [
        [2, 'was changed'],
        [2, 'does not follow the entry before it'],
        [3, 'was changed'],
        [3, 'does not follow the entry before it'],
        [4, 'does not follow the entry before it'],
      ],
    ],
  ])('shows %s', async (_, statement, problems) => {
    await tamper(statement);
    const found = (await audit.verify()).problems.map(({ number, problem }) => [number, problem]);
    expect(found.sort()).toEqual([...problems].sort());
  });

  it('shows that the rows were written anew with hashes that fit', async () => {
    const rows = (await audit.list({ limit: 10 })).reverse();
    let head = { chain: rows[0]!.chain, number: 0, hash: '' };
    for (const { position } of rows) {
      const forged = chainEntry(head, 'node', entry({ forged: true }));
      head = forged;
      await tamper(`update headwater.audit_entries set detail = '{"forged":true}', previous = '${forged.previous}',
        hash = '${forged.hash}' where position = ${position}`);
    }
    expect((await audit.verify()).problems).toMatchObject([{ number: 5, problem: 'is not the one written last' }]);
  });

  it('goes on with its chain after a restart, also from what the database does not have yet', async () => {
    await audit.append(entry({ z: 'in the journal' }));
    await audit.close();
    audit = await open();
    await audit.append(entry({ z: 'after it' }));
    expect(await audit.verify()).toEqual({ entries: 7, problems: [] });
    await audit.close();
    audit = await open();
    await audit.append(entry());
    expect(await audit.verify()).toEqual({ entries: 8, problems: [] });
  });

  it('begins a new chain where the end of the old one is not known, and refuses a damaged one', async () => {
    await audit.close();
    rmSync(join(node.path, 'audit-head.json'));
    audit = await open();
    await audit.append(entry());
    expect(await audit.verify()).toEqual({ entries: 6, problems: [] });
    await audit.close();
    writeFileSync(join(node.path, 'audit-head.json'), '{');
    await expect(open()).rejects.toMatchObject({ code: 'FILE_MALFORMED' });
    rmSync(join(node.path, 'audit-head.json'));
    audit = await open();
  });

  it('keeps entries while the database is away', async () => {
    const { entries } = await audit.verify();
    system.stop();
    await audit.append(entry({ z: 'away' }));
    await expect(audit.drain()).rejects.toThrow();
    system.start();
    await store.whenReady();
    await until(() =>
      audit.drain().then(
        () => true,
        () => false,
      ),
    );
    expect(await audit.verify()).toEqual({ entries: entries + 1, problems: [] });
  });
});
