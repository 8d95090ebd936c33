import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../log/index.ts';
import { SessionLog, type SessionLogOptions } from './session-log.ts';
import type { SessionRecord } from './session-record.ts';

let folder = '';
let wallMs = 0;
let outcomes: Record<string, number> = {};

const log = createLogger({ level: 'silent' });
const record = (session: string): SessionRecord => ({
  ...{ session, node: 'n', domain: 'default', app: 'live', stream: 'one', door: 'flv', rungs: [], bytes: 1 },
  ...{ openedAt: '2026-01-01T00:00:00.000Z', closedAt: '2026-01-01T00:00:01.000Z', watchedMs: 1000, ended: 'left' },
});

function open(more: Partial<SessionLogOptions> = {}): SessionLog {
  const onOutcome = (outcome: string, count: number) => {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  };
  return new SessionLog({ folder, wallMs: () => wallMs, log, onOutcome, ...more });
}

async function sessionsIn(name: string): Promise<string[]> {
  const lines = (await readFile(join(folder, name), 'utf8')).split('\n').filter((line) => line !== '');
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line).session];
    } catch {
      return ['torn'];
    }
  });
}

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'headwater-sessions-')), 'sessions');
  wallMs = Date.UTC(2026, 0, 1, 17, 0, 3);
  outcomes = {};
});

afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

describe('SessionLog', () => {
  it('begins a file with each hour, and goes on with the one of this hour after a restart', async () => {
    const first = open();
    first.add(record('a'));
    await first.flush();
    wallMs += 3_600_000;
    first.add(record('b'));
    await first.close();
    const second = open();
    second.add(record('c'));
    await second.close();
    expect(await readdir(folder)).toEqual(['2026-01-01T17-00-03.jsonl', '2026-01-01T18-00-03.jsonl']);
    expect(await sessionsIn('2026-01-01T17-00-03.jsonl')).toEqual(['a']);
    expect(await sessionsIn('2026-01-01T18-00-03.jsonl')).toEqual(['b', 'c']);
    expect(outcomes).toEqual({ written: 3 });
  });

  it('begins another file where one is full', async () => {
    const sessions = open({ mostFileBytes: 100 });
    sessions.add(record('a'));
    await sessions.flush();
    wallMs += 1000;
    sessions.add(record('b'));
    await sessions.close();
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('puts a line of its own behind half a line that a crash left', async () => {
    await mkdir(folder);
    await writeFile(join(folder, '2026-01-01T17-00-00.jsonl'), '{"session":"x');
    const sessions = open();
    sessions.add(record('a'));
    await sessions.close();
    expect(await sessionsIn('2026-01-01T17-00-00.jsonl')).toEqual(['torn', 'a']);
  });

  it('waits for a disk that is full, drops what is too much, and goes on when there is room', async () => {
    await mkdir(folder);
    const name = '2026-01-01T17-00-00.jsonl';
    await symlink('/dev/full', join(folder, name));
    const sessions = open({ mostWaitingBytes: 1000 });
    for (const each of ['a', 'b', 'c', 'd', 'e', 'f']) sessions.add(record(each));
    await sessions.flush();
    expect(outcomes.written).toBeUndefined();
    const dropped = outcomes.dropped ?? 0;
    expect(dropped).toBeGreaterThan(0);
    await rm(join(folder, name));
    await sessions.flush();
    await sessions.close();
    expect(outcomes).toEqual({ written: 6 - dropped, dropped });
    expect(await sessionsIn('2026-01-01T17-00-03.jsonl')).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].slice(0, 6 - dropped));
  });

  it('takes a hundred thousand sessions within its bound', async () => {
    const sessions = open();
    for (let i = 0; i < 100_000; i++) sessions.add(record(`session ${i}`));
    await sessions.close();
    expect((outcomes.written ?? 0) + (outcomes.dropped ?? 0)).toBe(100_000);
    expect(outcomes.written).toBeGreaterThan(20_000);
  });
});
