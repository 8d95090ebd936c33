import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startHeadwater, tempDir } from '../support/index.ts';
import { anonymousBytes, post } from '../support/uploads.ts';
import { ffmpeg } from './film.ts';
import { line } from './measured.ts';

const run = promisify(execFile);
const SIZE_BYTES = 4_000_000_000;
/** 720p of 60 Mb/s, as cameras write: noise, which no encoder makes small. */
const SEED_SECONDS = 30;
const FRAMES_PER_SECOND = 25;
const LOOK_EVERY_MS = 250;

type Run = { readonly id: string; readonly state: string; readonly failure?: object; readonly steps: readonly Step[] };
type Step = { readonly name: string; readonly state: string };

/** One source of 4 GB through the shipped workflow, on one server: how much memory that takes, and whether it comes out right. */
export async function large(): Promise<void> {
  const home = await tempDir('large');
  try {
    const results = join(home.path, 'recordings');
    const server = await startHeadwater({
      env: { HEADWATER_MEDIA_ROOTS: home.path, HEADWATER_RECORDINGS_DIR: results },
    });
    try {
      const source = await makeSource(home.path);
      while ((await server.api<{ database: { state: string } }>('/health')).database.state !== 'ready')
        await delay(200);
      const pid = server.child.process.pid ?? 0;
      const idle = await anonymousBytes(pid);
      const [most, stop] = highest(pid);
      const startMs = performance.now();
      const video = { Codec: 'H.264', Preset: 'ultrafast', Width: '640', Bitrate: '800' };
      const template = { Container: { Format: 'mp4' }, Video: video, Audio: { Codec: 'AAC', Bitrate: '96' } };
      const input = {
        ...{
          source: { file: 'source.mov' },
          outputStorage: 'recordings',
          outputPrefix: 'large/',
          segmentTimeSeconds: 60,
        },
        targetFormats: [{ template }],
      };
      let job = await server.api<Run>('/workflows/cloudflow/runs', post({ input }));
      while (!['succeeded', 'failed'].includes(job.state)) {
        await delay(1000);
        job = await server.api<Run>(`/workflow-runs/${job.id}`);
      }
      stop();
      if (job.state === 'failed') throw new Error(JSON.stringify(job.failure));
      const seconds = (performance.now() - startMs) / 1000;
      const output = await countOf(join(results, 'large', 'source.mp4'));
      const pieces = job.steps.filter(({ name }) => /^transcode-/.test(name)).length - 1;
      console.log('| 4 GB through split, transcode, merge | |\n|---|--:|');
      console.log(line('source, GB', source.sizeBytes / 1e9));
      console.log(line('pieces, beside the sound', String(pieces)));
      console.log(line('by the clock, s', seconds));
      console.log(line('pictures in', String(source.frames)));
      console.log(line('pictures out', String(output.frames)));
      console.log(line('sound out, s', output.soundSeconds));
      console.log(line('server at rest, MB', idle / 1e6));
      console.log(line('server at most above that, MB', (most.server - idle) / 1e6));
      console.log(line('one FFmpeg at most, MB', most.ffmpeg / 1e6));
    } finally {
      await server.stop();
    }
  } finally {
    await rm(home.path, { recursive: true, force: true });
  }
}

/** A short film, put after itself without encoding until it is as large as wanted. */
async function makeSource(folder: string) {
  const [seed, list, file] = ['seed.mov', 'list.txt', 'source.mov'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await ffmpeg(
    ...[
      '-f',
      'lavfi',
      '-i',
      `testsrc2=size=1280x720:rate=${FRAMES_PER_SECOND}:duration=${SEED_SECONDS},noise=alls=40:allf=t`,
    ],
    ...[
      '-f',
      'lavfi',
      '-i',
      `sine=sample_rate=48000:duration=${SEED_SECONDS}`,
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
    ],
    ...[
      '-b:v',
      '60M',
      '-maxrate',
      '60M',
      '-bufsize',
      '60M',
      '-g',
      '50',
      '-pix_fmt',
      'yuv420p',
      '-c:a',
      'pcm_s16le',
      seed,
    ],
  );
  const times = Math.ceil(SIZE_BYTES / statSync(seed).size);
  await writeFile(list, `file '${seed}'\n`.repeat(times));
  await ffmpeg('-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', file);
  await rm(seed);
  return { sizeBytes: statSync(file).size, frames: times * SEED_SECONDS * FRAMES_PER_SECOND };
}

async function countOf(file: string) {
  const args = ['-v', 'error', '-of', 'json', '-show_streams', '-count_packets', file];
  const { streams } = JSON.parse((await run('ffprobe', args)).stdout) as {
    streams: { codec_type: string; nb_read_packets: string; duration: string }[];
  };
  const of = (kind: string) => streams.find(({ codec_type }) => codec_type === kind);
  return { frames: Number(of('video')?.nb_read_packets), soundSeconds: Number(of('audio')?.duration) };
}

/** The most that the server, and any FFmpeg of this machine's that it started, had for itself. */
function highest(pid: number): [{ server: number; ffmpeg: number }, () => void] {
  const most = { server: 0, ffmpeg: 0 };
  const look = async () => {
    most.server = Math.max(most.server, await anonymousBytes(pid).catch(() => 0));
    for (const child of childrenOf(pid))
      most.ffmpeg = Math.max(most.ffmpeg, await anonymousBytes(child).catch(() => 0));
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return [most, () => clearInterval(timer)];
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((each) => {
      try {
        const stat = readFileSync(`/proc/${each}/stat`, 'utf8');
        return stat.includes('(ffmpeg)') && Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
      } catch {
        return false;
      }
    });
}
