import type { Source } from './source.ts';
import type { MediaRun, TranscodeTask } from './task.ts';
import { overrideTemplate } from './template/index.ts';
import { ffmpeg, inputOf, type Tools } from './tools.ts';

const MOST_CHARACTERS = 200_000;
const LOOK_SECONDS = 5;

/** The highest sample, in dB below the highest there can be. */
export async function measuredPeak(tools: Tools, source: Source, run: MediaRun): Promise<number> {
  const said = await saidOf(tools, run, [
    ...inputOf(source, tools),
    ...['-map', `0:${source.audio?.index}`, '-vn', '-af', 'volumedetect', '-f', 'null', '-'],
  ]);
  return Number(/max_volume: (-?[\d.]+) dB/.exec(said)?.[1] ?? 0);
}

/** A task whose template crops black borders, with the box that is left of this source's pictures. */
export async function withoutBorder(
  tools: Tools,
  source: Source,
  task: TranscodeTask,
  run: MediaRun,
): Promise<TranscodeTask> {
  const template = task.overrides === undefined ? task.template : overrideTemplate(task.template, task.overrides);
  if (template.video.crop !== 'border' || !source.video) return task;
  const middle = Math.max(0, (source.durationSeconds ?? 0) / 2 - LOOK_SECONDS / 2);
  const said = await saidOf(tools, run, [
    ...inputOf(source, tools, '-ss', middle.toFixed(3), '-t', String(LOOK_SECONDS)),
    ...['-map', `0:${source.video.index}`, '-an', '-vf', 'cropdetect=24:2:0', '-f', 'null', '-'],
  ]);
  const found = [...said.matchAll(/crop=(\d+):(\d+):(\d+):(\d+)/g)].at(-1)?.slice(1).map(Number);
  const { crop: _border, ...video } = template.video;
  const { overrides: _overrides, ...rest } = task;
  const [width = 0, height = 0, x = 0, y = 0] = found ?? [];
  const isPart = width > 0 && height > 0 && (width < source.shown.width || height < source.shown.height);
  return { ...rest, template: { ...template, video: isPart ? { ...video, crop: { width, height, x, y } } : video } };
}

/** What FFmpeg says of its findings. */
export async function saidOf(tools: Tools, run: MediaRun, args: readonly string[]): Promise<string> {
  let said = '';
  const onSaid = (text: string) => {
    if (said.length < MOST_CHARACTERS) said += text;
  };
  await ffmpeg(tools, run, ['-loglevel', 'info', ...args], { onSaid });
  return said;
}
