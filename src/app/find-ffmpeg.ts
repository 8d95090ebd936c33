import { spawnSync } from 'node:child_process';

export type FoundFfmpeg = { readonly path: string; readonly version: string };

/** FFmpeg from the configuration, `FFMPEG_PATH` or PATH; undefined where there is none that runs. */
export function findFfmpeg(configured: string | undefined): FoundFfmpeg | undefined {
  const path = configured ?? process.env.FFMPEG_PATH ?? 'ffmpeg';
  const { status, stdout } = spawnSync(path, ['-hide_banner', '-version'], { encoding: 'utf8', timeout: 5000 });
  const version = /^ffmpeg version (\S+)/.exec(stdout ?? '')?.[1];
  return status === 0 && version ? { path, version } : undefined;
}
