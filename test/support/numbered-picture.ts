import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FlvTag } from '../../src/protocol/flv/index.ts';
import { runToEnd } from './child.ts';
import { flvFile, type MadeFlv, readFlv } from './flv-file.ts';
import { pictureTimes } from './ladder.ts';
import { runToBytes } from './run-to-bytes.ts';
import { tempDir } from './temp-dir.ts';

/** Bars that are black or white: the number of the picture, readable at any size and after any encoder. */
const BARS = 10;

export type NumberedPicture = {
  readonly seconds: number;
  readonly size: `${number}x${number}`;
  readonly fps: string;
  readonly gop: number;
  readonly bFrames: number;
  /** Pictures are left out here and there, and the others come early or late. */
  readonly isVariable?: boolean;
  /** A chirp never sounds the same, so that every moment of it can be told from every other. */
  readonly tone?: 'steady' | 'chirp';
};

const TONES = {
  steady: 'sine=frequency=440:sample_rate=48000',
  chirp: "aevalsrc='0.5*sin(2*PI*(200+40*t)*t)':s=48000",
} as const;

/** Filled up, as renditions get no more bits than their source has. */
const CONSTANT = ['-b:v', '400k', '-maxrate', '400k', '-bufsize', '400k', '-x264-params', 'nal-hrd=cbr:filler=1'];

/** A picture that shows its own number, with a tone; `more` are FFmpeg's arguments before the output. */
export async function makeNumberedFlv(picture: NumberedPicture, more: readonly string[] = []): Promise<MadeFlv> {
  const { seconds, size, fps, gop, bFrames, isVariable = false, tone = 'steady' } = picture;
  const dir = await tempDir('numbered');
  const path = join(dir.path, 'picture.flv');
  const [width = 0] = size.split('x').map(Number);
  const bar = width / BARS;
  const bars = Array.from(
    { length: BARS },
    (_, bit) => `drawbox=x=${bit * bar}:y=0:w=${bar}:h=ih:color=white:t=fill:enable='mod(floor(n/${2 ** bit}),2)'`,
  );
  const variable = ["select='gt(mod(n,7),1)+eq(mod(n,3),0)'", 'settb=1/1000', "setpts='PTS+mod(N*7,5)*4'"];
  const filter = [...bars, ...(isVariable ? variable : [])].join(',');
  await runToEnd('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', `color=black:size=${size}:rate=${fps}`],
    ...['-f', 'lavfi', '-i', TONES[tone], '-t', String(seconds), '-vf', filter],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', String(gop), '-keyint_min', String(gop)],
    ...['-sc_threshold', '0', '-bf', String(bFrames), '-pix_fmt', 'yuv420p', ...CONSTANT],
    ...(isVariable ? ['-fps_mode', 'passthrough', '-enc_time_base:v', '1:1000'] : ['-fps_mode', 'cfr']),
    ...['-c:a', 'aac', '-b:a', '64k', ...more, '-f', 'flv', '-y', path],
  ]);
  return { path, tags: await readFlv(path), remove: () => rm(dir.path, { recursive: true, force: true }) };
}

const AS_BARS = ['-vf', `scale=${BARS}:1:flags=area`, '-fps_mode', 'passthrough', '-pix_fmt', 'gray'];

/** The numbers that the pictures of a file show, as they are displayed. */
export async function numbersShown(path: string): Promise<number[]> {
  const args = ['-v', 'error', '-i', path, '-map', '0:v', ...AS_BARS, '-f', 'rawvideo', 'pipe:1'];
  return numbersIn(await runToBytes('ffmpeg', args, new Uint8Array()));
}

/** The number that each decoded picture shows, by its presentation time in ms. */
export async function picturesShown(tags: readonly FlvTag[]): Promise<Map<number, number>> {
  const args = ['-v', 'error', '-f', 'flv', '-i', 'pipe:0', '-map', '0:v', ...AS_BARS, '-f', 'rawvideo', 'pipe:1'];
  const numbers = numbersIn(await runToBytes('ffmpeg', args, flvFile(tags)));
  const times = pictureTimes(tags).toSorted((a, b) => a - b);
  if (numbers.length !== times.length) {
    throw new Error(`${times.length} pictures came, ${numbers.length} could be decoded`);
  }
  return new Map(times.map((time, index) => [time, numbers[index] ?? 0]));
}

function numbersIn(bytes: Uint8Array): number[] {
  const numberOf = (index: number) =>
    bytes.subarray(index * BARS, (index + 1) * BARS).reduce((sum, level, bit) => sum + (level > 127 ? 2 ** bit : 0), 0);
  return Array.from({ length: bytes.length / BARS }, (_, index) => numberOf(index));
}
