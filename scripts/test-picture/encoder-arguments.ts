import { CHANNELS, SAMPLE_RATE } from './tone.ts';

/** What is sent, and where to. */
export type TestPictureOptions = {
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly hasAudio: boolean;
};

/** FFmpeg's arguments: pictures on standard input, sound on pipe 3, FLV to the URL. */
export function encoderArguments({ url, width, height, fps, hasAudio }: TestPictureOptions): string[] {
  const probe = ['-probesize', '32', '-analyzeduration', '0', '-thread_queue_size', '64'];
  const format = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', String(fps)];
  const sound = ['-f', 's16le', '-ar', String(SAMPLE_RATE), '-ac', String(CHANNELS), '-i', 'pipe:3'];
  const keyEvery = Math.round(fps * 2);
  const colour = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'];
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error'],
    ...[...probe, ...format, '-i', 'pipe:0'],
    ...(hasAudio ? [...probe, ...sound] : []),
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-threads', '1', '-pix_fmt', 'yuv420p'],
    ...['-b:v', '2000k', '-maxrate', '2000k', '-bufsize', '2000k'],
    ...['-g', String(keyEvery), '-keyint_min', String(keyEvery)],
    ...['-sc_threshold', '0', ...colour],
    ...(hasAudio ? ['-c:a', 'aac', '-b:a', '128k'] : []),
    ...['-f', 'flv', '-flvflags', 'no_duration_filesize', '-flush_packets', '1', url],
  ];
}
