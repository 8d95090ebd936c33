export { Packagers } from './packagers.ts';
export type { PlaybackDoor } from './playback-door.ts';
export { PlaybackServer } from './playback-server.ts';
