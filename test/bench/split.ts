import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
/** Eight pieces: as many for each worker. */
const PIECE_OF_WORKERS_SECONDS = 11;
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
  console.log(line('workers', 'cores each', 'wall s', 'efficiency'));
  console.log('|--:|--:|--:|--:|');
  for (const cores of CORES_EACH) {
    let alone = Number.NaN;
    for (const count of [1, WORKERS]) {
      const stops: (() => Promise<void>)[] = [];
      for (let n = 0; n < count; n++) stops.push(await limitedWorker(bench, n, cores));
      const { wall } = await measured(() => cloudflow(bench, PIECE_OF_WORKERS_SECONDS));
      if (count === 1) alone = wall;
      console.log(line(String(count), cores, wall, alone / wall / count));
      for (const stop of stops) await stop();
    }
  }
}

async function cloudflow({ start, ended }: Bench, segmentTimeSeconds: number): Promise<void> {
  const source = { storage: 'disk', object: 'film.mov' };
  const job = await ended(
    await start('cloudflow', {
      ...{ source, outputStorage: 'disk', outputPrefix: 'out/', segmentTimeSeconds },
      targetFormats: [{ name: 'mp4', template: ENCODED }],
    }),
    RUN_TIMEOUT_MS,
  );
  if (job.state !== 'succeeded') throw new Error(`the run is ${job.state}: ${JSON.stringify(job.failure)}`);
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
