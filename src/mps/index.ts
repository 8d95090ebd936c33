export { mediaRun } from './media-run.ts';
export { type MpsActionsOptions, type MpsTranscode, mpsActions, transcodeOf } from './mps-actions.ts';
export { type GroupMember, parseTemplateGroup } from './parse-group.ts';
export { type MpsOutput, type OutputContext, outputsOf, parseOutput } from './parse-output.ts';
export { type MpsSnapshot, parseSnapshot } from './parse-snapshot.ts';
export { parseWatermarkTemplate, type WatermarkPlace } from './parse-watermark.ts';
export { addressedOf, inputOf, targetOf } from './places.ts';
export { TemplateShelf } from './template-shelf.ts';
