export { type AssetAddress, readAssetAddress } from './asset-address.ts';
export { AssetPage } from './asset-page.tsx';
