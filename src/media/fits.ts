import type { AudioStream, MediaInfo, VideoStream } from '../ffmpeg/index.ts';
import { rateOf } from './audio-arguments.ts';
import type { PicturePlan } from './picture-plan.ts';
import { audioCodecOf, type TranscodeTemplate, videoCodecOf } from './template/index.ts';

const CODEC_NAMES: Readonly<Record<string, string>> = { h264: 'h264', h265: 'hevc', av1: 'av1', vp9: 'vp9' };
/** What is so little more than asked for is as asked for. */
const TOLERANCE = 1.05;
const WEB_PIXELS = ['yuv420p', 'yuvj420p'];

/** Whether pictures are already as the template wants them: then they are taken over, not encoded again. */
export function videoFits(
  template: TranscodeTemplate,
  video: VideoStream,
  pictures: PicturePlan,
  info: MediaInfo,
): boolean {
  const { video: wanted } = template;
  const codec = CODEC_NAMES[videoCodecOf(template) ?? ''];
  if (!pictures.isUntouched || video.codec !== codec || video.isInterlaced) return false;
  if (video.rotation !== 0 && template.container !== 'mp4' && template.container !== 'mov') return false;
  if (wanted.scan === 'interlaced' || wanted.crop !== undefined || wanted.pad || template.mode === 'cbr') return false;
  if (wanted.pixelFormat ? wanted.pixelFormat !== video.pixelFormat : !WEB_PIXELS.includes(video.pixelFormat ?? '')) {
    return false;
  }
  if (wanted.profile !== undefined && !profileFits(wanted.profile, video.profile ?? '')) return false;
  const most = wanted.bitrateKbps ?? wanted.maxKbps;
  const has = video.bitsPerSecond ?? info.bitsPerSecond;
  // Asked for a quality, it is not known whether the source has it.
  return most !== undefined && has !== undefined && has <= most * 1000 * TOLERANCE;
}

const PROFILES = ['baseline', 'main', 'high'];

/** A simpler profile plays wherever the one that is asked for does. */
function profileFits(wanted: string, has: string): boolean {
  const found = PROFILES.indexOf(has.toLowerCase().replace('constrained ', ''));
  return has.toLowerCase() === wanted || (found >= 0 && found <= PROFILES.indexOf(wanted));
}

/** Whether sound is already as the template wants it. */
export function audioFits(template: TranscodeTemplate, audio: AudioStream): boolean {
  const { audio: wanted } = template;
  const codec = audioCodecOf(template);
  if (codec === undefined || audio.codec !== (codec === 'pcm' ? 'pcm_s16le' : codec)) return false;
  if (wanted.loudness || wanted.noiseReductionDb !== undefined || wanted.quality !== undefined) return false;
  if (rateOf(codec, wanted, audio) !== audio.sampleRate) return false;
  if (wanted.channels === undefined ? audio.channels > 2 : wanted.channels !== audio.channels) return false;
  if (codec === 'flac' || codec === 'pcm') return true;
  return audio.bitsPerSecond !== undefined && audio.bitsPerSecond <= (wanted.bitrateKbps ?? 0) * 1000 * TOLERANCE;
}
