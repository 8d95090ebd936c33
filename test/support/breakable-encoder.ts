import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from './temp-dir.ts';

/** FFmpeg with a hardware encoder whose driver works until it is broken. Behind it is the real FFmpeg. */
export type BreakableEncoder = {
  readonly path: string;
  break(): Promise<void>;
  remove(): Promise<void>;
};

/** Stands in for a machine with `h264_nvenc`: libx264 encodes under that name. */
export async function breakableNvenc(): Promise<BreakableEncoder> {
  const dir = await tempDir('nvenc');
  const path = join(dir.path, 'ffmpeg');
  const broken = join(dir.path, 'broken');
  await writeFile(path, SCRIPT.replace('BROKEN', broken));
  await chmod(path, 0o755);
  return { path, break: () => writeFile(broken, ''), remove: () => rm(dir.path, { recursive: true, force: true }) };
}

const SCRIPT = `#!/bin/bash
if [[ "$*" == *-encoders* ]]; then
  ffmpeg "$@" && echo ' V....D h264_nvenc           NVIDIA NVENC H.264 encoder'
  exit
fi
if [[ "$*" == *h264_nvenc* && -e BROKEN ]]; then
  echo '[h264_nvenc] OpenEncodeSessionEx failed: out of memory (10)' >&2
  exit 1
fi
args=()
for arg in "$@"; do
  case "$arg" in
    h264_nvenc) args+=(libx264);;
    p4) args+=(slow);;
    ull) args+=(zerolatency);;
    hq) args+=(film);;
    -rc:v) skip=1;;
    cbr) [[ $skip ]] || args+=("$arg"); skip=;;
    *) args+=("$arg");;
  esac
done
exec ffmpeg "\${args[@]}"
`;
