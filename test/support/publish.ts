import { type Child, start } from './child.ts';
import type { Headwater } from './headwater.ts';
import { until } from './until.ts';

export type TestPicture = {
  readonly video?: boolean;
  readonly audio?: boolean;
  readonly size?: string;
  readonly fps?: number;
  readonly gop?: number;
  readonly bFrames?: number;
  readonly seconds?: number;
  readonly bitrate?: string;
};

/** FFmpeg's arguments for a test picture with a tone, encoded in real time, without the output. */
export function testPictureArgs(picture: TestPicture = {}): string[] {
  const { video = true, audio = true, size = '320x180', fps = 30, gop = 60, bFrames = 0 } = picture;
  const { seconds = 120, bitrate = '300k' } = picture;
  return [
    ...['-hide_banner', '-loglevel', 'warning', '-re'],
    ...(video ? ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${fps}`] : []),
    ...(audio ? ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'] : []),
    ...['-t', String(seconds)],
    ...(video ? ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', String(gop), '-keyint_min', String(gop)] : []),
    ...(video ? ['-sc_threshold', '0', '-bf', String(bFrames), '-b:v', bitrate, '-pix_fmt', 'yuv420p'] : []),
    ...(audio ? ['-c:a', 'aac', '-b:a', '96k', '-ac', '2'] : []),
  ];
}

/** Pushes a test picture with FFmpeg, and waits until the stream is live. */
export async function publishTestPicture(server: Headwater, path: string, picture: TestPicture = {}): Promise<Child> {
  const child = start('ffmpeg', [...testPictureArgs(picture), '-f', 'flv', server.pushUrl(path)]);
  await untilLive(server, path, child);
  return child;
}

/** Waits until the stream publishes and its tracks are known. */
export async function untilLive(server: Headwater, path: string, publisher?: Child): Promise<void> {
  type Streams = { streams: { app: string; name: string; state: string; tracks: unknown[] }[] };
  await until(`${path} is live`, async () => {
    if (publisher && publisher.process.exitCode !== null) throw new Error(`publisher ended: ${publisher.stderr()}`);
    const { streams } = await server.api<Streams>('/streams');
    return streams.some(
      (each) => `${each.app}/${each.name}` === path && each.state === 'publishing' && each.tracks.length > 0,
    );
  });
}
