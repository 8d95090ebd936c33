export type { MediaPlace, MediaTarget } from './media-place.ts';
