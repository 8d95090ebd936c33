import type { ArchivedSegment } from '../archive/index.ts';
import { fmp4Tracks } from '../packager/index.ts';
import { type Fmp4Track, type FragmentTable, fragmentTablesIn, type SampleRun } from '../protocol/fmp4/index.ts';
import type { TrackSpans } from './seams.ts';

/** A run together with the track that it is of. */
export type TrackRun = SampleRun & { readonly track: Fmp4Track };

export type TableFragment = Pick<FragmentTable, 'payloadOffset' | 'payloadBytes'> & {
  readonly runs: readonly TrackRun[];
};

/** All that a segment's moofs say. */
export type SegmentTable = { readonly fragments: readonly TableFragment[]; readonly spans: TrackSpans };

/** Reads the moofs of a segment; throws MalformedError. */
export function segmentTableOf({ slice }: ArchivedSegment, bytes: Uint8Array): SegmentTable {
  const tracks = new Map(fmp4Tracks(slice.tracks).map((track) => [track.trackId, track]));
  const fragments: TableFragment[] = [];
  const spans: { -readonly [Kind in keyof TrackSpans]: TrackSpans[Kind] } = {};
  for (const { payloadOffset, payloadBytes, runs } of fragmentTablesIn(bytes)) {
    const ofTracks = runs.flatMap((run) => {
      const track = tracks.get(run.trackId);
      return track && run.samples.length > 0 ? [{ ...run, track }] : [];
    });
    for (const { track, baseMediaDecodeTime, samples } of ofTracks) {
      const ticks = samples.reduce((sum, { durationTicks }) => sum + durationTicks, baseMediaDecodeTime);
      const startMs = spans[track.kind]?.startMs ?? (baseMediaDecodeTime * 1000) / track.timescale;
      spans[track.kind] = { startMs, endMs: (ticks * 1000) / track.timescale };
    }
    fragments.push({ payloadOffset, payloadBytes, runs: ofTracks });
  }
  return { fragments, spans };
}
