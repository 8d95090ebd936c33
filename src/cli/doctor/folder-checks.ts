import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { secretsFile } from '../installation/index.ts';
import { type Check, fail, ok, warn } from './check.ts';

const LITTLE_BYTES = 2_000_000_000;
const TOO_LITTLE_BYTES = 200_000_000;

/** Whether the server can write there, and how much. The folder need not exist yet. */
export async function folderCheck(id: string, folder: string): Promise<Check> {
  const existing = await nearestExisting(folder);
  try {
    if (!(await stat(existing)).isDirectory()) {
      return fail(id, `${existing} is not a folder`, `Move it away, or set ${id} to another path.`);
    }
    await access(existing, constants.W_OK | constants.X_OK);
  } catch {
    const remedy = `Give it to this account (chown, chmod u+rwx), or set ${id} to another folder.`;
    return fail(id, `${existing} cannot be written to`, remedy);
  }
  const { bavail, bsize } = await statfs(existing);
  return freeSpaceCheck(id, `${folder}${existing === folder ? '' : ' (to be made)'}`, bavail * bsize);
}

export function freeSpaceCheck(id: string, folder: string, freeBytes: number): Check {
  const finding = `${folder}, ${(freeBytes / 1e9).toFixed(1)} GB free`;
  const remedy = 'Free some space, or move it to a larger disk.';
  if (freeBytes < TOO_LITTLE_BYTES) return fail(id, finding, remedy);
  return freeBytes < LITTLE_BYTES ? warn(id, finding, remedy) : ok(id, finding);
}

/** Whether others may read the secrets; nothing when there are none yet. */
export async function secretsCheck(dataDir: string): Promise<Check[]> {
  const file = secretsFile(dataDir);
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return [];
  if ((found.mode & 0o077) === 0) return [ok('secrets', `${file} is readable by its owner only`)];
  return [
    warn('secrets', `${file} is readable by others`, `Run chmod 600 ${file}; change the keys if others were there.`),
  ];
}

async function nearestExisting(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  return isThere || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}
