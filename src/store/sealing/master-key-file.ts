import { randomBytes } from 'node:crypto';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, readFileIfPresent, StoreError, writeFileAtomic } from '../base/index.ts';
import type { MasterKeys } from './secret-box.ts';

const KEY_BYTES = 32;

/** The file of the master key in the data directory. */
export const masterKeyFile = (dataDir: string): string => join(dataDir, 'master.key');

/** A new key in the form of the file and of the setting. */
export const newMasterKey = (): string => randomBytes(KEY_BYTES).toString('base64');

/**
 * Keys in base64, the one that seals first, with commas or lines between; undefined where that is not what it is. After
 * a change of keys the former ones stand behind until all is sealed anew.
 */
export function parseMasterKeys(text: string): MasterKeys | undefined {
  const [first, ...others] = text
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map((word) => (/^[A-Za-z0-9+/_-]{43}=?$/.test(word) ? Buffer.from(word, 'base64') : Buffer.alloc(0)));
  if (first === undefined || [first, ...others].some(({ length }) => length !== KEY_BYTES)) return undefined;
  return [first, ...others];
}

/** Reads `master.key` (0600), which is made where there is none; a damaged one is refused, never replaced. */
export async function loadOrCreateMasterKeys(dataDir: string, log?: Logger): Promise<MasterKeys> {
  const path = masterKeyFile(dataDir);
  const text = await readFileIfPresent(path);
  if (text === undefined) {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const made = newMasterKey();
    await writeMasterKeys(dataDir, [made]);
    return [Buffer.from(made, 'base64')];
  }
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    log?.warn({ file: path }, 'the master key was open to others, mode set to 600');
    await chmod(path, 0o600);
  }
  const keys = parseMasterKeys(text);
  if (keys !== undefined) return keys;
  const remedy = 'Restore it from a backup. Without it second factors and access keys have to be made anew.';
  throw new StoreError('FILE_MALFORMED', `${path} is no master key`, remedy);
}

/** Replaces the file: the key that seals first. */
export async function writeMasterKeys(dataDir: string, keys: readonly string[]): Promise<void> {
  await writeFileAtomic(masterKeyFile(dataDir), `${keys.join('\n')}\n`);
}
