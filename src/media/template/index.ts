export { Fields, refused } from './fields.ts';
export { overrideTemplate, parseTemplate } from './parse-template.ts';
export { PRESETS, type Preset, presetTemplate } from './presets.ts';
export {
  type AudioCodecName,
  type AudioTemplate,
  audioCodecOf,
  type Box,
  type Container,
  DEFAULT_SEGMENT_SECONDS,
  HOLDS,
  type Loudness,
  type TranscodeTemplate,
  type VideoCodecName,
  type VideoTemplate,
  videoCodecOf,
} from './template.ts';
export { templateSchema } from './template-schema.ts';
