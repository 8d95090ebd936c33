export { areAlike, type JpegTile, jpegColumn, jpegTileOf, tilePitch } from './jpeg-column.ts';
export { type KeyFrame, keyFrameOf } from './key-frame.ts';
export { LivePictures } from './live-pictures.ts';
export type { PictureToJudge } from './moderation-question.ts';
export { type ModerationOutcome, Moderator, type ModeratorOptions } from './moderator.ts';
export type { Picture, Tile } from './picture.ts';
export { type PictureFacts, PictureJudge } from './picture-judge.ts';
export { PictureMaker, type PictureMakerOptions } from './picture-maker.ts';
export { SnapshotRetention, type SnapshotRetentionOptions } from './snapshot-retention.ts';
export {
  type Snapshot,
  type SnapshotOutcome,
  Snapshots,
  type SnapshotsOptions,
  type StreamSprite,
} from './snapshots.ts';
export { Sprite, type SpriteCue } from './sprite.ts';
export { type PictureCue, pictureVtt, spriteVtt, type VttOptions, vttTimestamp } from './sprite-vtt.ts';
export { type StoredPicture, StoredSnapshots, type StoredSnapshotsOptions } from './stored-snapshots.ts';
