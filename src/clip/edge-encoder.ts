import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { within } from '../deadline/index.ts';
import { concat } from '../protocol/bytes/index.ts';
import {
  encodeFragment,
  encodeInitSegment,
  type Fmp4Sample,
  type Fmp4VideoTrack,
  FragmentReader,
  type ReadSample,
} from '../protocol/fmp4/index.ts';
import { type AvcLikeness, avcLikeness } from './avc-edge.ts';

export type EdgeEncoderOptions = {
  /** FFmpeg, and what starts it: `['setpriv', '--pdeathsig', 'KILL', '/usr/bin/ffmpeg']`. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Each edge of a file has parameter sets of its own: 0, 1 ... */
  readonly parameterSet?: number;
};

/** Pictures to be decoded, of which some are encoded anew. */
export type EdgeSource = {
  readonly track: Fmp4VideoTrack;
  /** In the order of decoding, from a key frame on. */
  readonly samples: readonly Fmp4Sample[];
  readonly firstDtsTicks: number;
  /** Of the pictures that are wanted, in the order of display. */
  readonly ptsTicks: readonly number[];
};

export type EncodedEdge = {
  readonly config: Uint8Array;
  /** One for each wanted picture, decoded as they are displayed. */
  readonly pictures: readonly { readonly data: Uint8Array; readonly isIdr: boolean }[];
};

const KEPT_CHARACTERS = 500;
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;
/** Of what the server knows, a codec library gets to see this. */
const PASSED_ON = /^(PATH|HOME|LANG|LC_.*|TMPDIR|LD_LIBRARY_PATH)$/;
/** So that no time is negative, wherever the first picture is shown. */
const LEAD_IN_TICKS = 90_000;

/** Decodes and encodes in one run of FFmpeg. Throws where not exactly the wanted pictures come out, or none in time. */
export async function encodeEdge(source: EdgeSource, options: EdgeEncoderOptions): Promise<EncodedEdge> {
  const { track, samples, firstDtsTicks, ptsTicks } = source;
  const likeness = avcLikeness(track.config, options.parameterSet ?? 0);
  const shiftTicks = LEAD_IN_TICKS - firstDtsTicks;
  const shifted = ptsTicks.map((ticks) => ticks + shiftTicks);
  const run = { trackId: track.trackId, baseMediaDecodeTime: LEAD_IN_TICKS, samples };
  const input = [encodeInitSegment([track]), encodeFragment({ sequenceNumber: 1, tracks: [run] })];
  const output = await runFfmpeg(argumentsFor(track, likeness, shifted), concat(input), options);
  return checked(new FragmentReader({ maxBoxBytes: MAX_OUTPUT_BYTES }).push(output), shifted, track.timescale);
}

function argumentsFor(
  { timescale }: Fmp4VideoTrack,
  { profile, level, references, parameterSetId }: AvcLikeness,
  ptsTicks: readonly number[],
): string[] {
  const wanted = `between(pts\\,${ptsTicks[0]}\\,${ptsTicks.at(-1)})`;
  const x264 = `sps-id=${parameterSetId}:bframes=0:open-gop=0`;
  return [
    ...['-v', 'error', '-nostdin', '-copyts', '-threads', '2', '-protocol_whitelist', 'pipe'],
    ...['-f', 'mp4', '-i', 'pipe:0', '-map', '0:v:0'],
    ...['-vf', `select='${wanted}'`, '-fps_mode', 'passthrough', '-enc_time_base', `1:${timescale}`],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '17', '-bf', '0', '-g', '9999', '-threads', '2'],
    ...['-profile:v', profile, '-level', level, '-refs', String(references), '-x264-params', x264],
    ...['-movflags', 'frag_keyframe+empty_moov+default_base_moof+frag_discont', '-use_editlist', '0'],
    ...['-avoid_negative_ts', 'disabled', '-video_track_timescale', String(timescale), '-f', 'mp4', 'pipe:1'],
  ];
}

/** A picture too many, too few or at another time would be a wrong frame in somebody's clip. */
function checked(samples: readonly ReadSample[], ptsTicks: readonly number[], timescale: number): EncodedEdge {
  const [first] = samples;
  const isRight =
    samples.length === ptsTicks.length &&
    samples.every(({ dts, compositionOffset, track }, index) => {
      return track.timescale === timescale && dts + compositionOffset === ptsTicks[index];
    });
  if (!first || !isRight) throw new Error(`FFmpeg made ${samples.length} pictures of ${ptsTicks.length}, or others`);
  if (!first.isSync) throw new Error('FFmpeg did not begin with a key frame');
  return { config: first.track.config, pictures: samples.map(({ data, isSync }) => ({ data, isIdr: isSync })) };
}

async function runFfmpeg(
  args: readonly string[],
  input: Uint8Array,
  { command, timeoutMs, signal }: EdgeEncoderOptions,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  try {
    return await within(timeoutMs, signal, (limit) => outputOf(command, args, input, limit));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'TimeoutError') throw error;
    throw new Error(`FFmpeg did not end within ${timeoutMs / 1000} s`, { cause: error });
  }
}

async function outputOf(
  [program = '', ...before]: readonly string[],
  args: readonly string[],
  input: Uint8Array,
  limit: AbortSignal,
): Promise<Uint8Array> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)));
  const child = spawn(program, [...before, ...args], { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env });
  const end = endOf(child);
  const kill = () => killGroup(child);
  limit.addEventListener('abort', kill);
  try {
    // A clip may wait; what is live may not.
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [output, words] = await Promise.all([bytesOf(child.stdout, kill), lastWordsOf(child.stderr), end]);
    limit.throwIfAborted();
    if (child.exitCode !== 0) throw new Error(`FFmpeg ended with ${child.exitCode ?? child.signalCode}: ${words}`);
    return output;
  } finally {
    limit.removeEventListener('abort', kill);
    kill();
  }
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself in this moment.
  }
}

async function bytesOf(stream: Readable, onTooMany: () => void): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of stream as AsyncIterable<Uint8Array>) {
    sizeBytes += piece.length;
    if (sizeBytes <= MAX_OUTPUT_BYTES) pieces.push(piece);
    else onTooMany();
  }
  return concat(pieces);
}

async function lastWordsOf(stream: Readable): Promise<string> {
  let said = '';
  for await (const text of stream.setEncoding('utf8')) said = (said + String(text)).slice(-KEPT_CHARACTERS);
  return said.trim();
}
