export { archiveSource } from './archive-source.ts';
export { Archiver, type ArchiverOptions, type PartWriter } from './archiver.ts';
export { EntryCatalogue } from './entry-catalogue.ts';
export type { Exporter, ExportJob, ExportReport, SegmentSource } from './export.ts';
export { ExportError, type ExportErrorCode, SegmentLostError } from './export-error.ts';
export { exportFlv } from './flv-export.ts';
export { isKept } from './is-kept.ts';
export { MovieTables } from './movie-tables.ts';
export { exportMp4 } from './mp4-export.ts';
export {
  formatsWanted,
  type OnDemandAnswer,
  type OnDemandQuestion,
  onDemandAsker,
} from './on-demand.ts';
export { pushArgsOf } from './push-args.ts';
export { readAhead } from './read-ahead.ts';
export { readSegment } from './read-segment.ts';
export { type RecordedSlice, RecordedSlices } from './recorded-slices.ts';
export { Recorder, type RecorderOptions } from './recorder.ts';
export { contentTypeOf, type Recording, RecordingCatalogue, type RecordingFormat } from './recording-catalogue.ts';
export type { Recorded, RecordingEffect, RecordingStatus } from './recording-effect.ts';
export { RecordingError, type RecordingErrorCode } from './recording-error.ts';
export type { OpenFile, SegmentRange, Tally, WholeSegment } from './recording-file.ts';
export { RECORDING_UPLOAD, RecordingMaker, type RecordingUpload } from './recording-maker.ts';
export { fileNameOf, type RecordedSpan, sliceNameOf } from './recording-names.ts';
export { type RecordingPlan, recordingPlanOf } from './recording-plan.ts';
export { deleteRecording, RecordingRetention, type RecordingRetentionOptions } from './recording-retention.ts';
export { type RecordingCommand, RecordingSession, type RecordingSessionOptions } from './recording-session.ts';
export { earliestSegment, type RecordingPublish, type RecordingState } from './recording-state.ts';
export { isOpenAt } from './schedule.ts';
export { ticksOf } from './seams.ts';
export type { SegmentTable, TableFragment, TrackRun } from './segment-table.ts';
export { exportCmafSlice, exportTsSlice } from './slice-exports.ts';
export { type ExportedSlice, slicePlaylistOf } from './slice-playlist.ts';
export { cutSlices, type Slice } from './slices.ts';
export { Survey, type SurveyedSegment } from './survey.ts';
export { writeExport } from './write-export.ts';
