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

/** Runs FFmpeg in the folder of a run. `onTime` is told how far the output is, in seconds. */
export async function ffmpeg(
  { ffmpeg: command, limits }: Tools,
  { folder, signal }: MediaRun,
  args: readonly string[],
  { onTime, onSaid }: { onTime?: ((seconds: number) => void) | undefined; onSaid?: (text: string) => void } = {},
): Promise<void> {
  if (!command) throw missing();
  await runFfmpeg({
    ...{ command, args, limits, folder, signal },
    ...(onTime ? { onProgress: ({ outMs }) => onTime(outMs / 1000) } : {}),
    ...(onSaid ? { onSaid } : {}),
  });
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

function missing(): MediaError {
  const remedy = 'Install FFmpeg with FFprobe, or say in ffmpegPath where it is.';
  return new MediaError('FFMPEG_MISSING', 'there is no FFmpeg on this server', remedy, { isFinal: false });
}
