import { mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MediaError, runProgram } from '../ffmpeg/index.ts';
import { audioArguments } from './audio-arguments.ts';
import { drawingsOf } from './drawing.ts';
import { finishOutput } from './finish-output.ts';
import { writeKey } from './hls-key.ts';
import { measuredPeak, withoutBorder } from './measure.ts';
import type { MediaTarget } from './media-place.ts';
import { muxArguments } from './mux-arguments.ts';
import { openMedia } from './open-media.ts';
import { type OutputPlan, planOutput } from './output-plan.ts';
import { publishFile } from './publish.ts';
import { type Source, sourceOf, turnFilters } from './source.ts';
import { leadInSeconds, type OpenInput, type Piece, type PieceWish, planPieces, Splitter } from './split/index.ts';
import { pieceEncoding, type SplitPart, type SplitPlan, tickOf, wholeBecause } from './split-plan.ts';
import type { MediaRun, TranscodeOutput, TranscodeTask } from './task.ts';
import { ffmpeg, inputOf, probe, type Tools } from './tools.ts';
import { transcodeAll } from './transcode.ts';

/** What has become of a part: a file for each output it is for, or the finished output. Plain JSON. */
export type DonePart =
  | { readonly kind: 'piece'; readonly index: number; readonly files: Readonly<Record<string, MediaTarget>> }
  | { readonly kind: 'sound'; readonly files: Readonly<Record<string, MediaTarget>> }
  | { readonly kind: 'whole'; readonly of: number; readonly output: TranscodeOutput };

/** Where parts are put aside: a storage, and the beginning of the objects' names. */
export type PartsPlace = { readonly storage: string; readonly prefix: string };

/** Long sources made in parts by any workers: pictures in pieces, sound in one go, put together without a seam. */
export class SplitTranscode {
  readonly #tools: Tools;
  readonly #splitter: Splitter;

