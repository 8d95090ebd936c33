/** HTTP statuses by what is wrong. */
const STATUSES = {
  UPLOAD_NOT_FOUND: 404,
  UPLOAD_TOKEN_INVALID: 403,
  UPLOAD_TOKEN_EXPIRED: 403,
  UPLOAD_OVER: 410,
  UPLOAD_FINISHED: 409,
  UPLOAD_UNFINISHED: 409,
  UPLOAD_OFFSET: 409,
  UPLOAD_TAKEN_OVER: 423,
  UPLOAD_TOO_LARGE: 413,
  UPLOAD_SIZE: 400,
  UPLOAD_CHECKSUM: 460,
  UPLOAD_NAME: 400,
  UPLOAD_PART: 400,
  UPLOAD_PART_GONE: 409,
  UPLOAD_NO_ROOM: 507,
  UPLOAD_BROKEN_OFF: 400,
  OBJECT_EXISTS: 409,
  OBJECT_BUSY: 409,
  URL_REFUSED: 400,
  URL_FAILED: 502,
  IMPORT_MALFORMED: 400,
} as const;

export type UploadErrorCode = keyof typeof STATUSES;

/** Why an upload was not taken, and what can be done about it. */
export class UploadError extends Error {
  readonly code: UploadErrorCode;
  readonly remedy: string;

  constructor(code: UploadErrorCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'UploadError';
    this.code = code;
    this.remedy = remedy;
  }

  /** The HTTP status that goes with it; 460 is tus's own. */
  get status(): number {
    return STATUSES[this.code];
  }
}

export function takenOver(): UploadError {
  const remedy = 'Ask how far it is (HEAD) and go on from there, with one writer at a time.';
  return new UploadError('UPLOAD_TAKEN_OVER', 'another request writes this upload now', remedy);
}

export function tooLarge(limitBytes: number): UploadError {
  const remedy = 'Ask for an upload with a larger sizeBytes, or send a smaller file.';
  return new UploadError('UPLOAD_TOO_LARGE', `more than the ${limitBytes} bytes that were agreed on`, remedy);
}

export function wrongChecksum(what: string): UploadError {
  const remedy = 'It was damaged on the way and is not kept; send it again.';
  return new UploadError('UPLOAD_CHECKSUM', `${what} does not have the checksum it should`, remedy);
}

export function noUpload(): UploadError {
  return new UploadError('UPLOAD_NOT_FOUND', 'there is no such upload', 'Ask for one (createUpload).');
}

export function over(): UploadError {
  return new UploadError('UPLOAD_OVER', 'the time of the upload is over', 'Ask for another one (createUpload).');
}

export function finished(state: string): UploadError {
  return new UploadError('UPLOAD_FINISHED', `the upload is ${state}`, 'Ask for another one (createUpload).');
}

export function unfinished(sizeBytes: number): UploadError {
  const remedy = 'Send the rest, then complete it.';
  return new UploadError('UPLOAD_UNFINISHED', `${sizeBytes} bytes are there, which is not all of it`, remedy);
}

export function busy(object: string): UploadError {
  const remedy = 'Use the credentials of its upload, or another name.';
  return new UploadError('OBJECT_BUSY', `${object} is being uploaded as an asset`, remedy);
}
