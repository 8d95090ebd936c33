/** What the page of assets has in common with that of streams. */
export { BarButton, type BarWords, FullscreenButton, PlayButton, SoundButton } from './bar-buttons.tsx';
export { TilePicture } from './scrub-preview.tsx';
export { readSprite, type SpriteTile, tileAt } from './sprite-index.ts';
export { useIdle } from './use-idle.ts';
export { useScrubbing } from './use-scrubbing.ts';
export { useVideoFacts } from './use-video-facts.ts';
