export type { MediaPlace, MediaTarget } from './media-place.ts';
export { MediaTools, type MediaToolsOptions } from './media-tools.ts';
export type { OpenedMedia } from './open-media.ts';
export { contentTypeOf, type Publication, type Published } from './publish.ts';
export type {
  ClipRange,
  Collision,
  Encryption,
  ImageWatermark,
  MediaRun,
  MediaWatermark,
  MergePart,
  SubtitleSource,
  TextWatermark,
  TranscodeOutput,
  TranscodeTask,
} from './task.ts';
export {
  overrideTemplate,
  PRESETS,
  type Preset,
  parseTemplate,
  presetTemplate,
  type TranscodeTemplate,
} from './template/index.ts';
export type { MediaLimits } from './tools.ts';
