import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MediaError, type VideoStream, videoOf } from '../ffmpeg/index.ts';
import { momentsOf } from './moments.ts';
import type { FrameTask, PictureFormat, SnapshotOutput, SnapshotTask } from './picture-tasks.ts';
import { publishFile } from './publish.ts';
import type { MediaRun } from './task.ts';
import { ffmpeg, inputOf, type KnownMedia, type Tools } from './tools.ts';

/** So many moments are sought in one run of FFmpeg. */
const SOUGHT_AT_ONCE = 12;

/** Takes pictures of a film and publishes them; all of them, or none. */
export async function snapshots(
  tools: Tools,
  media: KnownMedia,
  task: SnapshotTask,
  run: MediaRun,
): Promise<SnapshotOutput> {
  const { input, output: target, onCollision } = task;
  const times = momentsOf(task.moments, lengthOf(media));
  if (times.length > 1 && !target.object.includes('{Count}')) {
    throw new MediaError(
      'TEMPLATE_INVALID',
      'OutputFile.Object lacks {Count}',
      'Let the name have {Count}, as there are several pictures.',
    );
  }
  const files = await take(tools, media, times, task, run);
  const facts = { input, seed: run.seed ?? JSON.stringify(task), atMs: run.atMs ?? Date.now() };
  const pictures: { object: string; atSeconds: number; sizeBytes: number }[] = [];
  try {
    for (const [index, { file, atSeconds }] of files.entries()) {
      const publication = { target, onCollision, signal: run.signal, facts: { ...facts, count: index + 1 } };
      const { object, sizeBytes } = await publishFile(tools.storages, file, publication);
      pictures.push({ object, atSeconds, sizeBytes });
    }
  } catch (error) {
    for (const { object } of pictures)
      await tools.storages
        .get(target.storage)
        .delete(object)
        .catch(() => undefined);
    throw error;
  }
  return { storage: target.storage, pictures };
}

/** One picture into a file of the run's folder. */
export async function frame(
  tools: Tools,
  media: KnownMedia,
  { atSeconds = 0, ...look }: FrameTask,
  run: MediaRun,
): Promise<string> {
  const [time = 0] = momentsOf({ times: [atSeconds] }, lengthOf(media));
  const [taken] = await take(tools, media, [time], look, run);
  if (taken) return taken.file;
  throw new MediaError('CLIP_OUTSIDE', `there is no picture at ${atSeconds} s`, 'Choose a time within the film.');
}

type Look = Pick<SnapshotTask, 'width' | 'height' | 'format' | 'frameType'>;

type Taken = { readonly file: string; readonly atSeconds: number };

/** Each moment is sought: only what is between it and the key frame before is decoded. */
async function take(
  tools: Tools,
  media: KnownMedia,
  times: readonly number[],
  look: Look,
  run: MediaRun,
): Promise<Taken[]> {
  const video = pictured(media);
  const { format = 'jpg', frameType = 'normal' } = look;
  const quick = frameType === 'intra' ? ['-skip_frame', 'nokey', '-noaccurate_seek'] : [];
  const scale = scaleFilter(look, video);
  const taken: Taken[] = [];
  for (let start = 0; start < times.length; start += SOUGHT_AT_ONCE) {
    const batch = times.slice(start, start + SOUGHT_AT_ONCE).map((atSeconds, index) => {
      const name = `picture-${String(start + index + 1).padStart(5, '0')}.${format}`;
      return { atSeconds, name, file: join(run.folder, name) };
    });
    await ffmpeg(tools, run, [
      ...batch.flatMap(({ atSeconds }) => inputOf(media, tools, ...quick, '-ss', atSeconds.toFixed(3))),
      ...batch.flatMap(({ name }, index) => [
        ...['-map', `${index}:${video.index}`, ...(scale === '' ? [] : ['-vf', scale]), '-frames:v', '1'],
        ...pictureArguments(format, name),
      ]),
    ]);
    for (const { file, atSeconds } of batch) if (await isThere(file)) taken.push({ file, atSeconds });
    run.progress?.((Math.min(times.length, start + SOUGHT_AT_ONCE) / times.length) * 100);
  }
  return taken;
}

export function pictureArguments(format: PictureFormat, name: string): string[] {
  const single = ['-update', '1', '-f', 'image2', name];
  switch (format) {
    case 'jpg':
      return ['-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p', ...single];
    case 'png':
      return ['-c:v', 'png', ...single];
    case 'webp':
      return ['-c:v', 'libwebp', '-quality', '80', ...single];
  }
}

/** One side given, the other follows; pixels become squares. */
export function scaleFilter(
  { width, height }: Pick<Look, 'width' | 'height'>,
  { shownWidth, shownHeight, sampleAspect }: VideoStream,
): string {
  if (width !== undefined || height !== undefined) return `scale=${width ?? -1}:${height ?? -1}:flags=bicubic,setsar=1`;
  return sampleAspect === '1:1' ? '' : `scale=${shownWidth}:${shownHeight},setsar=1`;
}

export function pictured({ info }: KnownMedia): VideoStream {
  const video = videoOf(info) ?? info.streams.find((stream): stream is VideoStream => stream.kind === 'video');
  if (video) return video;
  throw new MediaError('INPUT_LACKS_TRACK', 'the input has no pictures', 'Give a video.');
}

/** A picture is a film that ends at once. */
export function lengthOf({ info }: KnownMedia): number {
  return info.durationSeconds ?? videoOf(info)?.durationSeconds ?? 0;
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    ({ size }) => size > 0,
    () => false,
  );
}
