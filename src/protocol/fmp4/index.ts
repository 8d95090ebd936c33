export { writeBox, writeFullBox } from './box.ts';
export { encodeFragment, type Fmp4Fragment, type Fmp4Sample, type Fmp4TrackRun } from './fragment.ts';
export { encodeInitSegment } from './init-segment.ts';
export { segmentTypeBox } from './segment-type.ts';
export type { Fmp4AudioCodec, Fmp4AudioTrack, Fmp4Track, Fmp4VideoCodec, Fmp4VideoTrack } from './track.ts';
