import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { RuleError } from './compile.ts';
import { parseHalf, type RulesHalf } from './rules-half.ts';

/** What a node keeps of the rules, to start from it when there is no database. */
export type SavedRules = { readonly revision: number; readonly api: RulesHalf; readonly file: RulesHalf };

const savedSchema = z.strictObject({
  format: z.literal(1),
  revision: z.int().min(0),
  api: z.unknown(),
  file: z.unknown(),
});

export type SavedResult =
  | { readonly ok: true; readonly saved: SavedRules | undefined }
  | { readonly ok: false; readonly errors: readonly RuleError[] };

const savedFile = (dataDir: string) => join(dataDir, 'rules.json');

const refused = (message: string): SavedResult => ({ ok: false, errors: [{ path: 'rules.json', message }] });

/** Undefined when nothing was saved yet. A file that cannot be used is moved to `rules.json.refused`. */
export async function readSavedRules(dataDir: string): Promise<SavedResult> {
  const file = savedFile(dataDir);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? { ok: true, saved: undefined } : refused(`cannot be read (${code})`);
  }
  const result = parseSaved(text);
  if (!result.ok) await rename(file, `${file}.refused`).catch(() => undefined);
  return result;
}

function parseSaved(text: string): SavedResult {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return refused('is not JSON; it was moved to rules.json.refused');
  }
  const parsed = savedSchema.safeParse(document);
  if (!parsed.success) return refused('is not of this version; it was moved to rules.json.refused');
  const api = parseHalf(parsed.data.api);
  if (!api.ok) return api;
  const file = parseHalf(parsed.data.file);
  if (!file.ok) return file;
  return { ok: true, saved: { revision: parsed.data.revision, api: api.half, file: file.half } };
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces `rules.json` (mode 0600, as it holds keys): after a crash there is the old file or the new one. */
export async function writeSavedRules(dataDir: string, saved: SavedRules): Promise<void> {
  const file = savedFile(dataDir);
  const temporary = `${file}.${process.pid}.tmp`;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(`${JSON.stringify({ format: 1, ...saved }, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncDirectory(dirname(file));
}
