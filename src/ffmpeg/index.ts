export {
  deviceArguments,
  type EncoderKind,
  type Encoders,
  encoderFor,
  findEncoders,
  needsUpload,
  type VideoCodec,
  withSoftware,
} from './encoders.ts';
export { fileUrl, type InputKind, inputArguments } from './input-arguments.ts';
export { MediaError } from './media-error.ts';
export {
  type AudioStream,
  audiosOf,
  type MediaInfo,
  type MediaStream,
  type SubtitleStream,
  subtitlesOf,
  type VideoStream,
  videoOf,
} from './media-info.ts';
export { probeMedia } from './probe-media.ts';
export { diesWithParent, passedEnvironment } from './process-start.ts';
export { type FfmpegProgress, ProgressReader, parseProgress } from './progress.ts';
export { type FfmpegRun, runFfmpeg } from './run-ffmpeg.ts';
export type { RunLimits } from './run-limits.ts';
export { type ProgramRun, runProgram } from './run-program.ts';
