export { Archive, type ArchiveOptions, type Pin, type RemoteSlices } from './archive.ts';
export { ArchiveError, type ArchiveErrorCode } from './archive-error.ts';
export type {
  ArchivedExtent,
  ArchivedInterval,
  ArchivedSegment,
  ArchivedSlice,
  ArchiveReader,
  MemoryFor,
} from './archived-segment.ts';
export { type RebuiltStream, rebuildArchive } from './rebuild.ts';
export { RemoteReader } from './remote-slices.ts';
export { repeatedly } from './repeatedly.ts';
export type { NumberSpan } from './retention.ts';
export { SliceUploads } from './slice-uploads.ts';
export type { SegmentToKeep, StreamWriter } from './stream-writer.ts';
export { type KeepRule, Sweeper } from './sweeper.ts';
