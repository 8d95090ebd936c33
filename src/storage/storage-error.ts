export type StorageErrorCode =
  | 'OBJECT_NAME_INVALID'
  | 'OBJECT_NAME_TAKEN'
  | 'OBJECT_NOT_FOUND'
  | 'CHECKSUM_MISMATCH'
  | 'STORAGE_FULL'
  | 'STORAGE_REFUSED'
  | 'STORAGE_UNKNOWN'
  | 'STORAGE_UNREACHABLE'
  | 'STORAGE_FAILED';

/** What went wrong with a storage, and what an operator can do about it. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;
  readonly remedy: string;

  constructor(code: StorageErrorCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StorageError';
    this.code = code;
    this.remedy = remedy;
  }
}

export function notFound(name: string, cause?: unknown): StorageError {
  return new StorageError('OBJECT_NOT_FOUND', `there is no object ${name}`, 'Check its name.', cause);
}

export function checksumMismatch(name: string, cause?: unknown): StorageError {
  const remedy = 'The file changed or was damaged after it was written; look at the disk.';
  return new StorageError('CHECKSUM_MISMATCH', `${name} does not have the checksum it should`, remedy, cause);
}
