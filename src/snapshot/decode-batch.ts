import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { concat } from '../protocol/bytes/index.ts';
import { splitJpegs } from './jpeg-splitter.ts';
import type { KeyFrame } from './key-frame.ts';

const KEPT_CHARACTERS = 500;

export type DecodeOptions = {
  readonly ffmpegPath: string;
  /** FFmpeg's own scale: 2 is best, 31 is worst. */
  readonly quality: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/** Makes JPEG pictures of key frames of one group in one run of FFmpeg, which ends by itself; one for each, in order. */
export async function decodeBatch(frames: readonly KeyFrame[], options: DecodeOptions): Promise<Uint8Array[]> {
  const { ffmpegPath, quality, timeoutMs, signal } = options;
  const [first] = frames;
  if (!first) return [];
  const child = spawn(ffmpegPath, argumentsFor(first, quality), {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    killSignal: 'SIGKILL',
  });
  const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT_CHARACTERS);
  });
  // Pictures may wait; what is live may not.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  child.stdin.on('error', () => undefined);
  child.stdin.end(concat(frames.map(({ bytes }) => bytes)));
  const [output] = await Promise.race([Promise.all([buffer(child.stdout), ended]), failed]);
  const pictures = splitJpegs(output);
  if (pictures.length !== frames.length) {
    throw new Error(`FFmpeg made ${pictures.length} pictures of ${frames.length} key frames: ${said.trim()}`);
  }
  return pictures;
}

function argumentsFor({ format, scaledTo }: KeyFrame, quality: number): string[] {
  // What deblocking would add is hardly seen in one picture, and costs a third of its decoding.
  const decode = ['-threads', '1', '-flags', 'low_delay', '-skip_loop_filter', 'all'];
  const scale = scaledTo ? ['-vf', `scale=${scaledTo.width}:${scaledTo.height}:flags=fast_bilinear`] : [];
  const encode = ['-threads', '1', '-c:v', 'mjpeg', '-huffman', 'default', '-q:v', String(quality)];
  return [
    ...['-v', 'error', '-nostdin', '-filter_threads', '1', ...decode, '-f', format, '-i', 'pipe:0'],
    ...['-an', '-fps_mode', 'passthrough', '-sws_flags', 'fast_bilinear', ...scale, ...encode],
    ...['-f', 'image2pipe', 'pipe:1'],
  ];
}
