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
export {
  type AssetListing,
  type AssetUpdate,
  Library,
  type LibraryOptions,
  type NewAsset,
  type NewAssetFile,
  type StartProcessing,
  type UploadedOriginal,
} from './library.ts';
export { LibraryError, type LibraryErrorCode } from './library-error.ts';
