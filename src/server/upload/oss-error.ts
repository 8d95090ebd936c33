import { StorageError } from '../../storage/index.ts';
import { UploadError } from '../../vod/upload/index.ts';

/** What is answered in OSS's own form. */
export class OssError extends Error {
  readonly status: number;
  readonly code: string;
  /** More elements of the answer, by name. */
  readonly more: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, more: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'OssError';
    this.status = status;
    this.code = code;
    this.more = more;
  }
}

/** By the codes of uploads and storages. */
const KNOWN: Readonly<Record<string, readonly [number, string]>> = {
  UPLOAD_NOT_FOUND: [404, 'NoSuchUpload'],
  UPLOAD_OVER: [404, 'NoSuchUpload'],
  UPLOAD_FINISHED: [409, 'FileAlreadyExists'],
  UPLOAD_UNFINISHED: [400, 'EntityTooSmall'],
  UPLOAD_TAKEN_OVER: [409, 'OperationConflict'],
  UPLOAD_TOO_LARGE: [400, 'EntityTooLarge'],
  UPLOAD_SIZE: [400, 'InvalidArgument'],
  UPLOAD_CHECKSUM: [400, 'InvalidDigest'],
  UPLOAD_PART: [400, 'InvalidPart'],
  UPLOAD_PART_GONE: [409, 'PartAlreadyExist'],
  UPLOAD_NO_ROOM: [507, 'QuotaExceeded'],
  UPLOAD_BROKEN_OFF: [400, 'RequestTimeout'],
  UPLOAD_TOKEN_INVALID: [403, 'InvalidSecurityToken'],
  UPLOAD_TOKEN_EXPIRED: [403, 'SecurityTokenExpired'],
  OBJECT_EXISTS: [409, 'FileAlreadyExists'],
  OBJECT_BUSY: [409, 'FileAlreadyExists'],
  OBJECT_NAME_INVALID: [400, 'InvalidObjectName'],
  OBJECT_NAME_TAKEN: [409, 'FileImmutable'],
  OBJECT_NOT_FOUND: [404, 'NoSuchKey'],
  STORAGE_FULL: [507, 'QuotaExceeded'],
  STORAGE_UNKNOWN: [404, 'NoSuchBucket'],
  STORAGE_UNREACHABLE: [503, 'ServiceUnavailable'],
};

/** Undefined for what nobody expected. */
export function ossErrorOf(error: unknown): OssError | undefined {
  if (error instanceof OssError) return error;
  if (!(error instanceof UploadError) && !(error instanceof StorageError)) return undefined;
  const [status, code] = KNOWN[error.code] ?? [500, 'InternalError'];
  return new OssError(status, code, `${error.message}. ${error.remedy}`);
}
