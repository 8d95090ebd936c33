export { type KeyFrame, keyFrameOf } from './key-frame.ts';
export { PictureMaker, type PictureMakerOptions } from './picture-maker.ts';
export { type Snapshot, type SnapshotOutcome, Snapshots, type SnapshotsOptions } from './snapshots.ts';
