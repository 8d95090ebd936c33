export {
  type AssetCaptions,
  type AssetChapter,
  type AssetInfo,
  type AssetSource,
  readAssetInfo,
} from './asset-info.ts';
export { clockOf } from './clock.ts';
export { Film, type Quality } from './film.ts';
export { FilmVideo } from './film-video.tsx';
