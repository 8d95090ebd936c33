import { fileUrl, inputArguments } from '../ffmpeg/index.ts';
import type { SlateLikeness } from './slate-likeness.ts';

export type SlatePicture = {
  /** The whole path of a picture or a video; without it, plain colour. */
  readonly file?: string;
  /** `#rrggbb`. */
  readonly color: string;
};

/** A still picture repeats after so long: a whole number of AAC's packets at 48 kHz. */
const STILL_SECONDS = 8;
/** Of a video; what follows is cut off. */
export const LONGEST_VIDEO_SECONDS = 60;
const KEY_FRAME_SECONDS = 2;
const MOST_PIXELS = 8192 * 4320;

/** Whether the file moves. */
export function isVideoFile(file: string | undefined): boolean {
  return file !== undefined && !/\.(png|jpe?g)$/i.test(file);
}

/** @param sound of the file itself, or silence */
export function slateArguments(
  picture: SlatePicture,
  like: SlateLikeness,
  sound: 'own' | 'silent',
  output: string,
): string[] {
  const seconds = isVideoFile(picture.file) ? LONGEST_VIDEO_SECONDS : STILL_SECONDS;
  const { video, audio } = like;
  const hasOwnSound = sound === 'own';
  const pictureInput = video ? inputOf(picture, like) : [];
  const silentAt = video ? 1 : 0;
  return [
    ...(hasOwnSound && !video ? inputOf(picture, like) : pictureInput),
    ...(audio && !hasOwnSound ? ['-f', 'lavfi', '-i', silence(audio)] : []),
    ...(video ? ['-map', '0:v:0', ...videoArguments(picture, video)] : []),
    ...(audio ? ['-map', hasOwnSound ? '0:a:0' : `${silentAt}:a:0`, ...audioArguments(audio)] : []),
    ...['-t', String(seconds), ...(isVideoFile(picture.file) ? ['-shortest'] : [])],
    ...['-map_metadata', '-1', '-use_editlist', '0', '-video_track_timescale', '90000'],
    ...['-movflags', 'frag_every_frame+empty_moov+default_base_moof+delay_moov', '-f', 'mp4', output],
  ];
}

function inputOf({ file, color }: SlatePicture, { video }: SlateLikeness): string[] {
  if (file !== undefined) return [...inputArguments('file', MOST_PIXELS), '-i', fileUrl(file)];
  const { width = 16, height = 16, fps = 25 } = video ?? {};
  return ['-f', 'lavfi', '-i', `color=c=${hex(color)}:s=${width}x${height}:r=${fps}`];
}

function silence({ sampleRate, channels }: NonNullable<SlateLikeness['audio']>): string {
  return `anullsrc=r=${sampleRate}:cl=${channels === 1 ? 'mono' : 'stereo'}`;
}

function videoArguments({ file, color }: SlatePicture, video: NonNullable<SlateLikeness['video']>): string[] {
  const { codec, profile, level, width, height, fps } = video;
  const fitted = [
    `scale=${width}:${height}:force_original_aspect_ratio=decrease`,
    `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2:color=${hex(color)}`,
  ];
  const still = file !== undefined && !isVideoFile(file) ? ['loop=loop=-1:size=1:start=0'] : [];
  const filters = [...still, `fps=${fps}`, ...(file === undefined ? [] : fitted), 'setsar=1', 'format=yuv420p'];
  const group = String(Math.max(1, Math.round(fps * KEY_FRAME_SECONDS)));
  return [
    ...['-vf', filters.join(','), '-c:v', codec === 'h264' ? 'libx264' : 'libx265', '-preset:v', 'veryfast'],
    ...(codec === 'h264' && profile ? ['-profile:v', profile] : []),
    ...(codec === 'h264' && level ? ['-level:v', level] : []),
    ...(codec === 'h265' ? ['-x265-params', 'log-level=error:bframes=0', '-tag:v', 'hvc1'] : ['-bf', '0']),
    ...['-g:v', group, '-keyint_min', group, '-sc_threshold', '0', '-crf', '23', '-maxrate', '3M', '-bufsize', '6M'],
  ];
}

function audioArguments({ sampleRate, channels }: NonNullable<SlateLikeness['audio']>): string[] {
  return ['-c:a', 'aac', '-b:a', '96k', '-ar', String(sampleRate), '-ac', String(channels)];
}

function hex(color: string): string {
  return `0x${color.slice(1)}`;
}
