import { randomBytes } from 'node:crypto';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Logger, readFileIfPresent, StoreError, writeFileAtomic } from '../base/index.ts';

const FILE_NAME = 'secrets.json';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_LENGTH = 32;

const SECRET_NAMES = [
  'adminPassword',
  'jwtKey',
  'mediaKeySecret',
  'nodeId',
  'playKey',
  'pushKey',
  'relayKey',
  'sessionTokenKey',
  'streamKey',
] as const;

/** Base62 strings of 32 characters (190 bits), one per purpose, made at the first start of this data directory. */
export type Secrets = Readonly<Record<(typeof SECRET_NAMES)[number], string>>;

/** `isNew` tells that the file was made just now, which is when a password may be shown. */
export interface LoadedSecrets {
  readonly secrets: Secrets;
  readonly isNew: boolean;
}

/** Reads `secrets.json` (0600), adding what a newer version needs; a damaged file is refused, never replaced. */
export async function loadOrCreateSecrets(dataDir: string, log?: Logger): Promise<LoadedSecrets> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, FILE_NAME);
  const text = await readFileIfPresent(path);
  const known = text === undefined ? {} : parse(path, text);
  if (text !== undefined) await closeToOthers(path, log);
  const entries = SECRET_NAMES.map((name) => [name, known[name] ?? randomBase62(SECRET_LENGTH)] as const);
  const secrets = Object.fromEntries(entries) as Record<(typeof SECRET_NAMES)[number], string>;
  if (SECRET_NAMES.some((name) => known[name] === undefined)) {
    await writeFileAtomic(path, `${JSON.stringify({ ...known, ...secrets }, null, 2)}\n`);
  }
  return { secrets, isNew: text === undefined };
}

/** Random characters from 0-9A-Za-z, each equally likely. */
export function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 is the highest multiple of 62 in a byte; without this the first letters would be likelier.
      if (byte < 248 && text.length < length) text += ALPHABET[byte % 62];
    }
  }
  return text;
}

function parse(path: string, text: string): Record<string, string> {
  try {
    return z.record(z.string(), z.string().min(1)).parse(JSON.parse(text));
  } catch (error) {
    const remedy = 'Restore the file from a backup. Removing it makes new secrets: all keys and tokens given out end.';
    throw new StoreError('FILE_MALFORMED', `${path} cannot be read`, remedy, error);
  }
}

async function closeToOthers(path: string, log: Logger | undefined): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  log?.warn({ file: path, mode: (mode & 0o777).toString(8) }, 'secrets file was open to others, mode set to 600');
  await chmod(path, 0o600);
}
