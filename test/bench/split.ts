import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listWorkers, type Step } from '../../src/jobs/index.ts';
import { until } from '../support/until.ts';
import { CLOUDFLOW, openWorkflowBench } from '../system/workflow/helpers.ts';
import { ffmpeg, makeFilm } from './film.ts';
import { line, measured } from './measured.ts';
import type { SuiteOptions } from './suite.ts';
import { ROOT } from './tools.ts';

type Bench = Awaited<ReturnType<typeof openWorkflowBench>>;

/** As the sweep of the lab: a film of 89 s, and pieces of these lengths. */
const FILM = { seconds: 89, size: '1280x720' };
const PIECES_SECONDS = [45, 25, 15, 10, 5];
const ENCODED = {
  Container: { Format: 'mp4' },
  Video: { Codec: 'H.264', Preset: 'medium', Crf: '23' },
  Audio: { Codec: 'AAC', Bitrate: '128', Samplerate: '48000' },
};
const PLAIN = ['-c:v', 'libx264', '-preset', 'medium', '-crf', '23', '-g', '250', '-c:a', 'aac', '-b:a', '128k'];
const WORKERS = 4;
const COLUMNS = ['workers', 'cores each', 'wall s', 'efficiency', 'before', 'pieces', 'pieces s', 'busy', 'after'];
const PERIOD_US = 100_000;
/** A quarter of a core takes four minutes for it. */
const RUN_TIMEOUT_MS = 600_000;
/** Four with half a core are all of a machine with two; with a quarter, what measures and PostgreSQL have room. */
const CORES_EACH = [0.5, 0.25];

/** Split, transcode and merge: pieces of several lengths, and several workers, beside one plain command. */
export async function split({ seconds, part }: SuiteOptions): Promise<void> {
  const bench = await openWorkflowBench();
  try {
    await bench.workflows.create(CLOUDFLOW, 'bench');
    const length = part === undefined ? Math.min(FILM.seconds, seconds) : FILM.seconds;
    await makeFilm(join(bench.media.disk, 'film.mov'), { ...FILM, seconds: length });
    if (part !== 'workers') await pieces(bench);
    if (part !== 'pieces') await workers(bench);
  } finally {
    await bench.close();
  }
}

async function pieces(bench: Bench): Promise<void> {
  const plain = await measured(() =>
    ffmpeg('-i', join(bench.media.disk, 'film.mov'), ...PLAIN, join(bench.media.disk, 'plain.mp4')),
  );
  console.log(line('pieces', 'wall s', 'x plain', 'CPU s', 'x plain'));
  console.log('|---|--:|--:|--:|--:|');
  console.log(line('one plain command', plain.wall, 1, plain.cpu, 1));
  const ours = [bench.worker({ concurrency: 1 }), bench.worker({ concurrency: 1 })];
  for (const piece of PIECES_SECONDS) {
    const { wall, cpu } = await measured(() => cloudflow(bench, piece));
    console.log(line(`${piece} s, two workers`, wall, wall / plain.wall, cpu, cpu / plain.cpu));
  }
  await Promise.all(ours.map((each) => each.stop()));
}

/** One worker with a part of a core, and four of them; efficiency 1 would be a quarter of the time. */
async function workers(bench: Bench): Promise<void> {
  console.log(line(...COLUMNS));
  console.log('|--:|--:|--:|--:|--:|--:|--:|--:|--:|');
  for (const cores of CORES_EACH) {
    let alone = Number.NaN;
    for (const count of [1, WORKERS]) {
      const stops: (() => Promise<void>)[] = [];
      for (let n = 0; n < count; n++) stops.push(await limitedWorker(bench, n, cores));
      await until('all are there', async () => (await listWorkers(bench.store)).length === count);
      let steps: readonly Step[] = [];
      const { wall } = await measured(async () => {
        steps = await cloudflow(bench, null);
      });
      if (count === 1) alone = wall;
      console.log(line(String(count), cores, wall, alone / wall / count, ...timesOf(steps, count)));
      for (const stop of stops) await stop();
    }
  }
}

/**
 * How many seconds it took until the first piece began, from then to the end of the last one, which part of that time
 * workers were at a piece, and how many seconds from then on.
 */
function timesOf(steps: readonly Step[], workers: number): readonly (number | string)[] {
  const pieces = steps.filter(({ name }) => name.startsWith('transcode-'));
  const beganMs = Math.min(...pieces.map(({ startedAtMs = Number.NaN }) => startedAtMs));
  const endedMs = Math.max(...pieces.map(({ finishedAtMs = Number.NaN }) => finishedAtMs));
  const [first, last] = [
    steps.at(0)?.readyAtMs ?? Number.NaN,
    Math.max(...steps.map((step) => step.finishedAtMs ?? 0)),
  ];
  const busyMs = pieces.reduce((sum, { startedAtMs = 0, finishedAtMs = 0 }) => sum + finishedAtMs - startedAtMs, 0);
  const tookMs = endedMs - beganMs;
  const busy = busyMs / tookMs / workers;
  return [(beganMs - first) / 1000, String(pieces.length), tookMs / 1000, busy, (last - endedMs) / 1000];
}

/** `segmentTimeSeconds` null leaves the choice of lengths to the server. */
async function cloudflow({ start, ended }: Bench, segmentTimeSeconds: number | null): Promise<readonly Step[]> {
  const source = { storage: 'disk', object: 'film.mov' };
  const job = await ended(
    await start('cloudflow', {
      ...{ source, outputStorage: 'disk', outputPrefix: 'out/', segmentTimeSeconds },
      targetFormats: [{ name: 'mp4', template: ENCODED }],
    }),
    RUN_TIMEOUT_MS,
  );
  if (job.state !== 'succeeded') throw new Error(`the run is ${job.state}: ${JSON.stringify(job.failure)}`);
  return job.steps;
}

/** `headwater worker`, which with all that it starts gets so much of a core. */
async function limitedWorker({ system, folder, media }: Bench, n: number, cores: number): Promise<() => Promise<void>> {
  const group = join('/sys/fs/cgroup/cpu', `headwater-bench-${process.pid}-${n}`);
  mkdirSync(group);
  writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_US));
  writeFileSync(join(group, 'cpu.cfs_quota_us'), String(cores * PERIOD_US));
  const config = join(folder, `worker-${n}.json`);
  const storages = [{ kind: 'folder', name: 'disk', folder: media.disk }];
  writeFileSync(config, JSON.stringify({ storages, dataDir: join(folder, `worker-${n}`), databaseUrl: system.url }));
  const command = `echo $$ > ${group}/tasks; exec "$0" "$@"`;
  const headwater = join(ROOT, 'dist/server/main.js');
  const child: ChildProcess = spawn(
    'sh',
    ['-c', command, process.execPath, headwater, 'worker', '--config', config, '--concurrency', '1'],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
    rmSync(config);
    rmdirSync(group);
  };
}
