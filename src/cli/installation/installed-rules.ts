import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompiledRules, initialRules, type Refusal, RulesSource, type WatermarkCheck } from '../../rules/index.ts';
import { CliError } from './cli-error.ts';
import { readSecrets } from './installed-secrets.ts';

export type InstalledRules = {
  readonly rules: CompiledRules;
  /** What is in neither of the two documents because it is wrong. */
  readonly refusals: readonly Refusal[];
  /** False when no server has saved rules in the data directory yet. */
  readonly isSaved: boolean;
};

/**
 * The rules as a server started now without its database would have them; where no rules file is named, with what the
 * last one took from its own. Changes nothing in the data directory.
 */
export async function readInstalledRules(from: {
  readonly dataDir?: string;
  readonly rulesFile?: string;
  /** The storages that rules may name; left out, any. */
  readonly storages?: readonly string[];
  readonly watermarkCheck?: WatermarkCheck;
}): Promise<InstalledRules> {
  // A RulesSource writes what it takes and moves away what it cannot read, so it gets a copy to work on.
  const folder = await mkdtemp(join(tmpdir(), 'headwater-rules-'));
  try {
    const isSaved = from.dataDir !== undefined && (await copySaved(from.dataDir, folder));
    const secrets = from.dataDir === undefined ? undefined : await readSecrets(from.dataDir);
    const refusals: Refusal[] = [];
    const source = await RulesSource.open({
      dataDir: folder,
      storages: from.storages,
      watermarkCheck: from.watermarkCheck,
      rulesFile: from.rulesFile ?? (isSaved ? await savedRulesFile(folder) : undefined),
      initial: () => {
        const { pushKey, streamKey } = secrets ?? {};
        return pushKey && streamKey ? initialRules({ pushKey, streamKey }) : {};
      },
      onRefused: (refusal) => refusals.push(refusal),
    });
    await source.close();
    return { rules: source.current(), refusals, isSaved };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same for commands that cannot do with rules nobody has made yet. */
export async function requireInstalledRules(from: {
  readonly dataDir: string;
  readonly rulesFile: string | null;
}): Promise<CompiledRules> {
  const { dataDir, rulesFile } = from;
  const { rules, refusals, isSaved } = await readInstalledRules({ dataDir, ...(rulesFile ? { rulesFile } : {}) });
  const refused = refusals[0];
  if (refused !== undefined) {
    const what = refused.source === 'file' ? `the rules file ${rulesFile}` : `the rules saved in ${dataDir}`;
    throw new CliError(`${what} cannot be used`, 'headwater check-config lists what is wrong in it.', { exitCode: 2 });
  }
  if (isSaved || rulesFile !== null || (await readSecrets(dataDir)) !== undefined) return rules;
  throw new CliError(
    `there are no rules in ${dataDir} yet`,
    'Start the server once with headwater serve, or name its configuration with --config.',
  );
}

async function copySaved(dataDir: string, folder: string): Promise<boolean> {
  const copy = join(folder, 'rules.json');
  try {
    await copyFile(join(dataDir, 'rules.json'), copy);
    await chmod(copy, 0o600);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new CliError(`the rules in ${dataDir} cannot be read (${code})`, 'Run this as the account of the server.');
  }
}

/** A server may have been told of its rules file in a way that this command was not. */
async function savedRulesFile(folder: string): Promise<string | undefined> {
  let half: unknown;
  try {
    half = JSON.parse(await readFile(join(folder, 'rules.json'), 'utf8')).file;
  } catch {
    return undefined;
  }
  if (typeof half !== 'object' || half === null) return undefined;
  const file = join(folder, 'rules-file.json');
  await writeFile(file, JSON.stringify(half), { mode: 0o600 });
  return file;
}
