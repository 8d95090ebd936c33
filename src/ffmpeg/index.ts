export { MediaError } from './media-error.ts';
