import type { ArchivedSegment } from '../archive/index.ts';
import type { ExportJob, ExportReport } from './export.ts';
import { nothingToExport } from './export-error.ts';
import { orLost, readAhead } from './read-ahead.ts';
import { Seams } from './seams.ts';
import { type SegmentTable, segmentTableOf } from './segment-table.ts';

/** A segment that can be read. */
export type SurveyedSegment = {
  readonly segment: ArchivedSegment;
  readonly table: SegmentTable;
  readonly bytes: Uint8Array;
  /** How much earlier than in stream time its packets are to be. */
  readonly shiftMs: number;
};

/** Goes through the segments once, closes gaps, leaves out what is lost, and keeps the report. */
export class Survey {
  readonly #job: ExportJob;
  readonly #seams = new Seams();
  readonly #lost: number[] = [];
  #first: ArchivedSegment | undefined;
  #lastNumber = 0;
  #segmentCount = 0;
  #durationMs = 0;

  constructor(job: ExportJob) {
    this.#job = job;
  }

  async *segments(): AsyncGenerator<SurveyedSegment, void, void> {
    for await (const { segment, bytes } of readAhead(this.#job)) {
      const table = bytes && (await orLost(() => segmentTableOf(segment, bytes)));
      if (!table) {
        this.#lost.push(segment.number);
        continue;
      }
      this.#first ??= segment;
      this.#lastNumber = segment.number;
      this.#segmentCount++;
      this.#durationMs += segment.durationMs;
      yield { segment, table, bytes, shiftMs: this.#seams.shiftMsOf(segment, table.spans) };
    }
  }

  /** Throws ExportError where nothing was found. */
  report(sizeBytes: number): ExportReport {
    if (!this.#first) throw nothingToExport(this.#job.segments.length);
    return {
      sizeBytes,
      durationMs: this.#durationMs,
      wallMs: this.#first.wallMs,
      firstSegment: this.#first.number,
      lastSegment: this.#lastNumber,
      segmentCount: this.#segmentCount,
      lost: this.#lost,
      closedGaps: this.#seams.closedGaps,
    };
  }
}
