import { statfs } from 'node:fs/promises';
import { ArchiveError } from './archive-error.ts';

/**
 * Throws ArchiveError where the disk of a folder has less room than is left to others.
 *
 * @param reserveBytes what must stay free for others, such as a database
 */
export async function checkDiskReserve(folder: string, reserveBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= reserveBytes) return;
  const remedy = 'Free space on the disk of the archive, or let rules keep less (archive.keepBytes, timeShift.days).';
  const reason = `less than ${Math.round(reserveBytes / 1e6)} MB are free, which are left to others`;
  throw new ArchiveError('DISK_RESERVE', reason, remedy);
}
