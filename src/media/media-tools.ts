import { join } from 'node:path';
import type { MediaInfo } from '../ffmpeg/index.ts';
import { guardedAgent } from '../notify/index.ts';
import { animationTask } from './animation.ts';
import { KeptInputs } from './kept-inputs.ts';
import { type MarkSettings, type Marks, marksOf } from './marks.ts';
import type { MediaPlace } from './media-place.ts';
import { type OpenedMedia, openMedia } from './open-media.ts';
import { type PackageOutput, type PackageTask, packageMedia, transcodeAdaptive } from './package.ts';
import type {
  AnimationTask,
  FrameTask,
  SnapshotOutput,
  SnapshotTask,
  SpriteOutput,
  SpriteTask,
} from './picture-tasks.ts';
import { type Publication, type Published, publishFile } from './publish.ts';
import { frame, snapshots } from './snapshot.ts';
import { SplitTranscode } from './split-transcode.ts';
import { sprite } from './sprite.ts';
import type { MediaRun, TranscodeOutput, TranscodeTask } from './task.ts';
import { probe, type Tools } from './tools.ts';
import { encodeAll, knownMedia, transcodeAll } from './transcode.ts';

export type MediaToolsOptions = Omit<Tools, 'opening'> & {
  /** Folders whose files are read in place. */
  readonly roots: readonly string[];
  /** Whether addresses may lead into the network of the operator, too. */
  readonly urls: 'public' | 'private';
  /** Where inputs from buckets are kept for a moment: on the disk of the folders that runs work in. */
  readonly keptFolder: string;
};

const CONNECT_MS = 10_000;

/** All that is done with media files here. */
export class MediaTools {
  readonly #tools: Tools;
  readonly #close: () => Promise<void>;
  /** The same in parts, for many workers. */
  readonly split: SplitTranscode;

  constructor({ roots, urls, keptFolder, ...rest }: MediaToolsOptions) {
    const setBy = urls === 'private' ? 'administrator' : 'user';
    const agent = guardedAgent({ setBy, connectTimeoutMs: CONNECT_MS });
    const { storages, limits } = rest;
    const kept = new KeptInputs(keptFolder);
    this.#tools = {
      ...rest,
      opening: { storages, roots, agent, maxBytes: limits.inputBytes, timeMs: limits.timeMs, kept },
    };
    this.split = new SplitTranscode(this.#tools);
    this.#close = async () => {
      await kept.close();
      await agent.destroy();
    };
  }

  /** A local file: in place where it can be, else a copy in `folder`, for whoever asked alone. Throws MediaError. */
  open(place: MediaPlace, folder: string, signal?: AbortSignal): Promise<OpenedMedia> {
    return openMedia(place, folder, { ...this.#tools.opening, kept: undefined }, signal);
  }

  /** Brings a file into its storage under a name that may have variables; the file is given away. */
  publish(file: string, publication: Publication): Promise<Published> {
    return publishFile(this.#tools.storages, file, publication);
  }

  async probe(place: MediaPlace, { folder, signal }: MediaRun): Promise<MediaInfo> {
    return probe(this.#tools, await openMedia(place, folder, this.#tools.opening, signal), signal);
  }

  async transcode(task: TranscodeTask, run: MediaRun): Promise<TranscodeOutput> {
    const [output] = await transcodeAll(this.#tools, [task], run);
    if (!output) throw new Error('one task has one output');
    return output;
  }

  /** Several files of one input, which is decoded once. All tasks name the same input. */
  transcodeAll(tasks: readonly TranscodeTask[], run: MediaRun): Promise<readonly TranscodeOutput[]> {
    return transcodeAll(this.#tools, tasks, run);
  }

  /** Renditions of one input, encoded in one decoding and packaged for players that change between them. */
  adaptive(
    tasks: readonly Omit<TranscodeTask, 'output' | 'onCollision'>[],
    task: PackageTask,
    run: MediaRun,
  ): Promise<PackageOutput> {
    return transcodeAdaptive(this.#tools, tasks, task, run);
  }

  /** Renditions that are there, packaged as they are. */
  package(renditions: readonly MediaPlace[], task: PackageTask, run: MediaRun): Promise<PackageOutput> {
    return packageMedia(this.#tools, renditions, task, run);
  }

  async snapshot(task: SnapshotTask, run: MediaRun): Promise<SnapshotOutput> {
    return snapshots(this.#tools, await knownMedia(this.#tools, task.input, run), task, run);
  }

  async sprite(task: SpriteTask, run: MediaRun): Promise<SpriteOutput> {
    return sprite(this.#tools, await knownMedia(this.#tools, task.input, run), task, run);
  }

  async animation(task: AnimationTask, run: MediaRun): Promise<TranscodeOutput> {
    return this.transcode(animationTask(task, await knownMedia(this.#tools, task.input, run)), run);
  }

  /** One picture, as a file in the folder of the run. */
  async frame(place: MediaPlace, task: FrameTask, run: MediaRun): Promise<string> {
    return frame(this.#tools, await knownMedia(this.#tools, place, run), task, run);
  }

  /** A moving preview, as a file in the folder of the run. */
  async animationFile(
    place: MediaPlace,
    task: Omit<AnimationTask, 'input' | 'output'>,
    run: MediaRun,
  ): Promise<string> {
    const nowhere = { storage: '', object: '' };
    const asked = { ...task, input: place, output: nowhere };
    const [made] = await encodeAll(this.#tools, [animationTask(asked, await knownMedia(this.#tools, place, run))], run);
    return join(made?.folder ?? run.folder, `out.${task.format ?? 'gif'}`);
  }

  /** Where nothing is heard, and where nothing is seen. */
  async marks(place: MediaPlace, settings: MarkSettings, run: MediaRun): Promise<Marks> {
    return marksOf(this.#tools, await knownMedia(this.#tools, place, run), settings, run);
  }

  close(): Promise<void> {
    return this.#close();
  }
}
