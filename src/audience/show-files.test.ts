import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ViewerSession } from '../access/index.ts';
import { Show } from './show.ts';
import { ShowFiles } from './show-files.ts';

let folder = '';
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'headwater-shows-')), 'shows');
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

function show(id: string): Show {
  const made = new Show({
    ...{ id, node: 'n', domain: 'default', app: 'live', stream: 'one', startedAtMs: 1000, totalsOf: () => undefined },
  });
  made.connected(id, 1000);
  return made;
}

const session = (address: string, openedAtMs: number): ViewerSession => ({
  ...{ sessionId: address, domain: 'default', app: 'live', stream: 'one', protocol: 'flv', address, openedAtMs },
  close: () => undefined,
});

describe('a show', () => {
  it('counts viewers that are there and that left', () => {
    const one = show('s1');
    const [early, late] = [session('10.0.0.1', 2000), session('10.0.0.2', 4000)];
    one.opened(early, 2000);
    one.opened(late, 4000);
    one.closed(early, 5000);
    one.over({ session: early, owner: 'one', ending: 'left', closedAtMs: 5000, player: undefined });
    one.opened(session('10.0.0.1', 6000), 6000);
    expect(one.summary(7000)).toMatchObject({
      viewers: { peak: 2, peakAtMs: 4000, sessions: 3, unique: 2 },
      watchedMs: 3000 + 3000 + 1000,
      endings: { left: 1 },
    });
  });

  it('says when something was wrong, and that a publisher came back', () => {
    const one = show('s1');
    const wrong = { code: 'BITRATE_LOW', sentence: 'low' };
    one.health([wrong], 2000);
    one.health([wrong], 3000);
    one.health([], 4000);
    one.health([wrong], 5000);
    one.disconnected('s1', 6000, 'connection_lost', 500);
    one.connected('s2', 8000);
    expect(one.summary(9000, 70)).toMatchObject({
      findings: [
        { code: 'BITRATE_LOW', fromMs: 2000, untilMs: 4000 },
        { code: 'BITRATE_LOW', fromMs: 5000, untilMs: 6000 },
      ],
      connections: [{ sessionId: 's1', endedAtMs: 6000, endReason: 'connection_lost' }, { sessionId: 's2' }],
      connectionCount: 2,
      ingestBytes: 570,
    });
  });

  it('grows no further however often a publisher comes and goes', () => {
    const one = show('s0');
    for (let i = 1; i < 5000; i++) {
      one.connected(`s${i}`, i);
      one.health([{ code: `C${i}`, sentence: '' }], i);
      one.ladder({ atMs: i, event: 'rendition_failed' });
      one.disconnected(`s${i}`, i, 'connection_lost', 0);
    }
    const summary = one.summary(6000);
    expect(summary.connectionCount).toBe(5000);
    expect([summary.connections.length, summary.findings.length, summary.ladder.length]).toEqual([200, 200, 200]);
  });
});

describe('ShowFiles', () => {
  it('has what was over, and what a crash ended since it was last written', async () => {
    const files = await ShowFiles.open(folder);
    const over = show('over');
    over.disconnected('over', 2000, 'unpublished', 1);
    over.ended(2000);
    await files.write(over.summary(2500));
    await files.write(show('running').summary(9000));
    await writeFile(join(folder, 'damaged.json'), '{"version":1');
    const next = await ShowFiles.open(folder);
    expect(next.ended().map(({ id, endedAtMs, endReason }) => [id, endedAtMs, endReason])).toEqual([
      ['over', 2000, 'unpublished'],
      ['running', 9000, 'crash'],
    ]);
    expect(next.find('running')?.connections).toMatchObject([{ endReason: 'crash', endedAtMs: 9000 }]);
    expect(next.find('nobody')).toBeUndefined();
    await next.remove('over');
    expect((await readdir(folder)).sort()).toEqual(['damaged.json', 'running.json']);
  });
});
