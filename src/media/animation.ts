import type { AnimationTask } from './picture-tasks.ts';
import { lengthOf } from './snapshot.ts';
import type { TranscodeTask } from './task.ts';
import type { KnownMedia } from './tools.ts';

const DEFAULTS = { durationSeconds: 3, fps: 10, width: 320 };
const MOST_EXCERPTS = 20;

/** A moving preview as a task of transcoding: its first excerpt, and the others appended to it. */
export function animationTask(task: AnimationTask, media: KnownMedia): TranscodeTask {
  const { input, output, onCollision, format = 'gif', startSeconds = 0, excerpts = 1, loop } = task;
  const length = lengthOf(media);
  const durationSeconds = task.durationSeconds ?? DEFAULTS.durationSeconds;
  const count = Math.max(
    1,
    Math.min(MOST_EXCERPTS, excerpts, Math.floor((length - startSeconds) / durationSeconds) || 1),
  );
  const step = (length - startSeconds) / count;
  const starts = Array.from({ length: count }, (_, index) => startSeconds + index * step);
  const size = task.width === undefined && task.height === undefined ? { width: DEFAULTS.width } : sizeOf(task);
  return {
    ...{ input, output },
    template: {
      container: format,
      video: { ...size, fps: task.fps ?? DEFAULTS.fps },
      audio: { isRemoved: true },
      less: { size: 'keep' },
      ...(format === 'gif' ? { gif: { loop: loop ?? 0 } } : { webpLoop: loop ?? 0 }),
    },
    clip: { seekSeconds: starts[0] ?? 0, durationSeconds },
    merge: starts.slice(1).map((seekSeconds) => ({ place: input, seekSeconds, durationSeconds })),
    ...(onCollision === undefined ? {} : { onCollision }),
  };
}

function sizeOf({ width, height }: AnimationTask) {
  return { ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
}
