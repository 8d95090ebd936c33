import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MediaError } from '../ffmpeg/index.ts';
import type { Drawing } from './filter-graph.ts';
import { openMedia } from './open-media.ts';
import type { OutputPlan } from './output-plan.ts';
import type { Size } from './picture-plan.ts';
import type { Source } from './source.ts';
import { subtitleFile } from './subtitles.ts';
import type { ImageWatermark, MediaRun, MediaWatermark, TextWatermark } from './task.ts';
import { refused } from './template/index.ts';
import { ffmpeg, inputOf, probe, type Tools } from './tools.ts';

/** How wide an image is where its watermark doesn't say, as a part of the picture. */
const DEFAULT_WIDTH = 0.12;
const MOST_MARKS = 20;
const FONT = 'font';

/** What is drawn on the pictures of one output: its watermarks, then its subtitles. Undefined where there is nothing. */
export async function drawingsOf(
  tools: Tools,
  source: Source,
  { task, video }: OutputPlan,
  run: MediaRun,
  prefix: string,
): Promise<Drawing | undefined> {
  const { watermarks = [], burnedSubtitles } = task;
  if (typeof video !== 'object' || (watermarks.length === 0 && !burnedSubtitles)) return undefined;
  if (watermarks.length > MOST_MARKS) throw refused('WaterMarks', `are more than ${MOST_MARKS}`, 'Leave some out.');
  const steps: Step[] = [];
  for (const [index, mark] of watermarks.entries()) {
    steps.push(await stepOf(tools, mark, video.size, run, `${prefix}-mark-${index}`));
  }
  if (burnedSubtitles) {
    const file = await subtitleFile(tools, source, burnedSubtitles, run, { name: `${prefix}-burned`, format: 'ass' });
    steps.push((from, to) => [`${from}subtitles=filename=${file}${to}`]);
  }
  return (from, to, labels) =>
    steps.flatMap((step, index) => {
      const start = index === 0 ? from : `[${labels}${index}]`;
      const end = index === steps.length - 1 ? to : `[${labels}${index + 1}]`;
      return step(start, end, `[${labels}i${index}]`);
    });
}

type Step = (from: string, to: string, own: string) => readonly string[];

async function stepOf(tools: Tools, mark: MediaWatermark, size: Size, run: MediaRun, name: string): Promise<Step> {
  const enable = enableOf(mark);
  const [dx, dy] = [pixels(mark.dx, size.width), pixels(mark.dy, size.height)];
  if ('text' in mark) {
    const filter = await textFilter(tools, mark, run, name);
    const x = mark.corner.endsWith('Left') ? `${dx}` : `w-tw-${dx}`;
    const y = mark.corner.startsWith('Top') ? `${dy}` : `h-th-${dy}`;
    return (from, to) => [`${from}${filter}:x=${x}:y=${y}${enable}${to}`];
  }
  const file = await imageFile(tools, mark, size, run, name);
  const x = mark.corner.endsWith('Left') ? `${dx}` : `W-w-${dx}`;
  const y = mark.corner.startsWith('Top') ? `${dy}` : `H-h-${dy}`;
  const faded = mark.opacity === undefined ? '' : `,colorchannelmixer=aa=${mark.opacity.toFixed(3)}`;
  return (from, to, own) => [
    `movie=filename=${file}:format_name=png_pipe,format=rgba${faded}${own}`,
    `${from}${own}overlay=x=${x}:y=${y}:eof_action=repeat${enable}${to}`,
  ];
}

function enableOf({ timeline }: MediaWatermark): string {
  if (!timeline) return '';
  const { startSeconds, durationSeconds } = timeline;
  const until = durationSeconds === undefined ? undefined : startSeconds + durationSeconds;
  return until === undefined ? `:enable='gte(t,${startSeconds})'` : `:enable='between(t,${startSeconds},${until})'`;
}

/** Nothing in the text is a variable, and nothing of it is in the arguments. */
async function textFilter(tools: Tools, mark: TextWatermark, { folder }: MediaRun, name: string): Promise<string> {
  const font = tools.font();
  if ('reason' in font) throw new MediaError('TEXT_NOT_DRAWN', `the text ${font.reason}`, 'Set transcode.font.');
  if (!/^[0-9a-f]{6}$/i.test(mark.color)) throw refused('TextWaterMark.FontColor', 'must be RRGGBB', 'Use FFFFFF.');
  await symlink(font.font, join(folder, FONT)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await writeFile(join(folder, `${name}.txt`), mark.text);
  const { width = 0, color = '000000' } = mark.border ?? {};
  if (!/^[0-9a-f]{6}$/i.test(color)) throw refused('TextWaterMark.BorderColor', 'must be RRGGBB', 'Use 000000.');
  const border = width > 0 ? `:borderw=${width}:bordercolor=0x${color}` : '';
  const look = `fontsize=${mark.fontSize}:fontcolor=0x${mark.color}@${(mark.opacity ?? 1).toFixed(3)}${border}`;
  return `drawtext=fontfile=${FONT}:textfile=${name}.txt:expansion=none:${look}`;
}

/** The image as a PNG of ours in the size it is drawn: whatever strangers give, this is what the graph reads. */
async function imageFile(tools: Tools, mark: ImageWatermark, size: Size, run: MediaRun, name: string): Promise<string> {
  const folder = join(run.folder, `${name}-input`);
  await mkdir(folder, { recursive: true });
  const opened = await openMedia(mark.image, folder, tools.opening, run.signal);
  await probe(tools, opened, run.signal);
  const isPlain = mark.width === undefined && mark.height === undefined;
  const width =
    mark.width === undefined ? (isPlain ? Math.round(size.width * DEFAULT_WIDTH) : -1) : pixels(mark.width, size.width);
  const height = mark.height === undefined ? -1 : pixels(mark.height, size.height);
  const scale = `scale=${width}:${height}:flags=bicubic,format=rgba`;
  const args = [
    '-map',
    '0:v:0',
    '-vf',
    scale,
    '-frames:v',
    '1',
    '-update',
    '1',
    '-c:v',
    'png',
    '-f',
    'image2',
    `${name}.png`,
  ];
  await ffmpeg(tools, run, [...inputOf(opened, tools), ...args]);
  return `${name}.png`;
}

/** Below 1 it is a part of the whole. */
function pixels(value: number, whole: number): number {
  return Math.max(0, Math.round(value > 0 && value < 1 ? value * whole : value));
}
