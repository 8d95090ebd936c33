import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseTemplate, type TranscodeTask } from '../../src/media/index.ts';
import { openMediaTools } from '../support/media.ts';
import { line, measured } from './measured.ts';
import type { SuiteOptions } from './suite.ts';

const run = promisify(execFile);
const RUNGS = [
  { width: 1920, kbps: 4000 },
  { width: 1280, kbps: 1800 },
  { width: 848, kbps: 800 },
];

/** Three rungs of one film in 1080p, by one plain FFmpeg command and by ours, one after the other in the same run. */
export async function media({ seconds }: SuiteOptions): Promise<void> {
  const rounds = seconds > 60 ? 1 : 3;
  const { tools, root, work, close } = await openMediaTools({ limits: { timeMs: 3_600_000 } });
  const folder = await mkdtemp(join(tmpdir(), 'headwater-bench-'));
  const film = join(root, 'film.mp4');
  const source = [
    '-f',
    'lavfi',
    '-i',
    `testsrc2=size=1920x1080:rate=25:duration=${seconds}`,
    '-f',
    'lavfi',
    '-i',
    `sine=duration=${seconds}`,
  ];
  const coded = ['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '8000k', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
  await run('ffmpeg', ['-v', 'error', ...source, ...coded, film]);
  const plain = async (round: number) => {
    const split = `[0:v]split=3[a][b][c];[a]null[v0];[b]scale=1280:-2[v1];[c]scale=848:-2[v2]`;
    const outputs = RUNGS.flatMap(({ kbps }, index) => [
      ...['-map', `[v${index}]`, '-map', '0:a', '-c:v', 'libx264', '-preset', 'medium', '-pix_fmt', 'yuv420p'],
      ...['-b:v', `${kbps}k`, '-maxrate', `${Math.round(kbps * 1.5)}k`, '-bufsize', `${kbps * 2}k`, '-g', '250'],
      ...['-c:a', 'aac', '-b:a', '128k', '-ac', '1', '-movflags', '+faststart', join(folder, `${round}-${index}.mp4`)],
    ]);
    await run('ffmpeg', ['-v', 'error', '-nostdin', '-i', film, '-filter_complex', split, ...outputs]);
  };
  const ours = async (round: number) => {
    const tasks = RUNGS.map(({ width, kbps }): TranscodeTask => {
      const video = { Codec: 'H.264', Preset: 'medium', Width: String(width), Bitrate: String(kbps) };
      const template = parseTemplate({
        Container: { Format: 'mp4' },
        Video: video,
        Audio: { Codec: 'AAC', Bitrate: '128', Samplerate: '48000' },
      });
      return { input: { file: 'film.mp4' }, template, output: { storage: 'disk', object: `${round}/${width}.mp4` } };
    });
    await tools.transcodeAll(tasks, await work());
  };
  console.log(
    '| round | plain wall s | ours wall s | ratio | plain CPU s | ours CPU s | ratio |\n|--:|--:|--:|--:|--:|--:|--:|',
  );
  for (let round = 1; round <= rounds; round++) {
    const [a, b] = [await measured(() => plain(round)), await measured(() => ours(round))];
    console.log(line(String(round), a.wall, b.wall, b.wall / a.wall, a.cpu, b.cpu, b.cpu / a.cpu));
  }
  await close();
  await rm(folder, { recursive: true, force: true });
}
