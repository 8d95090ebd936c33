export { PreviewKeeping, type PreviewKeepingOptions } from './preview-keeping.ts';
export { type PreviewSheet, sheetOf } from './preview-sheet.ts';
export { type PreviewedStream, PreviewTrack } from './preview-track.ts';
export { Previews, type PreviewsOptions } from './previews.ts';
