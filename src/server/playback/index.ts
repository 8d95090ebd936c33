export type { Beacon } from './beacon.ts';
export { Packagers } from './packagers.ts';
export { playbackPages } from './pages.ts';
export type { PlaybackDoor } from './playback-door.ts';
export { PlaybackServer } from './playback-server.ts';
export { PlayerReports } from './player-reports.ts';
