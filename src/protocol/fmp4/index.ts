export { writeBox, writeFullBox } from './box.ts';
export { encodeFragment } from './fragment.ts';
export { FragmentReader, type ReadSample, type ReadTrack } from './fragment-reader.ts';
export { encodeInitSegment } from './init-segment.ts';
export type { Fmp4Fragment, Fmp4Sample, Fmp4TrackRun } from './sample.ts';
export { segmentTypeBox } from './segment-type.ts';
export type { Fmp4AudioCodec, Fmp4AudioTrack, Fmp4Track, Fmp4VideoCodec, Fmp4VideoTrack } from './track.ts';
