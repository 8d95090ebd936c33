import { readdir, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { momentsOf } from './moments.ts';
import type { SpriteOutput, SpriteTask } from './picture-tasks.ts';
import { publishFile } from './publish.ts';
import { lengthOf, pictured } from './snapshot.ts';
import type { MediaRun } from './task.ts';
import { ffmpeg, inputOf, type KnownMedia, type Tools } from './tools.ts';

const DEFAULTS = { cellWidth: 160, columns: 10, lines: 10, padding: 0, margin: 0, color: '000000' };

/** Makes sheets of small pictures in one decoding, and their WebVTT; publishes all of them, the WebVTT last. */
export async function sprite(tools: Tools, media: KnownMedia, task: SpriteTask, run: MediaRun): Promise<SpriteOutput> {
  const { columns, lines, padding, margin } = { ...DEFAULTS, ...task };
  const times = momentsOf(task.moments, lengthOf(media));
  const cell = cellOf(task, media);
  await draw(tools, media, times, cell, task, run);
  const files = (await readdir(run.folder)).filter((name) => /^sheet-\d{5}\.jpg$/.test(name)).sort();
  const { output: target, onCollision, input } = task;
  const facts = { input, seed: run.seed ?? JSON.stringify(task), atMs: run.atMs ?? Date.now() };
  const sheets: string[] = [];
  try {
    for (const [index, name] of files.entries()) {
      const object = files.length > 1 && !target.object.includes('{Count}') ? counted(target.object) : target.object;
      const publication = { onCollision, signal: run.signal, facts: { ...facts, count: index + 1 } };
      const published = await publishFile(tools.storages, join(run.folder, name), {
        target: { ...target, object },
        ...publication,
      });
      sheets.push(published.object);
    }
    const perSheet = columns * lines;
    const cues = times.map((fromSeconds, index) => {
      const place = index % perSheet;
      const at = (position: number, side: number) => margin + position * (side + padding);
      const sheet = sheets[Math.floor(index / perSheet)] ?? '';
      return {
        ...{ fromSeconds, untilSeconds: times[index + 1] ?? lengthOf(media), url: posix.basename(sheet) },
        ...{ x: at(place % columns, cell.width), y: at(Math.floor(place / columns), cell.height), ...cell },
      };
    });
    const vttFile = join(run.folder, 'sprite.vtt');
    await writeFile(vttFile, vttOf(cues));
    const plain = target.object.replace(/[-_]?\{Count\}/, '');
    const object = `${plain.slice(0, plain.length - posix.extname(plain).length)}.vtt`;
    const vtt = await publishFile(tools.storages, vttFile, { target: { ...target, object }, onCollision, facts });
    return {
      storage: target.storage,
      sheets,
      vtt: vtt.object,
      cells: times.length,
      cellWidth: cell.width,
      cellHeight: cell.height,
    };
  } catch (error) {
    for (const object of sheets)
      await tools.storages
        .get(target.storage)
        .delete(object)
        .catch(() => undefined);
    throw error;
  }
}

type Cell = { readonly width: number; readonly height: number };

function cellOf({ cellWidth, cellHeight }: SpriteTask, media: KnownMedia): Cell {
  const { shownWidth, shownHeight } = pictured(media);
  const even = (side: number) => Math.max(2, 2 * Math.round(side / 2));
  const width = cellWidth ?? (cellHeight === undefined ? DEFAULTS.cellWidth : (cellHeight * shownWidth) / shownHeight);
  return { width: even(width), height: even(cellHeight ?? (width * shownHeight) / shownWidth) };
}

/** The picture that is shown at each moment; the last one stands for moments that have none. */
async function draw(
  tools: Tools,
  media: KnownMedia,
  times: readonly number[],
  cell: Cell,
  task: SpriteTask,
  run: MediaRun,
): Promise<void> {
  const { columns, lines, padding, margin, color } = { ...DEFAULTS, ...task };
  const [start = 0, second] = times;
  const step = second === undefined ? 1 : second - start;
  const quick = task.frameType === 'intra' ? ['-skip_frame', 'nokey'] : [];
  const filters = [
    `fps=1/${step.toFixed(6)}:start_time=0:round=up`,
    `scale=${cell.width}:${cell.height}:flags=bicubic,setsar=1`,
    `tpad=stop_mode=clone:stop=-1,trim=end_frame=${times.length}`,
    `tile=${columns}x${lines}:padding=${padding}:margin=${margin}:color=0x${color}`,
  ];
  await ffmpeg(tools, run, [
    ...inputOf(media, tools, ...quick, ...(start > 0 ? ['-ss', start.toFixed(3)] : [])),
    ...['-map', `0:${pictured(media).index}`, '-vf', filters.join(','), '-fps_mode', 'passthrough'],
    ...['-c:v', 'mjpeg', '-q:v', '4', '-pix_fmt', 'yuvj420p', '-start_number', '1', '-f', 'image2', 'sheet-%05d.jpg'],
  ]);
}

type Cue = {
  readonly fromSeconds: number;
  readonly untilSeconds: number;
  readonly url: string;
  readonly x: number;
  readonly y: number;
} & Cell;

function vttOf(cues: readonly Cue[]): string {
  const blocks = cues.map(({ fromSeconds, untilSeconds, url, x, y, width, height }) => {
    return `${timestamp(fromSeconds)} --> ${timestamp(untilSeconds)}\n${encodeURI(url)}#xywh=${x},${y},${width},${height}\n`;
  });
  return ['WEBVTT\n', ...blocks].join('\n');
}

function timestamp(seconds: number): string {
  const ms = Math.max(0, Math.round(seconds * 1000));
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`;
}

function counted(object: string): string {
  const extension = posix.extname(object);
  return `${object.slice(0, object.length - extension.length)}-{Count}${extension}`;
}
