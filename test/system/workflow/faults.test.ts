import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { JobError, type Step } from '../../../src/jobs/index.ts';
import { makeFilm } from '../../support/media.ts';
import { until } from '../../support/until.ts';
import { kill } from '../store/helpers.ts';
import { CLOUDFLOW, openWorkflowBench } from './helpers.ts';

const run = promisify(execFile);
const children = new Set<ChildProcess>();
let bench: Awaited<ReturnType<typeof openWorkflowBench>>;
/** Sums of the outputs where nothing went wrong. */
let undisturbed: Awaited<ReturnType<typeof sums>>;

beforeAll(async () => {
  bench = await openWorkflowBench();
  await makeFilm(join(bench.media.root, 'film.mov'), { seconds: 8, size: '480x270' });
  await bench.workflows.create(CLOUDFLOW, 'ann');
  bench.worker();
  const job = await bench.ended(await bench.start('cloudflow', inputTo('calm/')));
  expect(job.failure).toBeUndefined();
  undisturbed = await sums('calm/');
}, 200_000);
afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) await kill(child);
  children.clear();
  await bench.clear();
});
afterAll(() => bench.close());

const inputTo = (outputPrefix: string) => ({
  ...{ source: { file: 'film.mov' }, outputStorage: 'disk', outputPrefix, segmentTimeSeconds: 2 },
  targetFormats: ['mp4', 'flv'],
});

/** Every picture with its time, and every sample of the sound, as FFmpeg decodes them. */
async function sums(prefix: string) {
  const of = async (format: string) => {
    const file = join(bench.media.disk, `${prefix}film.${format}`);
    const { stdout } = await run('ffmpeg', ['-v', 'error', '-nostdin', '-i', file, '-f', 'framemd5', '-'], {
      maxBuffer: 50_000_000,
    });
    return stdout;
  };
  return { mp4: await of('mp4'), flv: await of('flv') };
}

const AT_WORK = /^(split|transcode-\d+|merge-\d+)$/;
const pieces = (steps: readonly Step[]) => steps.filter(({ name }) => /^transcode-\d+$/.test(name));
const attemptsOf = (steps: readonly Step[]) => pieces(steps).map(({ attempts }) => attempts);
const filesIn = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
    : [];

/** Kills the FFmpeg of ours that works in a folder. */
function killFfmpegIn(folder: string): boolean {
  const threads = readdirSync('/proc/self/task');
  const children = threads.flatMap((id) => readFileSync(`/proc/self/task/${id}/children`, 'utf8').split(' '));
  for (const pid of children.filter((each) => each !== '')) {
    try {
      const isIts = readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
      if (!isIts || readFileSync(`/proc/${pid}/comm`, 'utf8') !== 'ffmpeg\n') continue;
      process.kill(Number(pid), 'SIGKILL');
      return true;
    } catch {
      // It has ended meanwhile.
    }
  }
  return false;
}

/** Whether nothing it would write to the database comes of what it does now: it stands still from here on. */
async function isCaughtAt({ name }: Step, child: ChildProcess, steps: () => Promise<readonly Step[]>) {
  child.kill('SIGSTOP');
  await until('it stands', () => /^State:\s+T/m.test(readFileSync(`/proc/${child.pid}/status`, 'utf8')));
  const now = (await steps()).find((step) => step.name === name);
  return now?.state === 'running' && now.worker === String(child.pid);
}