  constructor(tools: Tools) {
    this.#tools = tools;
    this.#splitter = new Splitter({
      ffmpeg: (args, { onTime, ...run }) => ffmpeg(tools, run, args, { onTime }),
      ffprobe: (args, run) => ffprobe(tools, args, run),
    });
  }

  /** Where to cut, and what has to be done. All tasks name the same input. */
  async plan(tasks: readonly TranscodeTask[], wish: PieceWish, run: MediaRun): Promise<SplitPlan> {
    const source = await this.#source(tasks, run);
    const plans = tasks.map((task) => planOutput(task, source));
    const reasons = plans.map((plan, index) =>
      wholeBecause(tasks[index] as TranscodeTask, plan, tasks[0] as TranscodeTask),
    );
    const able = reasons.flatMap((reason, index) => (reason === undefined ? [index] : []));
    const survey = able.length > 0 ? await this.#splitter.survey(this.#open(source), run) : undefined;
    const pieces = survey ? planPieces(survey, wish) : [];
    const seconds = source.durationSeconds === undefined ? {} : { durationSeconds: source.durationSeconds };
    const whole = (of: number, because: string): SplitPart => ({ kind: 'whole', of: [of], because });
    if (!survey || pieces.length < 2) {
      const because = survey?.unsplittable ?? 'it is not longer than one piece';
      const empty = { timeBase: { num: 1, den: 1 }, startTicks: 0, firstTicks: 0 };
      return { source: empty, ...seconds, parts: tasks.map((_, index) => whole(index, reasons[index] ?? because)) };
    }
    const heard = able.filter((index) => plans[index]?.audio !== undefined);
    // What takes longest begins first, so that nobody waits long for whoever ends last.
    const lengthOf = ({ startTicks, endTicks = survey.endTicks }: Piece) => endTicks - startTicks;
    const longestFirst = [...pieces].sort((one, other) => lengthOf(other) - lengthOf(one));
    const parts: SplitPart[] = [
      ...reasons.flatMap((reason, index) => (reason === undefined ? [] : [whole(index, reason)])),
      ...(heard.length > 0 ? [{ kind: 'sound', of: heard } as const] : []),
      ...longestFirst.map((piece) => ({ kind: 'piece', of: able, ...piece }) as const),
    ];
    const { timeBase, startTicks, keyTicks } = survey;
    return { source: { timeBase, startTicks, firstTicks: keyTicks[0] ?? 0 }, ...seconds, parts };
  }

  /** Does one part, for all outputs that it is for in one go, and puts it aside. */
  async part(
    tasks: readonly TranscodeTask[],
    {
      plan,
      part,
      place,
    }: { readonly plan: Pick<SplitPlan, 'source'>; readonly part: SplitPart; readonly place: PartsPlace },
    run: MediaRun,
  ): Promise<DonePart> {
    if (part.kind === 'whole') {
      const [of = 0] = part.of;
      const [output] = await transcodeAll(this.#tools, [tasks[of] as TranscodeTask], run);
      if (!output) throw new Error('one task has one output');
      return { kind: 'whole', of, output };
    }
    const source = await this.#source(tasks, run);
    const plans = new Map<number, OutputPlan>();
    for (const of of part.of) {
      const task = await withoutBorder(this.#tools, source, tasks[of] as TranscodeTask, run);
      plans.set(of, planOutput(task, source));
    }
    if (part.kind === 'sound') {
      await this.#sound(source, plans, run);
      return { kind: 'sound', files: await this.#putAside(plans, place, 'sound', run) };
    }
    await this.#piece(source, plans, { piece: part, plan }, run);
    const name = String(part.index + 1).padStart(5, '0');
    return { kind: 'piece', index: part.index, files: await this.#putAside(plans, place, name, run) };
  }

  /** Puts the parts of one output together, and publishes it. */
  async merge(
    tasks: readonly TranscodeTask[],
    {
      of,
      parts,
      pieces: planned,
    }: { readonly of: number; readonly parts: readonly DonePart[]; readonly pieces: number },
    run: MediaRun,
  ): Promise<TranscodeOutput> {
    for (const part of parts) if (part.kind === 'whole' && part.of === of) return part.output;
    const source = await this.#source(tasks, run);
    const plan = planOutput(tasks[of] as TranscodeTask, source);
    const places = parts
      .flatMap((part) =>
        part.kind === 'piece' && part.files[of] ? [{ index: part.index, place: part.files[of] }] : [],
      )
      .sort((one, other) => one.index - other.index);
    const missing = Array.from({ length: planned }).findIndex((_, at) => places[at]?.index !== at);
    if (missing >= 0 || planned === 0) {
      const remedy = 'Give merge what became of all parts that split has planned.';
      throw new MediaError('PIECES_MISSING', `piece ${Math.max(0, missing)} of output ${of} is not there`, remedy);
    }
    const pieces = await Promise.all(
      places.map(({ index, place }) => this.#beside(place, `p${String(index).padStart(5, '0')}.mp4`, run)),
    );
    const heard = parts.flatMap((part) => (part.kind === 'sound' && part.files[of] ? [part.files[of]] : []))[0];
    const sound = heard && (await this.#beside(heard, 'sound', run));
    const folder = join(run.folder, 'output');
    await mkdir(folder, { recursive: true });
    const { encryption } = plan.task;
    const keyInfoFile = encryption ? await writeKey(encryption, plan.template, folder) : undefined;
    const container = muxArguments(plan.template, { name: 'out', keyInfoFile }).map((argument, index, all) =>
      index === all.length - 1 || all[index - 1] === '-hls_segment_filename' ? join(folder, argument) : argument,
    );
    const lead = source.video ? leadInSeconds(tickOf(plan, source.video)) : 0;
    await this.#splitter.merge({ pieces, leadInSeconds: lead, sound, container }, run);
    const task = tasks[of] as TranscodeTask;
    return finishOutput(this.#tools, { task, plan, folder, source, expectedSeconds: source.durationSeconds }, run);
  }

  async #source(tasks: readonly TranscodeTask[], run: MediaRun): Promise<Source> {
    const [first] = tasks;
    if (!first) throw new MediaError('TASK_INVALID', 'there is no output to be made', 'Name at least one format.');
    const folder = join(run.folder, 'input');
    await mkdir(folder, { recursive: true });
    const opened = await openMedia(first.input, folder, this.#tools.opening, run.signal);
    const info = await probe(this.#tools, opened, run.signal);
    // What is clipped is made in one pass.
    const { clip: _, ...whole } = first;
    return sourceOf({ ...opened, info }, whole);
  }

  #open(source: Source): OpenInput {
    return (before) => inputOf(source, this.#tools, ...before);
  }

  async #piece(
    source: Source,
    plans: ReadonlyMap<number, OutputPlan>,
    { piece, plan }: { readonly piece: Piece; readonly plan: Pick<SplitPlan, 'source'> },
    run: MediaRun,
  ): Promise<void> {
    const { video } = source;
    if (!video) throw new MediaError('INPUT_LACKS_TRACK', 'the input has no video', 'Give one that has.');
    const available = await this.#tools.encoders();
    const encodings = [];
    for (const [of, each] of plans) {
      const drawing = await drawingsOf(this.#tools, source, each, run, `o${of}`);
      const turned = turnFilters(each.task.rotate ?? 0, source.shown);
      encodings.push(
        pieceEncoding(each, video, available, { name: `${of}`, piece, source: plan.source, drawing, turned }),
      );
    }
    const { timeBase, startTicks } = plan.source;
    const toSeconds = timeBase.num / timeBase.den;
    const startSeconds = (piece.startTicks - startTicks) * toSeconds + leadInSeconds(encodings[0]?.tick ?? timeBase);
    const endTicks = piece.endTicks ?? startTicks + (source.durationSeconds ?? 0) / toSeconds;
    const lengthSeconds = (endTicks - piece.startTicks) * toSeconds;
    const onTime = (seconds: number) => run.progress?.((100 * (seconds - startSeconds)) / Math.max(lengthSeconds, 0.1));
    await this.#splitter.encode(this.#open(source), { source: plan.source, piece, encodings }, { ...run, onTime });
  }

  /** The whole sound for each output; decoded once. */
  async #sound(source: Source, plans: ReadonlyMap<number, OutputPlan>, run: MediaRun): Promise<void> {
    const available = await this.#tools.encoders();
    const outputs: string[] = [];
    for (const [of, { audio, template }] of plans) {
      if (!source.audio) continue;
      const { loudness } = template.audio;
      const peak = loudness?.method === 'peak' ? await measuredPeak(this.#tools, source, run) : undefined;
      const gainDb = peak === undefined || loudness?.method !== 'peak' ? undefined : loudness.peak - peak;
      const codec = audio === 'copy' ? ['-c:a', 'copy'] : audioArguments(template, source.audio, available, gainDb);
      const language = source.audio.language ? ['-metadata:s:a:0', `language=${source.audio.language}`] : [];
      const format = ['-f', soundFormat(codec[1] ?? '', source.audio.codec), `${of}`];
      outputs.push('-map', `0:${source.audio.index}`, '-vn', ...codec, ...language, '-map_metadata', '-1', ...format);
    }
    const total = source.durationSeconds ?? 0;
    const onTime = (seconds: number) => run.progress?.(total > 0 ? (100 * seconds) / total : 0);
    await ffmpeg(this.#tools, run, [...inputOf(source, this.#tools), ...outputs], { onTime });
  }

  async #putAside(
    plans: ReadonlyMap<number, OutputPlan>,
    { storage, prefix }: PartsPlace,
    name: string,
    run: MediaRun,
  ): Promise<Record<string, MediaTarget>> {
    const files: Record<string, MediaTarget> = {};
    for (const of of plans.keys()) {
      const target = { storage, object: `${prefix}${of}/${name}` };
      const facts = { seed: run.seed ?? '', atMs: run.atMs ?? 0 };
      const publication = { target, onCollision: 'overwrite' as const, facts, signal: run.signal };
      await publishFile(this.#tools.storages, join(run.folder, `${of}`), publication);
      files[of] = target;
    }
    return files;
  }

  /** A name in the folder of the run that leads to the part: where FFmpeg is told lists of names, they are short and plain. */
  async #beside(place: MediaTarget, name: string, run: MediaRun): Promise<string> {
    const folder = join(run.folder, `from-${name}`);
    await mkdir(folder, { recursive: true });
    const { path } = await openMedia(place, folder, this.#tools.opening, run.signal);
    const file = join(run.folder, name);
    if (path.startsWith(folder)) await rename(path, file);
    else await symlink(path, file);
    return name;
  }
}

/** A container that keeps times to the sample, for sound of any kind. */
function soundFormat(encoder: string, codec: string): string {
  const name = encoder === 'copy' ? codec : encoder;
  if (name.startsWith('pcm')) return 'mov';
  return ['aac', 'mp3', 'libmp3lame'].includes(name) ? 'mp4' : 'matroska';
}

async function ffprobe(
  { ffprobe: command, limits }: Tools,
  args: readonly string[],
  { folder, signal, onLine }: MediaRun & { readonly onLine: (line: string) => void },
): Promise<void> {
  if (!command) throw new MediaError('FFMPEG_MISSING', 'there is no FFprobe', 'Install it.', { isFinal: false });
  let rest = '';
  const onOutput = (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
  await runProgram({ command, args, limits, folder, signal, onOutput });
  if (rest !== '') onLine(rest);
}
