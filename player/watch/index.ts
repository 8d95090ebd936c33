/** What the page of assets has in common with that of streams. */
export { isFullscreenOf, toggleFullscreen } from './screens.ts';
export { TilePicture } from './scrub-preview.tsx';
export { readSprite, type SpriteTile, tileAt } from './sprite-index.ts';
export { useIdle } from './use-idle.ts';
export { useScrubbing } from './use-scrubbing.ts';
export { useVideoFacts } from './use-video-facts.ts';
