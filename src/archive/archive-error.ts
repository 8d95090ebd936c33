export type ArchiveErrorCode =
  | 'SEGMENT_GONE'
  | 'SEGMENT_DAMAGED'
  /** It is in a storage that does not give it now. */
  | 'SEGMENT_UNREACHABLE'
  | 'NUMBER_TAKEN'
  | 'DISK_RESERVE'
  | 'DISK_SLOW';

/** What went wrong with the archive, and what an operator can do about it. */
export class ArchiveError extends Error {
  readonly code: ArchiveErrorCode;
  readonly remedy: string;

  constructor(code: ArchiveErrorCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ArchiveError';
    this.code = code;
    this.remedy = remedy;
  }
}
