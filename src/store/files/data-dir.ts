import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, rootMessage, StoreError } from '../base/index.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  EROFS: 'It is mounted read-only: mount it read-write',
  ENOSPC: 'The disk is full: free some space',
  EDQUOT: 'The quota is used up: free some space',
  ENOTDIR: 'A part of the path is a file: move that away',
  EEXIST: 'There is a file of that name: move that away',
};

/** Makes the data directory where there is none, and makes sure that this process can write to it. */
export async function openDataDir(dataDir: string): Promise<void> {
  const probe = join(dataDir, `.probe-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(probe, 'x', { mode: 0o600 });
    await rm(probe);
  } catch (error) {
    const code = errorCode(error) ?? '';
    const remedy = REMEDIES[code] ?? 'Give it to the account of the server (chown, chmod u+rwx)';
    throw new StoreError(
      'DATA_DIR_NOT_WRITABLE',
      `the data directory ${dataDir} cannot be written to (${code || rootMessage(error)})`,
      `${remedy}, or set dataDir (HEADWATER_DATA_DIR) to another one.`,
      error,
    );
  }
}
