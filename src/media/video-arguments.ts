import { MediaError, type VideoStream } from '../ffmpeg/index.ts';
import {
  DEFAULT_SEGMENT_SECONDS,
  type TranscodeTemplate,
  type VideoCodecName,
  videoCodecOf,
} from './template/index.ts';

/** Which run over the pictures: the only one, or one of two. */
export type Pass = { readonly number: 1 | 2; readonly log: string } | undefined;

const ENCODERS: Readonly<Record<VideoCodecName, readonly string[]>> = {
  h264: ['libx264', 'libopenh264'],
  h265: ['libx265'],
  av1: ['libsvtav1', 'libaom-av1'],
  vp9: ['libvpx-vp9'],
  gif: ['gif'],
  webp: ['libwebp_anim', 'libwebp'],
};
const DEFAULT_CRF: Readonly<Partial<Record<VideoCodecName, number>>> = { h264: 26, h265: 28, av1: 35, vp9: 33 };
const DEFAULT_GOP_SECONDS = 10;
const USUAL_FPS = 25;
const SPEEDS = ['veryslow', 'slower', 'slow', 'medium', 'fast', 'faster', 'veryfast', 'superfast', 'ultrafast'];

/** The encoder that this FFmpeg has for a codec. Throws CODEC_UNAVAILABLE. */
export function videoEncoder(codec: VideoCodecName, available: ReadonlySet<string>): string {
  const found = ENCODERS[codec].find((name) => available.has(name));
  if (found) return found;
  const message = `the FFmpeg of this server has no encoder for ${codec}`;
  throw new MediaError('CODEC_UNAVAILABLE', message, `Install an FFmpeg with ${ENCODERS[codec].join(' or ')}.`);
}

/** How pictures are encoded. `sourceKbps` is the input's, where it is known. */
export function videoArguments(
  template: TranscodeTemplate,
  source: VideoStream,
  available: ReadonlySet<string>,
  pass: Pass,
): string[] {
  const codec = videoCodecOf(template) ?? 'h264';
  const encoder = videoEncoder(codec, available);
  if (codec === 'gif') return ['-c:v', encoder];
  if (codec === 'webp') return ['-c:v', encoder, '-quality', '75', '-loop', String(template.webpLoop ?? 0)];
  return [
    ...['-c:v', encoder, ...speedArguments(encoder, template)],
    ...rateArguments(encoder, codec, template, source),
    ...gopArguments(template, source),
    ...(template.video.scan === 'interlaced' ? ['-flags', '+ilme+ildct'] : []),
    ...passArguments(encoder, pass),
    ...(codec === 'h265' && ['mp4', 'mov', 'm3u8', 'mpd'].includes(template.container) ? ['-tag:v', 'hvc1'] : []),
    '-pix_fmt',
    template.video.pixelFormat ?? 'yuv420p',
  ];
}

function speedArguments(encoder: string, { video, mode }: TranscodeTemplate): string[] {
  const preset = video.preset ?? 'medium';
  const speed = SPEEDS.indexOf(preset);
  const profile = video.profile === undefined ? [] : ['-profile:v', video.profile];
  switch (encoder) {
    case 'libx264': {
      const params = mode === 'cbr' ? ['-x264-params', 'nal-hrd=cbr'] : [];
      return ['-preset', preset, ...profile, ...params];
    }
    case 'libx265':
      return ['-preset', preset, ...profile];
    case 'libsvtav1':
      return ['-preset', String(Math.min(12, 3 + speed))];
    case 'libaom-av1':
      return ['-cpu-used', String(Math.min(8, 1 + speed)), '-row-mt', '1'];
    case 'libvpx-vp9':
      return ['-deadline', 'good', '-cpu-used', String(Math.min(5, speed)), '-row-mt', '1'];
    default:
      return [];
  }
}

function rateArguments(
  encoder: string,
  codec: VideoCodecName,
  template: TranscodeTemplate,
  source: VideoStream,
): string[] {
  const { video, mode } = template;
  const { maxKbps, minKbps, bufferKbit } = video;
  const most = maxKbps === undefined ? [] : ['-maxrate', `${maxKbps}k`, '-bufsize', `${bufferKbit ?? maxKbps * 2}k`];
  if (video.crf !== undefined || video.bitrateKbps === undefined) {
    const crf = String(video.crf ?? DEFAULT_CRF[codec] ?? 26);
    return ['-crf', crf, ...(encoder.startsWith('libvpx') ? ['-b:v', '0'] : encoder === 'libsvtav1' ? [] : most)];
  }
  const kbps = leastKbps(template, source, video.bitrateKbps);
  const rate = ['-b:v', `${kbps}k`];
  if (encoder === 'libsvtav1') return rate;
  if (mode === 'cbr')
    return [...rate, '-minrate', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${bufferKbit ?? kbps}k`];
  const least = minKbps === undefined ? [] : ['-minrate', `${minKbps}k`];
  const peak =
    most.length > 0 ? most : ['-maxrate', `${Math.round(kbps * 1.5)}k`, '-bufsize', `${bufferKbit ?? kbps * 2}k`];
  return [...rate, ...least, ...peak];
}

/** A source with fewer bits than the template asks for. */
function leastKbps({ less }: TranscodeTemplate, { bitsPerSecond }: VideoStream, wanted: number): number {
  if (bitsPerSecond === undefined || less?.videoBitrate === undefined) return wanted;
  const has = Math.round(bitsPerSecond / 1000);
  if (has >= wanted) return wanted;
  if (less.videoBitrate === 'keep') return has;
  const message = `the source has ${has} kbit/s of video, less than the template asks for`;
  throw new MediaError('INPUT_TOO_SMALL', message, 'Use a smaller template, or TransConfig.IsCheckVideoBitrate.');
}

/** Key frames at the same times in all renditions of a source, so that players can change between them. */
function gopArguments({ container, video, segmentSeconds }: TranscodeTemplate, { fps }: VideoStream): string[] {
  const rate = Math.min(video.fps ?? fps ?? USUAL_FPS, video.maxFps ?? Number.POSITIVE_INFINITY);
  const isSegmented = container === 'm3u8' || container === 'mpd';
  const segment = isSegmented ? (segmentSeconds ?? DEFAULT_SEGMENT_SECONDS) : undefined;
  const seconds = video.gopFrames === undefined ? (video.gopSeconds ?? DEFAULT_GOP_SECONDS) : video.gopFrames / rate;
  const every = segment === undefined ? seconds : segment / Math.max(1, Math.ceil(segment / seconds - 1e-6));
  const frames = Math.max(1, Math.round(video.gopFrames ?? every * rate));
  const isCounted = video.gopFrames !== undefined && segment === undefined;
  return ['-g', String(frames), ...(isCounted ? [] : ['-force_key_frames', `expr:gte(t,n_forced*${every})`])];
}

function passArguments(encoder: string, pass: Pass): string[] {
  if (!pass) return encoder === 'libx265' ? ['-x265-params', 'log-level=error'] : [];
  const { number, log } = pass;
  if (encoder === 'libx265') return ['-x265-params', `log-level=error:pass=${number}:stats=${log}`];
  return encoder === 'libsvtav1' ? [] : ['-pass', String(number), '-passlogfile', log];
}
