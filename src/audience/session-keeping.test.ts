import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../log/index.ts';
import { openStorage, type Storage } from '../storage/index.ts';
import { keepSessionFiles, removeOldStored, type SessionKeepingOptions } from './session-keeping.ts';

let home = '';
let storage: Storage;
const log = createLogger({ level: 'silent' });
const wallMs = () => Date.UTC(2026, 0, 10, 17, 30);

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headwater-keeping-'));
  storage = await openStorage({ name: 'logs', kind: 'folder', folder: join(home, 'logs') });
});

afterEach(() => rm(home, { recursive: true }));

const optionsOf = (more: Partial<SessionKeepingOptions> = {}): SessionKeepingOptions => ({
  ...{ folder: home, log, wallMs, openFile: () => undefined, keepDays: 0, diskBytes: 1e9, ...more },
});

async function write(...names: readonly string[]): Promise<void> {
  for (const name of names) await writeFile(join(home, name), 'x'.repeat(100));
}

const left = async () => (await readdir(home)).filter((name) => name.endsWith('.jsonl')).sort();

describe('keepSessionFiles', () => {
  it('gives away files whose hour is over, and not the one that is written', async () => {
    await write('2026-01-10T16-00-01.jsonl', '2026-01-10T17-00-02.jsonl', '2026-01-10T15-59-59.jsonl', 'other.txt');
    const uploads = {
      add: async ({ name, content }: { name: string; content: { file: string } | { bytes: Uint8Array } }) => {
        await storage.put(name, content, { contentType: 'application/jsonl' });
        return { id: '', sha256: '' };
      },
    };
    const stored = { uploads, storage, prefix: 'sessions/n1/', sharedPrefix: 'sessions/' };
    await keepSessionFiles(optionsOf({ stored, openFile: () => '2026-01-10T15-59-59.jsonl' }));
    expect(await left()).toEqual(['2026-01-10T15-59-59.jsonl', '2026-01-10T17-00-02.jsonl']);
    const object = join(home, 'logs/sessions/n1/2026-01-10/16-00-01.jsonl');
    expect(await readFile(object, 'utf8')).toHaveLength(100);
  });

  it('keeps a file that could not be given away', async () => {
    await write('2026-01-10T16-00-01.jsonl');
    const uploads = { add: () => Promise.reject(new Error('no room')) };
    const stored = { uploads, storage, prefix: 'sessions/n1/', sharedPrefix: 'sessions/' };
    await keepSessionFiles(optionsOf({ stored }));
    expect(await left()).toEqual(['2026-01-10T16-00-01.jsonl']);
  });

  it('removes what is too old, and the oldest where it is too much', async () => {
    await write('2026-01-01T10-00-00.jsonl', '2026-01-09T10-00-00.jsonl', '2026-01-10T10-00-00.jsonl');
    await keepSessionFiles(optionsOf({ keepDays: 5 }));
    expect(await left()).toEqual(['2026-01-09T10-00-00.jsonl', '2026-01-10T10-00-00.jsonl']);
    await keepSessionFiles(optionsOf({ diskBytes: 150 }));
    expect(await left()).toEqual(['2026-01-10T10-00-00.jsonl']);
  });
});

it('removeOldStored removes what is too old in the storage, of any node, and nothing else', async () => {
  const names = ['sessions/n1/2026-01-01/10-00-00.jsonl', 'sessions/n2/2026-01-09/10-00-00.jsonl', 'sessions/2026.txt'];
  for (const name of names) await storage.put(name, { bytes: Buffer.from('x') }, { contentType: 'text/plain' });
  const uploads = { add: () => Promise.reject(new Error('not here')) };
  const stored = { uploads, storage, prefix: 'sessions/n1/', sharedPrefix: 'sessions/' };
  await removeOldStored(optionsOf({ stored, keepDays: 5 }));
  const seen: string[] = [];
  for await (const { name } of storage.list('sessions/')) seen.push(name);
  expect(seen.sort()).toEqual([names[2], names[1]]);
});
