export { type Chapter, chaptersOf, chaptersVtt, type PlayedRange, type PlayedStretch } from './chapters.ts';
export {
  type Clip,
  type ClipPoster,
  type ExpiredClip,
  isClipId,
  type KeptClip,
  type MadeClip,
  type ReadyClip,
} from './clip.ts';
export { ClipError, type ClipErrorCode } from './clip-error.ts';
export { CLIP_UPLOAD, ClipMaker, type ClipMakerOptions, type ClipUpload } from './clip-maker.ts';
export type { WallRange, WantedRange } from './clip-range.ts';
export { ClipRetention, type ClipRetentionOptions } from './clip-retention.ts';
export { ClipWork, type ClipWorkOptions } from './clip-work.ts';
export { type ClipContent, type ClipRule, Clips, type ClipsOptions, type NewClip } from './clips.ts';
export { CuePoints, cuePointName } from './cue-points.ts';
export { Hotkeys, type HotkeysOptions } from './hotkeys.ts';
export type { IndexFile } from './index-file.ts';
export { INDEX_UPLOAD, IndexFiles, type IndexFilesOptions, type NewIndexFile } from './index-files.ts';
export { type Marker, markerName } from './marker.ts';
export { MarkerKeeping, type MarkerKeepingOptions } from './marker-keeping.ts';
export { Markers, type MarkersOptions, type MarkerToSet } from './markers.ts';
export { type SmartCutOptions, type SmartCutReport, smartCut } from './smart-cut.ts';
export { StreamChapters, type StreamChaptersOptions } from './stream-chapters.ts';
