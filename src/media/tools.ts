import { statfs } from 'node:fs/promises';
import {
  fileUrl,
  inputArguments,
  MediaError,
  type MediaInfo,
  probeMedia,
  type RunLimits,
  runFfmpeg,
} from '../ffmpeg/index.ts';
import type { Storages } from '../storage/index.ts';
import { diskFull } from './fetch-url.ts';
import type { OpenedMedia, Opening } from './open-media.ts';
import type { MediaRun } from './task.ts';

/** Limits of one piece of work. */
export type MediaLimits = RunLimits & {
  /** Of one picture, before it is decoded. */
  readonly pixels: number;
  /** Of an input that is fetched. */
  readonly inputBytes: number;
};

/** What all of this is done with. */
export type Tools = {
  /** FFmpeg, undefined where there is none. */
  readonly ffmpeg: readonly string[] | undefined;
  readonly ffprobe: readonly string[] | undefined;
  /** Names of encoders, as `ffmpeg -encoders` lists them. */
  readonly encoders: () => Promise<ReadonlySet<string>>;
  readonly storages: Storages;
  readonly limits: MediaLimits;
  readonly opening: Opening;
  /** What texts are drawn with, or why they can't be. */
  readonly font: () => { readonly font: string } | { readonly reason: string };
};

/** An input with what is known of it. */
export type KnownMedia = OpenedMedia & { readonly info: MediaInfo };

const PROBE_MS = 60_000;
const LEAST_FREE_BYTES = 131_072;

/** Runs FFmpeg in the folder of a run. `onTime` is told how far the output is, in seconds. */
export async function ffmpeg(
  { ffmpeg: command, limits }: Tools,
  { folder, signal }: MediaRun,
  args: readonly string[],
  { onTime, onSaid }: { onTime?: ((seconds: number) => void) | undefined; onSaid?: (text: string) => void } = {},
): Promise<void> {
  if (!command) throw missing();
  const work = runFfmpeg({
    ...{ command, args, limits, folder, signal },
    ...(onTime ? { onProgress: ({ outMs }) => onTime(outMs / 1000) } : {}),
    ...(onSaid ? { onSaid } : {}),
  });
  await work.catch(async (error: unknown) => {
    signal?.throwIfAborted();
    throw (await isFull(folder)) ? diskFull(error) : error;
  });
  // FFmpeg says nothing of segments of HLS that it could not write.
  if (await isFull(folder)) throw diskFull(undefined);
}

export async function probe(
  { ffprobe: command, limits }: Tools,
  { path, kind }: Pick<OpenedMedia, 'path' | 'kind'>,
  signal: AbortSignal | undefined,
): Promise<MediaInfo> {
  if (!command) throw missing();
  const bounded = { ...limits, timeMs: Math.min(limits.timeMs, PROBE_MS) };
  return probeMedia({ command, path, kind, limits: bounded, pixels: limits.pixels, signal });
}

/** Arguments that open an input, ending with it. */
export function inputOf({ path, kind }: OpenedMedia, { limits }: Tools, ...before: readonly string[]): string[] {
  return [...inputArguments(kind, limits.pixels), ...before, '-i', fileUrl(path)];
}

/** Whether there is so little room left that a file may have been cut off. */
async function isFull(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize < LEAST_FREE_BYTES;
}

function missing(): MediaError {
  const remedy = 'Install FFmpeg with FFprobe, or say in ffmpegPath where it is.';
  return new MediaError('FFMPEG_MISSING', 'there is no FFmpeg on this server', remedy, { isFinal: false });
}
