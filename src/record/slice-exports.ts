import { tsSegmentOf } from '../packager/index.ts';
import { decodeFragment, encodeFragment } from '../protocol/fmp4/index.ts';
import type { Exporter } from './export.ts';
import { tracksUnsupported } from './export-error.ts';
import { readSegment } from './read-segment.ts';
import { ticksOf } from './seams.ts';
import { Survey, type SurveyedSegment } from './survey.ts';

/** A slice of HLS as a transport stream: its segments one after the other, in stream time. */
export const exportTsSlice: Exporter = async function* (job) {
  const survey = new Survey(job);
  let sizeBytes = 0;
  for await (const { segment, bytes, shiftMs } of survey.segments()) {
    const ts = tsSegmentOf(readSegment(segment, bytes, shiftMs));
    if (!ts) throw tracksUnsupported('a transport stream');
    sizeBytes += ts.length;
    yield ts;
  }
  return survey.report(sizeBytes);
};

/** A slice of HLS as CMAF: the fragments of its segments as they are, in stream time; the init segment is the archive's. */
export const exportCmafSlice: Exporter = async function* (job) {
  const survey = new Survey(job);
  let sizeBytes = 0;
  for await (const surveyed of survey.segments()) {
    for (const bytes of surveyed.shiftMs === 0 ? [surveyed.bytes] : movedFragments(surveyed)) {
      sizeBytes += bytes.length;
      yield bytes;
    }
  }
  return survey.report(sizeBytes);
};

function* movedFragments({ table, bytes, shiftMs }: SurveyedSegment): Generator<Uint8Array, void, void> {
  let from = 0;
  for (const { payloadOffset, payloadBytes, runs } of table.fragments) {
    const end = payloadOffset + payloadBytes;
    const fragment = decodeFragment(bytes.subarray(from, end));
    const timescales = new Map(runs.map(({ track }) => [track.trackId, track.timescale]));
    const tracks = fragment.tracks.map((run) => {
      const shiftTicks = ticksOf(shiftMs, timescales.get(run.trackId) ?? 0);
      return { ...run, baseMediaDecodeTime: run.baseMediaDecodeTime - shiftTicks };
    });
    yield encodeFragment({ ...fragment, tracks });
    from = end;
  }
}
