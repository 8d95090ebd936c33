import type { StreamId, TrackSet } from '../live/index.ts';

/** A file of whole segments that share their tracks, one after the other: a fragmented MP4 that plays by itself. */
export type ArchivedSlice = {
  /** The number of its first segment, which names it. */
  readonly first: number;
  /** The folder that it lies in: the UTC day of its first segment, such as `2026-11-29`. */
  readonly day: string;
  readonly tracks: TrackSet;
  /** As live playlists name it, equal for equal bytes. */
  readonly initName: string;
  readonly init: Uint8Array;
};

/** One segment of a stream in the archive, as its index has it. */
export type ArchivedSegment = {
  /** Media sequence number: rising for a stream for ever, never used twice. */
  readonly number: number;
  /** Wall clock of its first packet, for EXT-X-PROGRAM-DATE-TIME; not for ordering, as clocks are set back. */
  readonly wallMs: number;
  /** Stream time of its first packet. */
  readonly startDtsMs: number;
  readonly durationMs: number;
  readonly isDiscontinuity: boolean;
  /** Discontinuities of the stream so far, this one counted. */
  readonly discontinuities: number;
  /** Of its fragments. */
  readonly sizeBytes: number;
  readonly slice: ArchivedSlice;
  /** Of its first fragment in the slice. */
  readonly offset: number;
};

/** Wall time that can be played without a hole. */
export type ArchivedInterval = { readonly startMs: number; readonly endMs: number };

/** How many segments there are of a time, how long the longest of them is, and the number of the last. */
export type ArchivedExtent = { readonly count: number; readonly longestMs: number; readonly lastNumber: number };

/** Memory of at least so many bytes. */
export type MemoryFor = (sizeBytes: number) => Uint8Array;

/** What others read from the archive. Segments come in the order of their numbers. */
export interface ArchiveReader {
  /** Those that overlap the time from `fromMs` to before `toMs`, by wall clock. */
  between(id: StreamId, fromMs: number, toMs: number): Promise<readonly ArchivedSegment[]>;
  /** The same in pages, between which others have their turn: for times that may be long. */
  pages(id: StreamId, fromMs: number, toMs: number): AsyncIterable<readonly ArchivedSegment[]>;
  /** What the pages of a time are going to have, as it is now. */
  extent(id: StreamId, fromMs: number, toMs: number): Promise<ArchivedExtent>;
  find(id: StreamId, number: number): Promise<ArchivedSegment | undefined>;
  /** From a number on, up to `count`, numbered without a hole. */
  from(id: StreamId, number: number, count: number): Promise<readonly ArchivedSegment[]>;
  /** Those that end just before a number, numbered without a hole, as many as last about `durationMs`. */
  before(id: StreamId, number: number, durationMs: number): Promise<readonly ArchivedSegment[]>;
  timeline(id: StreamId, fromMs: number, toMs: number): Promise<readonly ArchivedInterval[]>;
  /**
   * The moof and mdat of each part, clear. Throws ArchiveError.
   *
   * @param memoryFor gives memory of at least so many bytes to read into; it is not asked for what another place has
   */
  bytes(id: StreamId, segment: ArchivedSegment, memoryFor?: MemoryFor): Promise<Uint8Array>;
}
