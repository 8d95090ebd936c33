import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs FFmpeg as somebody at a shell would. */
export const ffmpeg = (...args: readonly string[]) => run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args]);

export type Film = { readonly seconds: number; readonly size: string };

/** A picture that moves and a tone, H.264 and AAC with a key frame every two seconds; the name's end chooses the container. */
export async function makeFilm(file: string, { seconds, size }: Film): Promise<string> {
  await ffmpeg(
    ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25:duration=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=duration=${seconds}`],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-g', '50', '-pix_fmt', 'yuv420p', '-c:a', 'aac', file],
  );
  return file;
}
