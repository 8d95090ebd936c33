export { ASSET_ACTIONS, type AssetActionsOptions, assetActions, type RungsOf } from './asset-actions.ts';
export { ADAPTIVE_GROUP, adaptiveLadder, type LadderSource, NO_TRANSCODE_GROUP, type Rung } from './ladder.ts';
export { COMPOSING, PROCESSING, Processing, type ProcessingOptions } from './processing.ts';
