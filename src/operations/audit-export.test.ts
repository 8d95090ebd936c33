import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { Storages } from '../storage/index.ts';
import { chainEntry } from '../store/audit-chain.ts';
import { type ChainedEntry, verifyAuditLines } from '../store/index.ts';
import { type AuditExportOptions, exportAudit } from './audit-export.ts';

const CHAIN = '0b9b9d0e-0000-4000-8000-000000000001';
/** Sorts behind the other. */
const OF_ANOTHER_NODE = 'f0000000-0000-4000-8000-000000000002';
const DAY_MS = 86_400_000;
const QUIET = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {}, child: () => QUIET };

let folder: Awaited<ReturnType<typeof tempDir>>;
let storages: Storages;

beforeAll(async () => {
  folder = await tempDir('audit-export');
  storages = await Storages.open([{ kind: 'folder', name: 'kept', folder: folder.path }] as never, QUIET as never);
});

afterAll(() => folder.remove());

function chainOf(count: number, chain = CHAIN): ChainedEntry[] {
  const entries: ChainedEntry[] = [];
  for (let index = 0; index < count; index++) {
    const last = entries.at(-1);
    const head = last ? { chain, number: last.number, hash: last.hash } : { chain, number: 0, hash: '' };
    const about = { actor: 'eve', actorKind: 'session', address: '', action: 'streams:kick', resource: 'server' };
    entries.push(chainEntry(head, 'node', { ...about, atMs: index, outcome: 'done', detail: { index } }));
  }
  return entries;
}

async function* linesOf(names: readonly string[], change = (line: string) => line) {
  for (const name of names) {
    for (const line of (await readFile(join(folder.path, 'audit', CHAIN, name), 'utf8')).split('\n'))
      yield change(line);
  }
}

describe('exportAudit', () => {
  it('goes on where it was, in copies whose chain can be checked, and keeps them as long as it is told', async () => {
    const all = chainOf(7);
    let there = 5;
    const options: AuditExportOptions = {
      log: {
        chains: async () => [CHAIN, OF_ANOTHER_NODE],
        entriesAfter: async (chain, number, limit) =>
          (chain === CHAIN ? all.slice(0, there) : chainOf(1, chain))
            .filter((each) => each.number > number)
            .slice(0, limit),
      },
      ...{ storage: storages.get('kept'), prefix: 'audit/', keepDays: 0, mostEntries: 3, wallMs: Date.now },
    };
    const names = async () =>
      (await readdir(join(folder.path, 'audit', CHAIN))).filter((name) => name.endsWith('.jsonl')).sort();
    expect(await exportAudit(options)).toBe(6);
    expect(await exportAudit(options)).toBe(0);
    there = 7;
    expect(await exportAudit(options)).toBe(2);
    const written = await names();
    expect(written).toEqual([
      '000000000001-000000000003.jsonl',
      '000000000004-000000000005.jsonl',
      '000000000006-000000000007.jsonl',
    ]);
    expect(await verifyAuditLines(linesOf(written))).toEqual({ entries: 7, problems: [] });
    expect(await verifyAuditLines(linesOf(written.slice(1)))).toEqual({ entries: 4, problems: [] });
    const gap = await verifyAuditLines(linesOf([written[0]!, written[2]!]));
    expect(gap.problems).toMatchObject([{ number: 4, problem: '2 missing before entry 6' }]);
    const changed = await verifyAuditLines(linesOf(written, (line) => line.replace('"index":4', '"index":5')));
    expect(changed.problems).toMatchObject([{ number: 5, problem: 'was changed' }]);

    for (const name of written) {
      const old = new Date(Date.now() - 9 * DAY_MS);
      await utimes(join(folder.path, 'audit', CHAIN, name), old, old);
    }
    expect(await exportAudit({ ...options, keepDays: 10 })).toBe(0);
    expect(await names()).toHaveLength(3);
    expect(await exportAudit({ ...options, keepDays: 8 })).toBe(0);
    expect(await names()).toEqual(written.slice(2));
    expect(await exportAudit({ ...options, keepDays: 8 })).toBe(0);
  });
});