describe('split, transcode, merge', () => {
  it('does a piece whose FFmpeg is killed again, and no other', async () => {
    let victim = '';
    const actions = bench.actions.map((action) => ({
      ...action,
      run: async (step: Parameters<typeof action.run>[0]) => {
        if (!/^transcode-\d+$/.test(step.step) || victim !== '') return action.run(step);
        const hunt = setInterval(() => {
          if (victim === '' && killFfmpegIn(step.folder)) victim = step.step;
        }, 5);
        const result = await action.run(step).finally(() => clearInterval(hunt));
        // It was just about to end: then it is the next one.
        if (victim === step.step) victim = '';
        return result;
      },
    }));
    bench.worker({ actions, retryDelayMs: () => 0 });
    const job = await bench.ended(await bench.start('cloudflow', inputTo('killed/')));
    expect(job.failure).toBeUndefined();
    expect(victim).not.toBe('');
    expect(attemptsOf(job.steps)).toEqual(pieces(job.steps).map(({ name }) => (name === victim ? 2 : 1)));
    expect(job.steps.find(({ name }) => name === victim)?.log?.join()).toContain('attempt 1 failed');
    expect(await sums('killed/')).toEqual(undisturbed);
  }, 120_000);

  it('ends right, picture by picture and sample by sample, however often its workers are killed', async () => {
    const startWorker = async () => {
      const file = new URL('./worker.ts', import.meta.url).pathname;
      const given = { databaseUrl: bench.system.url, jobs: bench.folder, media: bench.media.folder };
      const child = spawn(process.execPath, ['--import', 'tsx', file, JSON.stringify(given)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.add(child);
      await once(child.stdout!, 'data');
      return child;
    };
    const id = await bench.start('cloudflow', inputTo('wild/'));
    const steps = async () => (await bench.jobs.find(id))?.steps ?? [];
    let workers = [await startWorker(), await startWorker()];
    const killed: string[] = [];
    while (killed.length < 3) {
      const step = await until('something is at work, or all is over', async () => {
        const found = await steps();
        if (found.every(({ state }) => state === 'succeeded')) return 'over' as const;
        return (
          found.find(({ name, state }) => AT_WORK.test(name) && state === 'running' && !killed.includes(name)) ?? false
        );
      });
      if (step === 'over') break;
      const child = workers.find(({ pid }) => String(pid) === step.worker);
      if (!child) continue;
      if (!(await isCaughtAt(step, child, steps))) {
        child.kill('SIGCONT');
        continue;
      }
      killed.push(step.name);
      await kill(child);
      workers = [...workers.filter((each) => each !== child), await startWorker()];
    }
    const job = await bench.ended(id);
    expect(job.failure).toBeUndefined();
    // Something was broken off, or the test says nothing.
    expect(killed).not.toEqual([]);
    for (const name of killed) expect(job.steps.find((step) => step.name === name)?.attempts).toBeGreaterThan(1);
    expect(await sums('wild/')).toEqual(undisturbed);
    expect(
      filesIn(join(bench.media.disk, 'wild'))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['film.flv', 'film.mp4']);
  }, 180_000);

  it('makes pieces anew where a run is tried again after its clean-up, and leaves outputs that are done', async () => {
    let isBroken = true;
    const actions = bench.actions.map((action) => ({
      ...action,
      run: async (step: Parameters<typeof action.run>[0]) => {
        if (isBroken && step.step === 'merge-00002') throw new JobError('BROKEN', 'no', 'Wait.', { isFinal: true });
        return action.run(step);
      },
    }));
    bench.worker({ actions });
    const id = await bench.start('cloudflow', inputTo('again/'));
    const failed = await bench.ended(id);
    expect(failed).toMatchObject({ state: 'failed', failure: { code: 'BROKEN' } });
    const mp4 = join(bench.media.disk, 'again/film.mp4');
    expect(filesIn(join(bench.media.disk, 'again')).map(({ name }) => name)).toEqual(['film.mp4']);
    const before = statSync(mp4);
    isBroken = false;
    await bench.jobs.retry(id);
    const again = await bench.ended(id);
    expect(again.failure).toBeUndefined();
    expect(again.state).toBe('succeeded');
    expect(statSync(mp4).mtimeMs).toBe(before.mtimeMs);
    expect(await sums('again/')).toEqual(undisturbed);
    expect(
      filesIn(join(bench.media.disk, 'again'))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['film.flv', 'film.mp4']);
  }, 120_000);
});
