import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { within } from '../deadline/index.ts';
import { MediaError, type MediaInfo } from '../ffmpeg/index.ts';
import type { MediaPlace } from './media-place.ts';
import type { MediaTools } from './media-tools.ts';
import type { AnimationTask, FrameTask } from './picture-tasks.ts';
import type { MediaRun } from './task.ts';

export type SmallTasksOptions = {
  readonly tools: MediaTools;
  /** Each task has a folder of its own in it while it lasts. */
  readonly folder: string;
  readonly atOnce: number;
  readonly timeoutMs: number;
};

type Preview = Omit<AnimationTask, 'input' | 'output' | 'onCollision'>;

/** Longest preview that somebody waits for. */
const MOST_SECONDS = 30;

/** What is so quickly done that whoever asks waits for it, without a job. */
export class SmallTasks {
  readonly #options: SmallTasksOptions;
  #running = 0;

  constructor(options: SmallTasksOptions) {
    this.#options = options;
  }

  probe(place: MediaPlace, signal?: AbortSignal): Promise<MediaInfo> {
    return this.#run(signal, (run) => this.#options.tools.probe(place, run));
  }

  /** One picture of a film, as an image file. */
  frame(place: MediaPlace, task: FrameTask, signal?: AbortSignal): Promise<Buffer> {
    return this.#run(signal, async (run) => readFile(await this.#options.tools.frame(place, task, run)));
  }

  /** A moving preview, as an image file. */
  animation(place: MediaPlace, task: Preview, signal?: AbortSignal): Promise<Buffer> {
    if ((task.durationSeconds ?? 0) * (task.excerpts ?? 1) > MOST_SECONDS) {
      const message = `a preview of more than ${MOST_SECONDS} s takes too long to be waited for`;
      throw new MediaError('TEMPLATE_INVALID', message, 'Ask for a shorter one, or submit a job.');
    }
    return this.#run(signal, async (run) => readFile(await this.#options.tools.animationFile(place, task, run)));
  }

  async #run<T>(signal: AbortSignal | undefined, work: (run: MediaRun) => Promise<T>): Promise<T> {
    const { folder: parent, atOnce, timeoutMs } = this.#options;
    if (this.#running >= atOnce) throw busy();
    this.#running++;
    let folder: string | undefined;
    try {
      await mkdir(parent, { recursive: true });
      const own = await mkdtemp(join(parent, 'small-'));
      folder = own;
      return await within(timeoutMs, signal, (limit) => work({ folder: own, signal: limit }));
    } catch (error) {
      throw error instanceof DOMException && error.name === 'TimeoutError' ? tooSlow(timeoutMs, error) : error;
    } finally {
      this.#running--;
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  }
}

function busy(): MediaError {
  const remedy = 'Try again in a moment, or submit a job.';
  return new MediaError('MEDIA_BUSY', 'too much of this is done at the moment', remedy, { isFinal: false });
}

function tooSlow(timeoutMs: number, cause: unknown): MediaError {
  const message = `it was not done within ${timeoutMs / 1000} s`;
  return new MediaError('MEDIA_TIMEOUT', message, 'Submit a job, which may take longer.', { cause });
}
