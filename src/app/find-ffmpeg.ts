import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

export type FoundFfmpeg = { readonly path: string; readonly version: string };

/** A machine that has much to do, as when it starts, may take seconds to load it. */
const ANSWER_MS = 30_000;

/** FFmpeg from the configuration, `FFMPEG_PATH` or PATH; undefined where there is none that runs. */
export function findFfmpeg(configured: string | undefined): FoundFfmpeg | undefined {
  const named = configured ?? process.env.FFMPEG_PATH ?? 'ffmpeg';
  const path = named.includes('/') ? resolve(named) : named;
  const { status, stdout } = spawnSync(path, ['-hide_banner', '-version'], { encoding: 'utf8', timeout: ANSWER_MS });
  const version = /^ffmpeg version (\S+)/.exec(stdout ?? '')?.[1];
  return status === 0 && version ? { path, version } : undefined;
}
