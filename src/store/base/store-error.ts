export type StoreErrorCode =
  | 'ACCOUNT_MISSING'
  | 'ARCHIVE_IN_USE'
  | 'BACKUP_MALFORMED'
  | 'BACKUP_TOO_NEW'
  | 'DATABASE_NOT_EMPTY'
  | 'DATABASE_TOO_NEW'
  | 'DATABASE_UNAVAILABLE'
  | 'DATA_DIR_IN_USE'
  | 'DATA_DIR_NOT_WRITABLE'
  | 'DATA_DIR_UNREACHABLE'
  | 'FILE_MALFORMED'
  | 'FOREIGN_PG_VERSION'
  | 'FOREIGN_POSTGRES'
  | 'JOURNAL_CLOSED'
  | 'JOURNAL_FULL'
  | 'MASTER_KEY_UNKNOWN'
  | 'MIGRATION_CHANGED'
  | 'PGLITE_FAILED'
  | 'POSTGRES_BINARY_MISSING'
  | 'POSTGRES_START_FAILED'
  | 'REVISION_CONFLICT'
  | 'SEALED_DAMAGED'
  | 'STORE_CLOSED';

/** Every failure the store reports by itself; `remedy` is a sentence for the operator. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly remedy: string;

  constructor(code: StoreErrorCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StoreError';
    this.code = code;
    this.remedy = remedy;
  }
}

/** The `code` of a system or PostgreSQL error (`ENOENT`, `23505`), looked for along the chain of causes. */
export function errorCode(error: unknown): string | undefined {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    current = current.cause;
  }
  return undefined;
}

/** The message of the innermost cause, which is the one that names the trouble. */
export function rootMessage(error: unknown): string {
  let current = error;
  while (current instanceof Error && current.cause instanceof Error) current = current.cause;
  if (current instanceof AggregateError && current.errors.length > 0) return rootMessage(current.errors[0]);
  return current instanceof Error ? current.message || current.name : String(current);
}
