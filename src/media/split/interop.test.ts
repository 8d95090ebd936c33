import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { leadInSeconds, type PieceEncoding, planPieces, Splitter } from './index.ts';
import { runProgram, testPrograms } from './test-programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'split-'));
const run = { folder, signal: new AbortController().signal };
const splitter = new Splitter(testPrograms);
afterAll(() => rmSync(folder, { recursive: true }));

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=30000/1001,format=yuv420p'];
const SOUND = ['-f', 'lavfi', '-i', "aevalsrc='0.3*sin(2*PI*(200+20*t)*t)':s=44100"];
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '23', '-bf', '2'];
const AAC = ['-c:a', 'aac', '-b:a', '64k'];

async function linesOf(command: string, args: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  await runProgram(command, ['-v', 'error', ...args], run, (line) => lines.push(line));
  return lines;
}

const ffmpeg = (...args: readonly string[]) => linesOf('ffmpeg', ['-nostdin', '-y', ...args]);

/** Pictures by their times, and what a decoder makes of the sound. */
async function contentsOf(file: string) {
  const packets = ['-show_entries', 'packet=pts_time', '-of', 'csv=p=0', file];
  const times = async (stream: string) =>
    (await linesOf('ffprobe', ['-select_streams', stream, ...packets]))
      .map(parseFloat)
      .filter(Number.isFinite)
      .sort((a, b) => a - b);
  const decoded = await ffmpeg('-i', file, '-map', '0:a?', '-f', 'md5', '-');
  const frames = await ffmpeg('-i', file, '-map', '0:v', '-fps_mode', 'passthrough', '-f', 'framecrc', '-');
  return {
    pictures: await times('V:0'),
    sound: await times('a:0'),
    decoded,
    frames: frames.filter((line) => !line.startsWith('#')).length,
  };
}

/** The least likeness of a picture to the same one of another file. */
async function likeness(file: string, other: string): Promise<number> {
  const lines = await ffmpeg('-i', file, '-i', other, '-lavfi', '[0:v][1:v]ssim=f=-', '-f', 'null', '/dev/null');
  return Math.min(...lines.map((line) => Number(/All:([\d.]+)/.exec(line)?.[1])));
}

/** Where two lists of times differ most: edit lists of MP4 count in milliseconds. */
function farthest(times: readonly number[], others: readonly number[]): number {
  if (times.length !== others.length) return Number.POSITIVE_INFINITY;
  return Math.max(...times.map((time, index) => Math.abs(time - (others[index] ?? 0))));
}

type Case = {
  readonly source: string;
  readonly made: readonly string[];
  readonly output: string;
  readonly encoding: Pick<PieceEncoding, 'args'> & Partial<Pick<PieceEncoding, 'fps' | 'tick'>> & { scale?: string };
  readonly single: readonly string[];
  readonly sound: readonly string[];
};

const openGop = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '24', '-x264-params', 'open-gop=1:bframes=3'];
const mov = { source: 'open.mov', made: [...PICTURE, ...SOUND, '-t', '8', ...openGop, ...AAC] };
const passthrough = ['-fps_mode', 'passthrough', '-enc_time_base:v', '1:30000'];

const CASES: Readonly<Record<string, Case>> = {
  'MOV with open GOPs to MP4': {
    ...mov,
    output: 'out.mp4',
    encoding: { scale: 'scale=128:72', args: X264 },
    single: ['-vf', 'scale=128:72', ...passthrough, ...X264],
    sound: AAC,
  },
  'MOV to FLV': {
    ...mov,
    output: 'out.flv',
    encoding: { args: X264 },
    single: [...passthrough, ...X264],
    sound: AAC,
  },
  'MOV to AVI of 25 pictures a second': {
    ...mov,
    output: 'out.avi',
    encoding: { fps: { num: 25, den: 1 }, args: ['-c:v', 'mpeg4', '-q:v', '3'] },
    single: ['-vf', 'fps=25', '-c:v', 'mpeg4', '-q:v', '3'],
    sound: ['-c:a', 'libmp3lame', '-b:a', '64k'],
  },
  'MOV to MP4 of 60 pictures a second': {
    ...mov,
    output: 'sixty.mp4',
    encoding: { fps: { num: 60, den: 1 }, args: X264 },
    single: ['-vf', 'fps=60', ...X264],
    sound: AAC,
  },
  'a transport stream that does not begin at 0': {
    source: 'late.ts',
    made: [...PICTURE, ...SOUND, '-t', '8', ...openGop, ...AAC, '-output_ts_offset', '1234.5', '-muxdelay', '0'],
    output: 'ts.mp4',
    encoding: { args: X264 },
    single: ['-fps_mode', 'passthrough', '-enc_time_base:v', '1:90000', ...X264],
    sound: AAC,
  },
  'pictures at uneven times, and sound that begins later': {
    source: 'uneven.mp4',
    made: [
      ...[...PICTURE, '-itsoffset', '0.7', ...SOUND, '-t', '8', '-vf', "select='gt(random(1),0.4)',format=yuv420p"],
      ...['-fps_mode', 'passthrough', ...openGop, ...AAC],
    ],
    output: 'uneven-out.mp4',
    encoding: { args: X264 },
    single: [...passthrough, ...X264],
    sound: AAC,
  },
};

describe('a source cut into pieces', () => {
  it.each(Object.entries(CASES))('%s: is what one pass would have made', async (_name, each) => {
    const { source, made, output, encoding, single, sound } = each;
    await ffmpeg(...made, source);
    const open = (before: readonly string[]) => [...before, '-i', source];
    const survey = (await splitter.survey(open, run))!;
    const { timeBase, startTicks, keyTicks } = survey;
    const { scale = 'null', fps, args, tick = fps ? { num: fps.den, den: fps.num } : timeBase } = encoding;
    const filters: PieceEncoding['filters'] = (from, to, even) => [`${from}${scale},${even}${to}`];
    const pieces = planPieces(survey, { pieceSeconds: 2 });
    expect(pieces.length).toBeGreaterThanOrEqual(3);
    const names: string[] = [];
    // In no order: any worker takes any piece.
    for (const piece of pieces.toReversed()) {
      const name = `${output}-${piece.index}.mp4`;
      const encodings = [{ name, filters, fps, tick, args }];
      await splitter.encode(
        open,
        { source: { timeBase, startTicks, firstTicks: keyTicks[0]! }, piece, encodings },
        run,
      );
      names.unshift(name);
    }
    await ffmpeg('-i', source, '-vn', ...sound, '-f', 'mp4', 'sound.mp4');
    await splitter.merge(
      { pieces: names, leadInSeconds: leadInSeconds(tick), sound: 'sound.mp4', container: [output] },
      run,
    );
    await ffmpeg('-i', source, '-map', '0:V:0', '-map', '0:a:0', ...single, ...sound, `single-${output}`);
    const [cut, whole] = await Promise.all([contentsOf(output), contentsOf(`single-${output}`)]);
    expect(cut.frames).toBe(whole.frames);
    expect(cut.pictures).toEqual(whole.pictures);
    expect(farthest(cut.sound, whole.sound)).toBeLessThanOrEqual(0.0011);
    expect(cut.decoded).toEqual(whole.decoded);
    expect(await likeness(output, `single-${output}`)).toBeGreaterThan(0.93);
  });
});
