export { type AssetAddress, readAssetAddress } from './asset-address.ts';
export { type AssetInfo, readAssetInfo } from './asset-info.ts';
export { AssetPage } from './asset-page.tsx';
export { AssetPlayer } from './asset-player.tsx';
export type { AssetWords } from './asset-words.ts';
export { clockOf } from './clock.ts';
