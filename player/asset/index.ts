export { type AssetAddress, readAssetAddress } from './asset-address.ts';
export { AssetPage } from './asset-page.tsx';
export { AssetPlayer } from './asset-player.tsx';
export { CHINESE, ENGLISH } from './asset-words.ts';
