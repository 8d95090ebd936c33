import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kill, until } from '../store/helpers.ts';
import { type JobsBench, job, openBench } from './helpers.ts';

let bench: JobsBench;
const children = new Set<ChildProcess>();
beforeAll(async () => {
  bench = await openBench();
}, 60_000);
afterAll(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) await kill(child);
  await bench.close();
});

async function startWorker(): Promise<ChildProcess> {
  const file = new URL('./worker.ts', import.meta.url).pathname;
  const given = JSON.stringify({ databaseUrl: bench.system.url, folder: bench.folder });
  const child = spawn(process.execPath, ['--import', 'tsx', file, given], {
    cwd: new URL('../../..', import.meta.url).pathname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  await once(child.stdout!, 'data');
  return child;
}

it('fifty jobs end well and are published once each, however often their workers are killed', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 50; n++) {
    const made = await bench.jobs.submit(
      job([
        { name: 'a', action: 'make' },
        { name: 'b', action: 'make', after: ['a'] },
        { name: 'c', action: 'make', after: ['a'] },
        { name: 'publish', action: 'publish', after: ['b', 'c'] },
        { name: 'clean', action: 'clean', after: ['b', 'c', 'publish'], runsAlways: true },
      ]),
    );
    ids.push(made.id);
  }
  const left = async () => {
    const text = "select count(*) as count from headwater.jobs where state <> 'succeeded'";
    return (await bench.store.query<{ count: number }>(text))[0]!.count;
  };
  let workers = await Promise.all([startWorker(), startWorker()]);
  let kills = 0;
  // One of two is killed each time that some more jobs are done, in the middle of whatever it does.
  for (let bound = 42; bound > 0; bound -= 8) {
    await until(async () => (await left()) <= bound);
    const [victim, other] = Math.random() < 0.5 ? workers : workers.toReversed();
    await kill(victim!);
    kills++;
    workers = [other!, await startWorker()];
  }
  await until(async () => (await left()) === 0);
  for (const child of workers) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  }
  expect(kills).toBe(6);
  const published = readFileSync(join(bench.folder, 'published'), 'utf8').trim().split('\n');
  // Nobody published twice; who was killed between publishing and saying so said nothing.
  expect(published).toEqual([...new Set(published)]);
  expect(published.length).toBeGreaterThanOrEqual(ids.length - kills);
  for (const id of ids) expect(readFileSync(join(bench.folder, `${id}-published`), 'utf8')).toBe('b c');
  // Nothing else is left of any of them, and each step was written down once.
  const files = readdirSync(bench.folder).filter((name) => ids.some((id) => name.startsWith(id)));
  expect(files.every((name) => name.endsWith('-published') || name.endsWith('-a'))).toBe(true);
  const events = await bench.store.query(
    "select job_id, step from headwater.job_events where kind = 'step_succeeded' group by 1, 2 having count(*) > 1",
  );
  expect(events).toEqual([]);
  const attempts = readFileSync(join(bench.folder, 'attempts'), 'utf8').trim().split('\n').length;
  // Something was broken off, or the test says nothing.
  expect(attempts).toBeGreaterThan(150);
}, 180_000);
