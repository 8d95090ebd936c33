import { type AudioStream, audiosOf, MediaError, type VideoStream, videoOf } from '../ffmpeg/index.ts';
import type { Size } from './picture-plan.ts';
import type { ClipRange, TranscodeTask } from './task.ts';
import type { KnownMedia } from './tools.ts';

/** The part of an input that is processed. */
export type Source = KnownMedia & {
  readonly video?: VideoStream | undefined;
  readonly audio?: AudioStream | undefined;
  /** As seen, and turned as the task says. */
  readonly shown: Size;
  readonly range: { readonly seekSeconds?: number; readonly durationSeconds?: number };
  /** Of the part; undefined where the file doesn't say. */
  readonly durationSeconds?: number | undefined;
};

/** Chooses tracks and part of an input for a task. Throws MediaError where there are none. */
export function sourceOf(media: KnownMedia, task: Pick<TranscodeTask, 'clip' | 'rotate' | 'audioTrack'>): Source {
  const { info } = media;
  const video = videoOf(info);
  const audios = audiosOf(info);
  const audio = audios[task.audioTrack ?? 0];
  if (task.audioTrack !== undefined && !audio) {
    const message = `there is no audio track ${task.audioTrack}; there are ${audios.length}`;
    throw new MediaError('INPUT_LACKS_TRACK', message, 'Tracks are counted from 0.');
  }
  if (!video && !audio)
    throw new MediaError('INPUT_LACKS_TRACK', 'the input has neither video nor audio', 'Give one that has.');
  const whole = info.durationSeconds ?? video?.durationSeconds ?? audio?.durationSeconds;
  const range = rangeOf(task.clip, whole);
  const durationSeconds = range.durationSeconds ?? (whole === undefined ? undefined : whole - (range.seekSeconds ?? 0));
  return { ...media, video, audio, shown: shownOf(video, task.rotate ?? 0), range, durationSeconds };
}

/** Throws where nothing is left. */
export function rangeOf(clip: ClipRange | undefined, whole: number | undefined): Source['range'] {
  if (!clip) return {};
  const seekSeconds = clip.seekSeconds ?? 0;
  const rest = whole === undefined ? undefined : whole - seekSeconds - (clip.cutTailSeconds ?? 0);
  if (rest === undefined && clip.cutTailSeconds !== undefined) {
    const remedy = 'Say Duration instead of End.';
    throw new MediaError('CLIP_OUTSIDE', 'the input does not say how long it is, so its end cannot be cut', remedy);
  }
  if (rest !== undefined && rest <= 0) {
    throw new MediaError(
      'CLIP_OUTSIDE',
      `nothing is left of ${whole?.toFixed(2)} s`,
      'Choose a part within the input.',
    );
  }
  const least = [
    clip.durationSeconds,
    clip.durationSeconds !== undefined || clip.cutTailSeconds !== undefined ? rest : undefined,
  ];
  const lengths = least.filter((each) => each !== undefined);
  return {
    ...(seekSeconds > 0 ? { seekSeconds } : {}),
    ...(lengths.length > 0 ? { durationSeconds: Math.min(...lengths) } : {}),
  };
}

function shownOf(video: VideoStream | undefined, rotate: number): Size {
  const { shownWidth: width = 0, shownHeight: height = 0 } = video ?? {};
  const turned = ((rotate % 360) + 360) % 360;
  if (turned % 180 === 0) return { width, height };
  if (turned % 90 === 0) return { width: height, height: width };
  const [sin, cos] = [Math.abs(Math.sin((turned * Math.PI) / 180)), Math.abs(Math.cos((turned * Math.PI) / 180))];
  const even = (side: number) => 2 * Math.ceil(side / 2);
  return { width: even(width * cos + height * sin), height: even(width * sin + height * cos) };
}

/** Filters that turn pictures clockwise. */
export function turnFilters(rotate: number, shown: Size): string[] {
  switch (((rotate % 360) + 360) % 360) {
    case 0:
      return [];
    case 90:
      return ['transpose=clock'];
    case 180:
      return ['hflip', 'vflip'];
    case 270:
      return ['transpose=cclock'];
    default:
      return [`rotate=${rotate}*PI/180:ow=${shown.width}:oh=${shown.height}`];
  }
}
