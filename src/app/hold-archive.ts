import { mkdir } from 'node:fs/promises';
import type { Logger } from '../log/index.ts';
import { type DirectoryLock, type LockOf, lockDirectory, StoreError } from '../store/index.ts';

const ARCHIVE: LockOf = {
  file: '.lock',
  code: 'ARCHIVE_IN_USE',
  remedy: 'Give each server an archive of its own: archiveDir, or HEADWATER_ARCHIVE_DIR.',
};
/** A disk that hangs is not waited for: live goes on without it. */
const PATIENCE_MS = 3000;

/**
 * Keeps others out of an archive: two servers that write into one, on a shared disk, spoil each other's indexes. Throws
 * StoreError where another one has it; a disk that fails or hangs is no reason not to start.
 */
export async function holdArchive(folder: string, log: Logger): Promise<{ close(): Promise<void> }> {
  const taken = take(folder, log);
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE_MS).unref());
  await Promise.race([taken, late]);
  return { close: async () => (await Promise.race([taken, late]))?.release() };
}

async function take(folder: string, log: Logger): Promise<DirectoryLock | undefined> {
  try {
    await mkdir(folder, { recursive: true });
    return await lockDirectory(folder, ARCHIVE);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    log.warn({ error, folder }, 'archive could not be locked against other servers');
    return undefined;
  }
}
