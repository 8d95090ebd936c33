import { type MediaSegment, renderMediaPlaylist } from '../protocol/m3u8/index.ts';
import type { ExportReport } from './export.ts';

/** A slice that is a file now. */
export type ExportedSlice = {
  readonly uri: string;
  /** Of the init segment, where the slice is CMAF. */
  readonly initUri?: string;
  readonly isDiscontinuity: boolean;
  readonly report: Pick<ExportReport, 'durationMs' | 'wallMs' | 'firstSegment' | 'lastSegment' | 'closedGaps'>;
};

/** The media playlist of a recording that has ended. A discontinuity stands also where segments are missing. */
export function slicePlaylistOf(slices: readonly ExportedSlice[]): string {
  return renderMediaPlaylist({
    targetDurationSeconds: Math.max(1, ...slices.map(({ report }) => Math.ceil(report.durationMs / 1000))),
    mediaSequence: 0,
    playlistType: 'VOD',
    segments: slices.map((slice, index) => segmentOf(slice, slices[index - 1])),
    isEnded: true,
  });
}

function segmentOf(slice: ExportedSlice, before: ExportedSlice | undefined): MediaSegment {
  const { uri, initUri, report } = slice;
  return {
    uri,
    durationSeconds: report.durationMs / 1000,
    programDateTimeMs: report.wallMs,
    ...(initUri === undefined ? {} : { map: { uri: initUri } }),
    ...(before && isBreak(before, slice) ? { isDiscontinuity: true } : {}),
  };
}

/** A slice whose gaps were closed ends earlier than stream time says. */
function isBreak(before: ExportedSlice, { isDiscontinuity, initUri, report }: ExportedSlice): boolean {
  const isNext = report.firstSegment === before.report.lastSegment + 1;
  return isDiscontinuity || !isNext || before.report.closedGaps > 0 || initUri !== before.initUri;
}
