import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { within } from '../deadline/index.ts';
import { passedEnvironment } from '../ffmpeg/index.ts';
import { concat } from '../protocol/bytes/index.ts';
import { ivfOf } from './ivf.ts';
import { type ColourTool, jpegColours } from './jpeg-colours.ts';
import { splitJpegs } from './jpeg-splitter.ts';
import type { KeyFrame, Size } from './key-frame.ts';
import type { Picture } from './picture.ts';

const KEPT_CHARACTERS = 500;
const TILE_QUALITY = 5;
/** Descriptors of FFmpeg: pictures, small pictures, their luma. */
const OUTPUTS = [1, 3, 4] as const;

export type DecodeOptions = {
  readonly ffmpegPath: string;
  readonly colourTool: ColourTool;
  /** FFmpeg's own scale: 2 is best, 31 is worst. */
  readonly quality: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/** Makes pictures of key frames of one group in one run of FFmpeg, which ends by itself; one for each, in order. */
export async function decodeBatch(frames: readonly KeyFrame[], options: DecodeOptions): Promise<Picture[]> {
  const [first] = frames;
  if (!first) return [];
  return within(options.timeoutMs, options.signal, (signal) => picturesFrom(first, frames, { ...options, signal }));
}

async function picturesFrom(first: KeyFrame, frames: readonly KeyFrame[], options: DecodeOptions): Promise<Picture[]> {
  const { ffmpegPath, signal } = options;
  const child = spawn(ffmpegPath, argumentsFor(first, options), {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
    env: passedEnvironment(),
    signal,
    killSignal: 'SIGKILL',
  });
  const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
  const said = lastWordsOf(child);
  // Pictures may wait; what is live may not.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(inputOf(first, frames));
  const outputs = await Promise.race([outputsOf(child), failed]);
  const pictures = picturesOf(first, outputs);
  if (pictures.length === frames.length) return pictures;
  throw new Error(`FFmpeg made ${pictures.length} pictures of ${frames.length} key frames: ${said() || endOf(child)}`);
}

function inputOf({ format, size }: KeyFrame, frames: readonly KeyFrame[]): Uint8Array {
  const bytes = frames.map((frame) => frame.bytes);
  return format === 'ivf' ? ivfOf(size, bytes) : concat(bytes);
}

/** Of an FFmpeg that said nothing. */
function endOf({ exitCode, signalCode }: ChildProcess): string {
  return signalCode ? `it was ended by ${signalCode}` : `it ended with ${exitCode}`;
}

function lastWordsOf({ stderr }: ChildProcess): () => string {
  let said = '';
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-KEPT_CHARACTERS);
  });
  return () => said.trim();
}

type Outputs = Readonly<Record<(typeof OUTPUTS)[number], Uint8Array>>;

async function outputsOf(child: ChildProcess): Promise<Outputs> {
  const closed = new Promise((resolve) => child.once('close', resolve));
  const [jpegs, tiles, luma] = OUTPUTS.map((descriptor) => buffer(child.stdio[descriptor] as Readable));
  const [made, small, gray] = await Promise.all([jpegs, tiles, luma, closed]);
  const none = new Uint8Array();
  return { 1: made ?? none, 3: small ?? none, 4: gray ?? none };
}

/** Copies, so that a picture that is kept doesn't keep its whole batch. */
function picturesOf({ tile: { width, height } }: KeyFrame, outputs: Outputs): Picture[] {
  const tiles = splitJpegs(outputs[3]);
  const lumaBytes = width * height;
  return splitJpegs(outputs[1]).flatMap((jpeg, index) => {
    const tile = tiles[index];
    const luma = new Uint8Array(outputs[4].subarray(index * lumaBytes, (index + 1) * lumaBytes));
    if (!tile || luma.length < lumaBytes) return [];
    return [{ jpeg: new Uint8Array(jpeg), tile: { width, height, jpeg: new Uint8Array(tile), luma } }];
  });
}

function argumentsFor(frame: KeyFrame, { quality, colourTool }: DecodeOptions): string[] {
  const { format, size, scaledTo, tile } = frame;
  // What deblocking would add is hardly seen in one picture, and costs a third of its decoding.
  const decode = ['-threads', '1', '-flags', 'low_delay', '-skip_loop_filter', 'all'];
  const chain = (to: Size | undefined) => {
    const scale = to ? `scale=${to.width}:${to.height}:flags=fast_bilinear,` : '';
    return `${scale}${jpegColours(frame.colours, canBeHalved(to ?? size) ? colourTool : 'scale')}`;
  };
  const graph = `[0:v]split[a][b];[a]${chain(scaledTo)}[picture];[b]${chain(tile)},split[tile][c];[c]extractplanes=y[luma]`;
  const mjpeg = (q: number) => ['-threads', '1', '-c:v', 'mjpeg', '-huffman', 'default', '-q:v', String(q)];
  const output = (pad: string, ...rest: string[]) => ['-map', `[${pad}]`, '-fps_mode', 'passthrough', ...rest];
  return [
    ...['-v', 'error', '-nostdin', '-filter_threads', '1', '-filter_complex_threads', '1', ...decode],
    ...['-protocol_whitelist', 'pipe', '-f', format, '-i', 'pipe:0', '-filter_complex', graph],
    ...output('picture', ...mjpeg(quality), '-f', 'image2pipe', 'pipe:1'),
    ...output('tile', ...mjpeg(TILE_QUALITY), '-f', 'image2pipe', 'pipe:3'),
    ...output('luma', '-c:v', 'rawvideo', '-f', 'rawvideo', 'pipe:4'),
  ];
}

/** zscale makes no picture of whose sides there is no half, as its chroma has. */
function canBeHalved({ width, height }: Size): boolean {
  return width % 2 === 0 && height % 2 === 0;
}
