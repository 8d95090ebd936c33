export { type AssetActionsOptions, assetActions, type OwnParts, type RungsOf } from './asset-actions.ts';
export { ADAPTIVE_GROUP, adaptiveLadder, type LadderSource, NO_TRANSCODE_GROUP, type Rung } from './ladder.ts';
export { PROCESSING, Processing, type ProcessingOptions } from './processing.ts';
