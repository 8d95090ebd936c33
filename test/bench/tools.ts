import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const HERE = fileURLToPath(new URL('.', import.meta.url));
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const BIN = join(HERE, 'bin');

/** Builds the load clients and makes the clips, once. */
export function prepare(): { readonly clip: string; readonly lightClip: string; readonly heavyClip: string } {
  mkdirSync(BIN, { recursive: true });
  must('make', ['-C', join(HERE, 'load')]);
  const clip = join(BIN, 'clip-720p.flv');
  const lightClip = join(BIN, 'clip-1mbps.flv');
  if (!existsSync(clip)) makeClip(clip, '1280x720', 2500, 128);
  const heavyClip = join(BIN, 'clip-5mbps.flv');
  if (!existsSync(lightClip)) makeClip(lightClip, '640x360', 900, 96);
  if (!existsSync(heavyClip)) makeClip(heavyClip, '1280x720', 5000, 128);
  return { clip, lightClip, heavyClip };
}

function makeClip(path: string, size: string, videoKbps: number, audioKbps: number): void {
  const rate = `${videoKbps}k`;
  must('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=30`],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100', '-t', '30', '-vf', 'noise=alls=12:allf=t'],
    ...['-c:v', 'libx264', '-profile:v', 'main', '-preset', 'veryfast', '-bf', '0', '-g', '60', '-keyint_min', '60'],
    ...['-sc_threshold', '0', '-b:v', rate, '-minrate', rate, '-maxrate', rate, '-bufsize', rate],
    ...['-x264-params', 'nal-hrd=cbr:filler=1:threads=2', '-pix_fmt', 'yuv420p'],
    ...['-c:a', 'aac', '-b:a', `${audioKbps}k`, '-ac', '2', '-f', 'flv', path],
  ]);
}

function must(command: string, args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
}
