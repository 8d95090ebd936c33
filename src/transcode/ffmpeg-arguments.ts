import { deviceArguments, type Encoders, encoderFor, needsUpload } from '../ffmpeg/index.ts';
import type { EncodedAudio, EncodedVideo, RungPlan } from './rung-plan.ts';
import { watermarkFilters } from './watermark-filters.ts';

export type FfmpegJob = {
  /** What is written to FFmpeg's standard input. */
  readonly input: 'flv' | 'mp4';
  readonly encoders: Encoders;
  /** Each comes back on a pipe of its own, the first on descriptor 3. */
  readonly rungs: readonly RungPlan[];
};

const FIRST_PIPE = 3;
/** An encoder that is not forced sets no key frame of its own for this many pictures. */
const NO_OWN_KEY_FRAMES = 1_000_000;
/** In microseconds; a track that is silent for longer holds up the other one no more. */
const INTERLEAVE_US = 200_000;

/** One process that decodes once and encodes every rung; keeps times and key frames to the millisecond. */
export function ffmpegArguments({ input, encoders, rungs }: FfmpegJob): string[] {
  const graph = filterGraph(rungs, encoders);
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'warning', '-stats_period', '1', '-progress', 'pipe:1'],
    ...deviceArguments(encoders),
    ...['-flags', 'low_delay', '-analyzeduration', '100000', '-fpsprobesize', '0', '-copyts'],
    ...['-protocol_whitelist', 'pipe', '-f', input, '-i', 'pipe:0'],
    ...(graph === '' ? [] : ['-filter_complex', graph]),
    ...rungs.flatMap((rung, index) => [
      ...(isEncoded(rung.video) ? ['-map', `[v${index}]`, ...videoArguments(rung.video, rung.latency, encoders)] : []),
      ...(isEncoded(rung.audio) ? ['-map', '0:a:0', ...audioArguments(rung.audio)] : []),
      ...outputArguments(rung, FIRST_PIPE + index),
    ]),
  ];
}

/** Which container a rung comes back in: FFmpeg before 6.1 can't write the newer codecs to FLV. */
export function containerOf({ video }: RungPlan): 'flv' | 'mp4' {
  return isEncoded(video) && video.codec !== 'h264' ? 'mp4' : 'flv';
}

export function isEncoded<T extends object>(part: T | 'copy' | undefined): part is T {
  return typeof part === 'object';
}

function filterGraph(rungs: readonly RungPlan[], encoders: Encoders): string {
  const encoded = rungs.flatMap(({ video }, index) => (isEncoded(video) ? [{ video, index }] : []));
  if (encoded.length === 0) return '';
  const split = `[0:v:0]split=${encoded.length}${encoded.map(({ index }) => `[s${index}]`).join('')}`;
  const chains = encoded.flatMap(({ video, index }) => chainsOf(video, index, encoders));
  return [split, ...chains].join(';');
}

/** Pictures are left out before they are scaled; key frames never are. Watermarks are drawn last. */
function chainsOf(video: EncodedVideo, index: number, encoders: Encoders): string[] {
  const { codec, width, height, fps, marks = [] } = video;
  const format = needsUpload(encoderFor(codec, encoders) ?? '') ? 'format=nv12,hwupload' : 'format=yuv420p';
  const fewer = fps === undefined ? '' : `${fewerPictures(fps)},`;
  const scaled = `[s${index}]${fewer}scale=${width}:${height}:flags=bicubic,setsar=1`;
  if (marks.length === 0) return [`${scaled},${format}[v${index}]`];
  const labels = { from: `b${index}`, to: `d${index}`, prefix: `m${index}_` };
  return [`${scaled}[b${index}]`, ...watermarkFilters(marks, labels), `[d${index}]${format}[v${index}]`];
}

function fewerPictures(fps: number): string {
  const slot = (time: string) => `floor(${time}*${fps}+0.001)`;
  return `select='eq(key\\,1)+isnan(prev_selected_t)+gt(${slot('t')}\\,${slot('prev_selected_t')})'`;
}

