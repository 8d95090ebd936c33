import { MediaError } from '../ffmpeg/index.ts';
import { audioFits, videoFits } from './fits.ts';
import { isToSdr, type PicturePlan, planPictures } from './picture-plan.ts';
import type { Source } from './source.ts';
import type { TranscodeTask } from './task.ts';
import { audioCodecOf, HOLDS, overrideTemplate, type TranscodeTemplate, videoCodecOf } from './template/index.ts';

/** How one output is made of its source. */
export type OutputPlan = {
  readonly task: TranscodeTask;
  readonly template: TranscodeTemplate;
  readonly video: 'copy' | PicturePlan | undefined;
  readonly audio: 'copy' | 'encode' | undefined;
  readonly notes: readonly string[];
};

/** Decides what is encoded and what is taken over. Throws where nothing would come out. */
export function planOutput(task: TranscodeTask, source: Source): OutputPlan {
  const template = task.overrides === undefined ? task.template : overrideTemplate(task.template, task.overrides);
  const video = planVideo(task, template, source);
  const audio = planAudio(task, template, source);
  if (video === undefined && audio === undefined) {
    const wanted = HOLDS[template.container].video.length > 0 ? 'video' : 'audio';
    const message = `nothing would be in the output: the input has no ${wanted}, or the template removes it`;
    throw new MediaError('INPUT_LACKS_TRACK', message, 'Use a template that fits the input.');
  }
  return { task, template, video, audio, notes: notesOf(template, source, video) };
}

function planVideo(task: TranscodeTask, template: TranscodeTemplate, source: Source): OutputPlan['video'] {
  if (!source.video || template.video.isRemoved || videoCodecOf(template) === undefined) return undefined;
  const pictures = planPictures(template, source.video, source.shown);
  const isWhole = !changesTimes(task) && (task.rotate ?? 0) === 0 && !task.watermarks?.length && !task.burnedSubtitles;
  return isWhole && videoFits(template, source.video, pictures, source.info) ? 'copy' : pictures;
}

function planAudio(task: TranscodeTask, template: TranscodeTemplate, source: Source): OutputPlan['audio'] {
  if (!source.audio || template.audio.isRemoved || audioCodecOf(template) === undefined) return undefined;
  return !changesTimes(task) && audioFits(template, source.audio) ? 'copy' : 'encode';
}

/** A part that begins anywhere is not cut without encoding. */
function changesTimes({ clip, merge }: TranscodeTask): boolean {
  return clip !== undefined || (merge?.length ?? 0) > 0;
}

function notesOf(template: TranscodeTemplate, { video, audio }: Source, plan: OutputPlan['video']): string[] {
  const isEncoded = typeof plan === 'object';
  return [
    ...(isEncoded && video && isToSdr(template, video)
      ? [`${video.hdr} was brought to the range of usual screens`]
      : []),
    ...(isEncoded && video?.isInterlaced && template.video.scan !== 'interlaced' ? ['deinterlaced'] : []),
    ...(isEncoded && video && video.rotation !== 0 ? [`turned by ${video.rotation} degrees, as the file says`] : []),
    ...(audio ? [] : ['the input has no audio']),
    ...(video ? [] : ['the input has no video']),
  ];
}
