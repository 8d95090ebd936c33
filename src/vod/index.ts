export type {
  Asset,
  AssetChapter,
  AssetFile,
  AssetKind,
  AssetReview,
  AssetStatus,
  AssetTrouble,
  LiveSource,
  Publication,
} from './asset.ts';
export { folderOfAsset, folderOfPlaylist } from './asset-objects.ts';
export { assetOf } from './asset-rows.ts';
export { LibraryError, type LibraryErrorCode } from './base/index.ts';
export { Categories, type Category, type CategoryTree } from './categories.ts';
export {
  type AboutChange,
  type AssetListing,
  type AssetUpdate,
  Library,
  type LibraryOptions,
  type NewAsset,
  type NewAssetFile,
  type StartProcessing,
  type UploadedOriginal,
} from './library.ts';
export { removeFile } from './remove-file.ts';
export { type NewReviewLink, type ReviewLink, ReviewLinks } from './review-links.ts';
export { matchCondition, tagCondition, textCondition } from './search/index.ts';
export { Tiers, type TiersOptions } from './tiers.ts';
export { Trash, type TrashOptions } from './trash.ts';
