export { ArchivedMedia, type ArchivedMediaOptions, type ArchivedStream, type LentSegment } from './archived-media.ts';
export {
  asksForTimeShift,
  checkReach,
  parseTimelineRange,
  parseTimeShift,
  type TimeShift,
  type TimeShiftReach,
} from './lhs-parameters.ts';
export { NearWindow, type NearWindowOptions } from './near-window.ts';
export { type ShiftedPlaylist, shiftedPlaylistName, shiftedPlaylistOf } from './shifted-playlist.ts';
export {
  type LongPlaylist,
  type Opened,
  ShiftedPlaylists,
  type ShiftedPlaylistsOptions,
  type ShiftedStream,
} from './shifted-playlists.ts';
export { TimeShiftError, type TimeShiftErrorCode } from './time-shift-error.ts';
export { timelineAnswer } from './timeline.ts';
