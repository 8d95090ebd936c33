import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from './cli-error.ts';

/** The file that the first start writes its secrets to. */
export const secretsFile = (dataDir: string): string => join(dataDir, 'secrets.json');

/** The secrets of the data directory by name; undefined when no server has made them yet. Makes none itself. */
export async function readSecrets(dataDir: string): Promise<Readonly<Record<string, string>> | undefined> {
  const file = secretsFile(dataDir);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CliError(`${file} cannot be read (${code})`, 'Run this as the account of the server.');
  }
  return parseSecrets(file, text);
}

function parseSecrets(file: string, text: string): Record<string, string> {
  try {
    const entries = Object.entries(JSON.parse(text) as object);
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    throw new CliError(`${file} is damaged`, 'Restore the file from a backup.');
  }
}
