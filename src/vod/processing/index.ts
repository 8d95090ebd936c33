export { ASSET_ACTIONS, type AssetActionsOptions, assetActions, type OwnParts, type RungsOf } from './asset-actions.ts';
export {
  ADAPTIVE_GROUP,
  ADAPTIVE_MP4_GROUP,
  adaptiveLadder,
  adaptiveMp4Ladder,
  type LadderSource,
  NO_TRANSCODE_GROUP,
  type Rung,
} from './ladder.ts';
export { PICTURES, type WantedPictures } from './picture-jobs.ts';
export { COMPOSING, PROCESSING, Processing, type ProcessingOptions, type Reprocessing } from './processing.ts';
