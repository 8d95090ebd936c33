import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProcessRecord, startTicksOf } from './process-record.ts';

let dir: string;
const fail = (error: unknown) => {
  throw error;
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headwater-processes-'));
});

afterEach(() => rm(dir, { recursive: true, force: true }));

const sleeper = () => spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });

describe.skipIf(process.platform !== 'linux')('ProcessRecord', () => {
  it('ends at the next start what was left behind', async () => {
    const left = sleeper();
    const { record } = await ProcessRecord.open(dir, fail);
    record.set([left.pid ?? 0]);
    await record.close();
    const exited = once(left, 'exit');
    expect((await ProcessRecord.open(dir, fail)).ended).toBe(1);
    expect(await exited).toEqual([null, 'SIGKILL']);
    expect(await readFile(join(dir, 'ffmpeg-processes.json'), 'utf8')).toBe('[]');
  });

  it('leaves another process alone that has the same number by now', async () => {
    const other = sleeper();
    const ticks = startTicksOf(other.pid ?? 0);
    expect(ticks).toMatch(/^\d+$/);
    const entry = { pid: other.pid, startTicks: String(Number(ticks) - 1) };
    await writeFile(join(dir, 'ffmpeg-processes.json'), JSON.stringify([entry]));
    expect((await ProcessRecord.open(dir, fail)).ended).toBe(0);
    expect(startTicksOf(other.pid ?? 0)).toBe(ticks);
    other.kill('SIGKILL');
    await once(other, 'exit');
  });

  it.each(['', '{', '{"pid":1}', '[{"pid":"x"},null,{"pid":1,"startTicks":"1"},{"pid":-5,"startTicks":"0"}]'])(
    'begins anew over a file of %j',
    async (text) => {
      await writeFile(join(dir, 'ffmpeg-processes.json'), text);
      expect((await ProcessRecord.open(dir, fail)).ended).toBe(0);
    },
  );
});
