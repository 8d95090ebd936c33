import { join } from 'node:path';
import type { Config } from '../config/index.ts';

/** Where the archive is. */
export function archiveFolder({ archiveDir, recordingsDir }: Pick<Config, 'archiveDir' | 'recordingsDir'>): string {
  return archiveDir ?? join(recordingsDir, '.archive');
}
