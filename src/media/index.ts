export type { MarkSettings, Marks, Stretch } from './marks.ts';
export type { MediaPlace, MediaTarget } from './media-place.ts';
export { MediaTools, type MediaToolsOptions } from './media-tools.ts';
export type { OpenedMedia } from './open-media.ts';
export type { PackageOutput, PackageTask } from './package.ts';
export type {
  AnimationTask,
  FrameTask,
  Moments,
  PictureFormat,
  SnapshotOutput,
  SnapshotTask,
  SpriteOutput,
  SpriteTask,
} from './picture-tasks.ts';
export { contentTypeOf, type Publication, type Published } from './publish.ts';
export { SmallTasks } from './small-tasks.ts';
export type { SplitPart, SplitPlan } from './split-plan.ts';
export type { DonePart, PartsPlace, SplitTranscode } from './split-transcode.ts';
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
  collisionSchema,
  donePartSchema,
  editSchema,
  partSchema,
  placeSchema,
  splitSourceSchema,
  targetSchema,
  taskSchema,
  watermarkSchema,
} from './task-schema.ts';
export {
  Fields,
  overrideTemplate,
  PRESETS,
  type Preset,
  parseTemplate,
  presetTemplate,
  refused,
  type TranscodeTemplate,
} from './template/index.ts';
export type { MediaLimits } from './tools.ts';
