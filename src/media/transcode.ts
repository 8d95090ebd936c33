import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { audioArguments } from './audio-arguments.ts';
import { drawingsOf } from './drawing.ts';
import { filterGraph, type GraphOutput } from './filter-graph.ts';
import { type EncodedFile, finishOutput } from './finish-output.ts';
import { writeKey } from './hls-key.ts';
import { measuredPeak, withoutBorder } from './measure.ts';
import type { MediaPlace } from './media-place.ts';
import { muxArguments } from './mux-arguments.ts';
import { openMedia } from './open-media.ts';
import { type OutputPlan, planOutput } from './output-plan.ts';
import { type Source, sourceOf } from './source.ts';
import type { MediaRun, TranscodeOutput, TranscodeTask } from './task.ts';
import { ffmpeg, inputOf, type KnownMedia, probe, type Tools } from './tools.ts';
import { type Pass, videoArguments } from './video-arguments.ts';

/**
 * Makes several files of one input, which is fetched, probed and decoded once for all tasks that take the same part of
 * it. None is published before all are made.
 */
export async function transcodeAll(
  tools: Tools,
  tasks: readonly TranscodeTask[],
  run: MediaRun,
): Promise<readonly TranscodeOutput[]> {
  const outputs: TranscodeOutput[] = [];
  for (const file of await encodeAll(tools, tasks, run)) outputs.push(await finishOutput(tools, file, run));
  return outputs;
}

/** As `transcodeAll`, without publishing: the files are in folders of the run, in the order of the tasks. */
export async function encodeAll(
  tools: Tools,
  tasks: readonly TranscodeTask[],
  run: MediaRun,
): Promise<readonly EncodedFile[]> {
  const [first] = tasks;
  if (!first) return [];
  const media = await knownMedia(tools, first.input, run);
  const groups = grouped(tasks);
  const files = new Map<TranscodeTask, EncodedFile>();
  for (const [index, group] of groups.entries()) {
    const folder = join(run.folder, `group-${index}`);
    await mkdir(folder, { recursive: true });
    const progress = (percent: number) => run.progress?.((index * 100 + percent) / groups.length);
    const encoded = await encodeGroup(tools, media, group, { ...run, folder, progress });
    for (const [place, task] of group.entries()) files.set(task, encoded[place] as EncodedFile);
  }
  return tasks.map((task) => files.get(task) as EncodedFile);
}

/** Opens and probes an input. */
export async function knownMedia(tools: Tools, input: MediaPlace, run: MediaRun): Promise<KnownMedia> {
  const folder = join(run.folder, 'input');
  await mkdir(folder, { recursive: true });
  const opened = await openMedia(input, folder, tools.opening, run.signal);
  return { ...opened, info: await probe(tools, opened, run.signal) };
}

/** Those that take the same part in the same way. */
function grouped(tasks: readonly TranscodeTask[]): readonly (readonly TranscodeTask[])[] {
  const groups = new Map<string, TranscodeTask[]>();
  for (const task of tasks) {
    const { clip = {}, merge = [], rotate = 0, audioTrack = 0 } = task;
    const key = JSON.stringify([clip, merge, rotate, audioTrack]);
    groups.set(key, [...(groups.get(key) ?? []), task]);
  }
  return [...groups.values()];
}

/** One file that is made in this run. */
type Making = GraphOutput & {
  readonly task: TranscodeTask;
  readonly folder: string;
  readonly gainDb?: number | undefined;
  readonly keyInfoFile?: string;
};

async function encodeGroup(
  tools: Tools,
  media: KnownMedia,
  tasks: readonly TranscodeTask[],
  run: MediaRun,
): Promise<readonly EncodedFile[]> {
  const [first] = tasks;
  if (!first) return [];
  const source = sourceOf(media, first);
  const sources = [source, ...(await mergedSources(tools, media, first, run))];
  const makings: Making[] = [];
  for (const [index, task] of tasks.entries()) makings.push(await making(tools, source, task, index, run));
  await encode(tools, sources, makings, run);
  const expectedSeconds = sum(sources.map(({ durationSeconds }) => durationSeconds));
  return makings.map(({ plan, folder, task }) => ({ task, plan, folder, source, expectedSeconds }));
}

/** Parts of the input itself are not fetched again. */
async function mergedSources(
  tools: Tools,
  media: KnownMedia,
  { input, merge = [] }: TranscodeTask,
  run: MediaRun,
): Promise<Source[]> {
  const sources: Source[] = [];
  for (const [index, { place, seekSeconds, durationSeconds }] of merge.entries()) {
    const folder = join(run.folder, `merge-${index}`);
    await mkdir(folder, { recursive: true });
    const isSame = JSON.stringify(place) === JSON.stringify(input);
    const known = isSame ? media : await knownMedia(tools, place, { ...run, folder });
    const clip = {
      ...(seekSeconds === undefined ? {} : { seekSeconds }),
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
    };
    sources.push(sourceOf(known, { clip }));
  }
  return sources;
}

