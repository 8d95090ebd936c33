export { readFileIfPresent, syncDirectory, writeFileAtomic } from './atomic-file.ts';
export { type DirectoryLock, type LockOf, lockDirectory, processExists } from './directory-lock.ts';
export type { Logger } from './logger.ts';
export { errorCode, rootMessage, StoreError, type StoreErrorCode } from './store-error.ts';