function videoArguments(video: EncodedVideo, latency: RungPlan['latency'], encoders: Encoders): string[] {
  const { codec, bitrateKbps, gopSeconds, encodedFps = USUAL_FPS } = video;
  const encoder = encoderFor(codec, encoders) ?? codec;
  return [
    ...['-c:v', encoder, ...encoderArguments(encoder, video, latency === 'low')],
    ...['-b:v', `${bitrateKbps}k`, '-maxrate:v', `${bitrateKbps}k`, '-bufsize:v', `${bitrateKbps}k`],
    ...['-g:v', String(gopSeconds === undefined ? NO_OWN_KEY_FRAMES : Math.round(gopSeconds * encodedFps))],
    ...['-force_key_frames:v', 'source', '-fps_mode:v', 'passthrough', '-enc_time_base:v', '1:1000'],
    ...(codec === 'h265' ? ['-tag:v', 'hvc1'] : []),
  ];
}

/** No look-ahead and no pictures out of order where the delay is to be low; key frames that can be joined at. */
function encoderArguments(encoder: string, { preset, encodedFps }: EncodedVideo, isLow: boolean): string[] {
  const noBFrames = isLow ? ['-bf:v', '0'] : [];
  // Both share out the bits by a rate, for which FFmpeg gives them its guess of the source's, before pictures are left out.
  const rate = encodedFps === undefined ? [] : [`fps=${Number(encodedFps.toFixed(3))}`];
  switch (encoder) {
    case 'libx264':
      return ['-preset:v', preset, '-sc_threshold:v', '0', ...(isLow ? x264Live(rate) : X264_QUALITY)];
    case 'libx265': {
      const params = [isLow ? X265 : X265_QUALITY, ...rate].join(':');
      return ['-preset:v', preset, ...(isLow ? ZERO_LATENCY : []), '-forced-idr:v', '1', '-x265-params', params];
    }
    case 'libaom-av1':
      return ['-usage:v', 'realtime', '-cpu-used:v', '8', '-row-mt:v', '1', '-lag-in-frames:v', isLow ? '0' : '19'];
    case 'h264_nvenc':
    case 'hevc_nvenc':
    case 'av1_nvenc':
      return ['-preset:v', 'p4', '-tune:v', isLow ? 'ull' : 'hq', '-rc:v', 'cbr', '-forced-idr:v', '1', ...noBFrames];
    case 'h264_qsv':
    case 'hevc_qsv':
    case 'av1_qsv':
      return ['-preset:v', 'veryfast', '-forced_idr:v', '1', ...(isLow ? ['-async_depth:v', '1'] : []), ...noBFrames];
    case 'h264_videotoolbox':
    case 'hevc_videotoolbox':
      return ['-realtime:v', isLow ? '1' : '0', ...noBFrames];
    default:
      return noBFrames;
  }
}

const ZERO_LATENCY = ['-tune:v', 'zerolatency'];
/** With look-ahead it goes by the pictures' times instead. */
function x264Live(rate: readonly string[]): string[] {
  return [...ZERO_LATENCY, ...rate.flatMap((param) => ['-x264-params', param])];
}
const X264_QUALITY = ['-bf:v', '2', '-rc-lookahead:v', '20'];
/** No key frame at a change of scene, none that can't be joined at, and no talk. */
const X265 = 'scenecut=0:open-gop=0:log-level=error';
const X265_QUALITY = `${X265}:bframes=2:rc-lookahead=20`;
const USUAL_FPS = 30;

function audioArguments({ bitrateKbps, sampleRate, channels }: EncodedAudio): string[] {
  return [
    ...['-c:a', 'aac', '-b:a', `${bitrateKbps}k`],
    ...(sampleRate === undefined ? [] : ['-ar:a', String(sampleRate)]),
    ...(channels === undefined ? [] : ['-ac:a', String(channels)]),
  ];
}

function outputArguments(rung: RungPlan, pipe: number): string[] {
  const shared = ['-max_interleave_delta', String(INTERLEAVE_US), '-flush_packets', '1'];
  if (containerOf(rung) === 'flv') {
    return [...shared, '-flvflags', 'no_duration_filesize', '-f', 'flv', `pipe:${pipe}`];
  }
  // AV1's parameters are known with the first picture only; frag_discont keeps the times as they are.
  const delay = isEncoded(rung.video) && rung.video.codec === 'av1' ? '+delay_moov' : '';
  const flags = `frag_every_frame+empty_moov+default_base_moof+frag_discont${delay}`;
  return [
    ...[...shared, '-movflags', flags, '-use_editlist', '0', '-avoid_negative_ts', 'disabled'],
    ...['-video_track_timescale', '1000', '-f', 'mp4', `pipe:${pipe}`],
  ];
}
