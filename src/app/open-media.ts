import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Config } from '../config/index.ts';
import { findEncoders } from '../ffmpeg/index.ts';
import { MediaTools, SmallTasks } from '../media/index.ts';
import type { Storages } from '../storage/index.ts';
import { lazyTextTool } from '../transcode/index.ts';
import type { Base } from './base.ts';

/** Small tasks at a time; whoever asks for more is told to come again. */
const AT_ONCE = 4;
const SMALL_MS = 60_000;

/** What files are processed with. `ffmpegPath` is undefined where there is none. */
export function openMedia(
  { config, closer }: Pick<Base, 'config' | 'closer'>,
  storages: Storages,
  ffmpegPath?: string,
) {
  const tools = closer.add('media', mediaTools(config, storages, ffmpegPath));
  const folder = workDirOf(config);
  return { tools, folder, small: new SmallTasks({ tools, folder, atOnce: AT_ONCE, timeoutMs: SMALL_MS }) };
}

export function workDirOf({ media, dataDir }: Config): string {
  return media.workDir ?? join(dataDir, 'media');
}

/** Where jobs of this process work: the folders of others beside it may be on the same disk. */
export function jobsFolderOf({ media, dataDir }: Config): { readonly parent: string; readonly own: string } {
  const parent = join(media.workDir ?? dataDir, 'jobs');
  return { parent, own: join(parent, `${hostname()}-${process.pid}`) };
}

export function mediaTools(config: Config, storages: Storages, ffmpegPath?: string): MediaTools {
  const { media, transcode } = config;
  const { seconds, ...limits } = media.limits;
  let encoders: Promise<ReadonlySet<string>> | undefined;
  return new MediaTools({
    ffmpeg: ffmpegPath === undefined ? undefined : [ffmpegPath],
    ffprobe: ffmpegPath === undefined ? undefined : [ffprobeBeside(ffmpegPath)],
    encoders: () => {
      encoders ??= findEncoders(ffmpegPath ?? 'ffmpeg', { kind: 'software' }).then(({ available }) => available);
      return encoders;
    },
    storages,
    ...{ roots: media.roots, keptFolder: join(jobsFolderOf(config).own, 'inputs') },
    urls: media.urls,
    limits: { ...limits, timeMs: seconds * 1000 },
    font: lazyTextTool(() => ffmpegPath, transcode.font ?? undefined),
  });
}

function ffprobeBeside(ffmpegPath: string): string {
  const beside = join(dirname(ffmpegPath), 'ffprobe');
  return ffmpegPath.includes('/') && existsSync(beside) ? beside : 'ffprobe';
}
