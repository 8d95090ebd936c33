export type { Asset, AssetFile, AssetKind, AssetStatus, Publication } from './asset.ts';
