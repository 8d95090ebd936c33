import type { ArchivedSegment } from '../archive/index.ts';

/** Where the segments' bytes come from: the archive, for one stream. */
export interface SegmentSource {
  /**
   * The fragments of a segment. Throws an error with the code SEGMENT_GONE or SEGMENT_DAMAGED for one that is no more.
   * The memory may be used again for the second segment asked for after it: an hour read into new memory each time would
   * keep the garbage collector busier than the disk.
   */
  bytes(segment: ArchivedSegment): Promise<Uint8Array>;
}

/** What is to become a file. */
export type ExportJob = {
  /** In the order of their numbers. */
  readonly segments: readonly ArchivedSegment[];
  readonly source: SegmentSource;
  readonly signal?: AbortSignal | undefined;
};

/** What became of it. */
export type ExportReport = {
  readonly sizeBytes: number;
  readonly durationMs: number;
  /** Wall clock of its first packet. */
  readonly wallMs: number;
  /** The numbers of the first and last segment that is in it, and how many there are. */
  readonly firstSegment: number;
  readonly lastSegment: number;
  readonly segmentCount: number;
  /** The numbers of the segments that were gone or damaged, and are left out. */
  readonly lost: readonly number[];
  /** Places where time was missing, and what lies before and behind was put together. */
  readonly closedGaps: number;
};

/**
 * Makes a file of archived segments, a few of them in memory at a time. A chunk is to be used before the next one is
 * asked for. Segments that are gone or damaged are left out as a gap; throws ExportError where nothing is left, and
 * SegmentLostError where one goes that was promised already.
 */
export type Exporter = (job: ExportJob) => AsyncGenerator<Uint8Array, ExportReport, void>;
