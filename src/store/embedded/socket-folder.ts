import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode, StoreError } from '../base/index.ts';
import type { Account } from './run.ts';

// sun_path holds 107 bytes on Linux and 103 on macOS, with "/.s.PGSQL.5432.lock" the longest name in the folder.
const MAX_FOLDER_BYTES = 103 - 19;

/** A 0700 folder for a Unix socket: inside `folder`, or under the temporary one when that path is too long. */
export async function makeSocketFolder(folder: string, account: Account | undefined): Promise<string> {
  const inside = join(folder, 'run');
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const path = Buffer.byteLength(inside) <= MAX_FOLDER_BYTES ? inside : join(tmpdir(), `headwater-${hash}`);
  try {
    await mkdir(path, { mode: 0o700 });
    if (account !== undefined) await chown(path, account.uid, account.gid);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  const wanted = account?.uid ?? process.getuid?.();
  let found = await lstat(path);
  if (process.getuid?.() === 0 && found.isDirectory() && found.uid !== wanted && path === inside) {
    await chown(path, wanted ?? 0, account?.gid ?? 0);
    found = await lstat(path);
  }
  // Under /tmp somebody else may have been here first and be waiting for us.
  if (!found.isDirectory() || (wanted !== undefined && found.uid !== wanted)) {
    throw new StoreError('POSTGRES_START_FAILED', `${path} belongs to somebody else`, `Remove ${path}.`);
  }
  await chmod(path, 0o700);
  return path;
}
