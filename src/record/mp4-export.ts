import type { ArchivedSegment } from '../archive/index.ts';
import { encodeMovie } from '../protocol/fmp4/index.ts';
import type { Exporter } from './export.ts';
import { SegmentLostError } from './export-error.ts';
import { MovieTables } from './movie-tables.ts';
import { orLost, readAhead } from './read-ahead.ts';
import { segmentTableOf } from './segment-table.ts';
import { Survey } from './survey.ts';

/**
 * A progressive MP4 that plays from its first bytes on. Goes through the segments twice: for the moov, which must be
 * whole before the first sample is written, and for the samples.
 */
export const exportMp4: Exporter = async function* (job) {
  const survey = new Survey(job);
  const tables = new MovieTables();
  const segments: ArchivedSegment[] = [];
  for await (const { segment, table, shiftMs } of survey.segments()) {
    segments.push(segment);
    tables.add(table, shiftMs);
  }
  const { wallMs } = survey.report(0);
  const { tracks, payloadBytes } = tables;
  const head = encodeMovie({ tracks, payloadBytes, createdMs: wallMs });
  yield head;
  let writtenBytes = 0;
  for await (const { segment, bytes } of readAhead({ ...job, segments })) {
    const table = bytes && (await orLost(() => segmentTableOf(segment, bytes)));
    if (!table) throw new SegmentLostError(segment.number);
    for (const { payloadOffset, payloadBytes } of table.fragments) {
      yield bytes.subarray(payloadOffset, payloadOffset + payloadBytes);
      writtenBytes += payloadBytes;
    }
  }
  return survey.report(head.length + writtenBytes);
};
