import type { MediaInfo } from '../ffmpeg/index.ts';
import { guardedAgent } from '../notify/index.ts';
import type { MediaPlace } from './media-place.ts';
import { type OpenedMedia, openMedia } from './open-media.ts';
import { type Publication, type Published, publishFile } from './publish.ts';
import type { MediaRun, TranscodeOutput, TranscodeTask } from './task.ts';
import { probe, type Tools } from './tools.ts';
import { transcodeAll } from './transcode.ts';

export type MediaToolsOptions = Omit<Tools, 'opening'> & {
  /** Folders whose files are read in place. */
  readonly roots: readonly string[];
  /** Whether addresses may lead into the network of the operator, too. */
  readonly urls: 'public' | 'private';
};

const CONNECT_MS = 10_000;

/** All that is done with media files here. */
export class MediaTools {
  readonly #tools: Tools;
  readonly #close: () => Promise<void>;

  constructor({ roots, urls, ...rest }: MediaToolsOptions) {
    const setBy = urls === 'private' ? 'administrator' : 'user';
    const agent = guardedAgent({ setBy, connectTimeoutMs: CONNECT_MS });
    const { storages, limits } = rest;
    this.#tools = { ...rest, opening: { storages, roots, agent, maxBytes: limits.inputBytes } };
    this.#close = () => agent.destroy();
  }

  /** A local file that FFmpeg can open: in place where it can be, else fetched into `folder`. Throws MediaError. */
  open(place: MediaPlace, folder: string, signal?: AbortSignal): Promise<OpenedMedia> {
    return openMedia(place, folder, this.#tools.opening, signal);
  }

  /** Brings a file into its storage under a name that may have variables; the file is given away. */
  publish(file: string, publication: Publication): Promise<Published> {
    return publishFile(this.#tools.storages, file, publication);
  }

  async probe(place: MediaPlace, { folder, signal }: MediaRun): Promise<MediaInfo> {
    return probe(this.#tools, await this.open(place, folder, signal), signal);
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

  close(): Promise<void> {
    return this.#close();
  }
}
