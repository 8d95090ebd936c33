export type ExportErrorCode = 'NOTHING_TO_EXPORT' | 'SEGMENT_LOST' | 'TRACKS_UNSUPPORTED';

/** Why no file could be made of what the archive has. */
export class ExportError extends Error {
  readonly code: ExportErrorCode;
  readonly remedy: string;

  constructor(code: ExportErrorCode, message: string, remedy: string) {
    super(message);
    this.name = 'ExportError';
    this.code = code;
    this.remedy = remedy;
  }
}

export function nothingToExport(wanted: number): ExportError {
  return new ExportError(
    'NOTHING_TO_EXPORT',
    `of ${wanted} segments none can be read any longer`,
    'Keep the archive for longer than recordings take to be made.',
  );
}

export function tracksUnsupported(format: string): ExportError {
  return new ExportError(
    'TRACKS_UNSUPPORTED',
    `${format} can carry none of the tracks`,
    'Record this stream as mp4, cmaf or flv.',
  );
}

/** A segment that was there when the file was planned. */
export class SegmentLostError extends ExportError {
  readonly segment: number;

  constructor(segment: number) {
    super('SEGMENT_LOST', `segment ${segment} went while it was exported`, 'Export again: it is left out then.');
    this.segment = segment;
  }
}