async function making(
  tools: Tools,
  source: Source,
  task: TranscodeTask,
  index: number,
  run: MediaRun,
): Promise<Making> {
  const folder = join(run.folder, `output-${index}`);
  await mkdir(folder, { recursive: true });
  const plan = planOutput(await withoutBorder(tools, source, task, run), source);
  const { loudness } = plan.template.audio;
  const peak =
    plan.audio === 'encode' && loudness?.method === 'peak' ? await measuredPeak(tools, source, run) : undefined;
  const gainDb = peak === undefined || loudness?.method !== 'peak' ? undefined : loudness.peak - peak;
  const keyInfoFile = task.encryption ? await writeKey(task.encryption, plan.template, folder) : undefined;
  const drawing = await drawingsOf(tools, source, plan, { ...run, folder: join(run.folder) }, `o${index}`);
  return { task, plan, folder, gainDb, drawing, ...(keyInfoFile === undefined ? {} : { keyInfoFile }) };
}

/** One run of FFmpeg, or two where some output looks at its pictures twice. */
async function encode(
  tools: Tools,
  sources: readonly Source[],
  makings: readonly Making[],
  run: MediaRun,
): Promise<void> {
  const available = await tools.encoders();
  const seconds = sum(sources.map(({ durationSeconds }) => durationSeconds)) ?? 0;
  const looksTwice = makings.filter(({ plan }) => plan.template.mode === 'twopass' && typeof plan.video === 'object');
  const share = looksTwice.length > 0 ? 50 : 100;
  const told = (base: number) => (at: number) =>
    run.progress?.(Math.min(base + share, base + (seconds > 0 ? (at / seconds) * share : 0)));
  if (looksTwice.length > 0) {
    await ffmpeg(tools, run, argumentsOf(tools, sources, looksTwice, available, 1), { onTime: told(0) });
  }
  const second = looksTwice.length > 0 ? 2 : undefined;
  const onTime = told(100 - share);
  await ffmpeg(tools, run, argumentsOf(tools, sources, makings, available, second), { onTime });
}

function argumentsOf(
  tools: Tools,
  sources: readonly Source[],
  makings: readonly Making[],
  available: ReadonlySet<string>,
  pass: 1 | 2 | undefined,
): string[] {
  const graph = filterGraph(
    sources,
    pass === 1 ? makings.map(withoutSound) : makings,
    makings[0]?.plan.task.rotate ?? 0,
  );
  const outputs = makings.map((each, index) =>
    outputArguments(each, sources[0] as Source, graph.maps[index] ?? {}, available, pass),
  );
  return [
    ...sources.flatMap((source) => inputOf(source, tools, ...rangeArguments(source))),
    ...(graph.text === '' ? [] : ['-filter_complex', graph.text]),
    ...outputs.flat(),
  ];
}

function withoutSound(making: Making): Making {
  return { ...making, plan: { ...making.plan, audio: undefined } };
}

function rangeArguments({ range: { seekSeconds, durationSeconds } }: Source): string[] {
  return [
    ...(seekSeconds === undefined ? [] : ['-ss', seekSeconds.toFixed(3)]),
    ...(durationSeconds === undefined ? [] : ['-t', durationSeconds.toFixed(3)]),
  ];
}

function outputArguments(
  { plan, folder, gainDb, keyInfoFile }: Making,
  source: Source,
  map: { readonly video?: string; readonly audio?: string },
  available: ReadonlySet<string>,
  pass: 1 | 2 | undefined,
): string[] {
  const { template } = plan;
  const own: Pass = pass && template.mode === 'twopass' ? { number: pass, log: `${folder}-pass` } : undefined;
  const video = [
    ...(map.video === undefined ? ['-vn'] : ['-map', map.video]),
    ...(plan.video === 'copy' ? ['-c:v', 'copy'] : []),
    ...(typeof plan.video === 'object' && source.video
      ? [...videoArguments(template, source.video, available, own), ...timing(plan, source)]
      : []),
  ];
  if (pass === 1) return [...video, '-an', '-f', 'null', '-'];
  const audio = [
    ...(map.audio === undefined ? ['-an'] : ['-map', map.audio]),
    ...(plan.audio === 'copy' ? ['-c:a', 'copy'] : []),
    ...(plan.audio === 'encode' && source.audio ? audioArguments(template, source.audio, available, gainDb) : []),
    ...(map.audio !== undefined && source.audio?.language
      ? ['-metadata:s:a:0', `language=${source.audio.language}`]
      : []),
  ];
  // Where a phone was when it filmed is nobody's business.
  const nothingPrivate = ['-map_metadata', '-1', '-map_chapters', '-1', '-sn', '-dn'];
  const mux = muxArguments(template, { name: 'out', keyInfoFile });
  return [...video, ...audio, ...nothingPrivate, ...within(mux, folder)];
}

/** Pictures keep their times, which need not be even. */
function timing({ template }: OutputPlan, { video }: Source): string[] {
  if (template.container === 'gif' || template.container === 'webp') return [];
  const isResampled = template.video.fps !== undefined;
  const isFine = video?.isVariableRate === true && !isResampled && template.container !== 'avi';
  return template.container === 'avi'
    ? ['-fps_mode', 'cfr']
    : ['-fps_mode', 'vfr', ...(isFine ? ['-enc_time_base', '1:90000'] : [])];
}

/** Files that FFmpeg writes are in the output's folder. */
function within(mux: readonly string[], folder: string): string[] {
  return mux.map((argument, index) => {
    const before = mux[index - 1];
    const isFile = index === mux.length - 1 || before === '-hls_segment_filename';
    return isFile ? join(folder, argument) : argument;
  });
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    total += value;
  }
  return total;
}
