export { LIVE, LiveToVod, type LiveToVodOptions, WANTED } from './live-to-vod.ts';
