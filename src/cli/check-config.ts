import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { watermarkCheckOf } from '../app/index.ts';
import { ConfigError, type ConfigProblem, loadConfig, storageSettings } from '../config/index.ts';
import type { WatermarkCheck } from '../rules/index.ts';
import { readInstalledRules } from './installation/index.ts';

export type CheckConfigOptions = { readonly config?: string; readonly rules?: string };

type Checked = {
  readonly problems: readonly ConfigProblem[];
  readonly dataDir?: string;
  readonly rulesFile?: string;
  readonly storages?: readonly string[];
  readonly watermarkCheck?: WatermarkCheck;
};

/** Prints everything that is wrong in configuration, environment and rules file; 0 when nothing is, else 2. */
export async function checkConfig(file: string | undefined, options: CheckConfigOptions): Promise<number> {
  const named = file ?? options.config;
  const config = checkBootstrap(named);
  const rulesFile = options.rules === undefined ? config.rulesFile : resolve(options.rules);
  const problems = [...config.problems, ...(await rulesProblems({ ...config, rulesFile }))];
  if (problems.length === 0) {
    const checked = [named ?? 'configuration', ...(rulesFile === undefined ? [] : [rulesFile])];
    process.stdout.write(`ok: ${checked.join(', ')}\n`);
    return 0;
  }
  for (const { source, key, message } of problems) {
    process.stdout.write(`${source}: ${key === '' ? '' : `${key}: `}${message}\n`);
  }
  process.stdout.write(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}\n`);
  return 2;
}

function checkBootstrap(file: string | undefined): Checked {
  try {
    const config = loadConfig({ file, env: process.env, cwd: process.cwd() });
    const { dataDir, rulesFile } = config;
    const storages = storageSettings(config).map(({ name }) => name);
    const watermarkCheck = watermarkCheckOf(config);
    return { problems: [], dataDir, storages, watermarkCheck, ...(rulesFile === null ? {} : { rulesFile }) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const rulesFile = rulesFileOf(file);
    return { problems: error.problems, ...(rulesFile === undefined ? {} : { rulesFile: resolve(rulesFile) }) };
  }
}

/** The rules file that a configuration names which cannot be used otherwise. */
function rulesFileOf(file: string | undefined): string | undefined {
  const { HEADWATER_RULES_FILE: byVariable, HEADWATER_CONFIG: fileByVariable } = process.env;
  const named = file ?? (fileByVariable || undefined);
  if (byVariable || named === undefined) return byVariable || undefined;
  try {
    const document: unknown = parse(readFileSync(named, 'utf8'));
    const given = typeof document === 'object' && document !== null && 'rulesFile' in document && document.rulesFile;
    return typeof given === 'string' ? given : undefined;
  } catch {
    return undefined;
  }
}

async function rulesProblems(
  checked: Pick<Checked, 'dataDir' | 'storages' | 'watermarkCheck'> & { readonly rulesFile?: string | undefined },
): Promise<ConfigProblem[]> {
  const { dataDir, storages, watermarkCheck, rulesFile } = checked;
  if (rulesFile === undefined) return [];
  const { refusals } = await readInstalledRules({
    rulesFile,
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(storages === undefined ? {} : { storages }),
    ...(watermarkCheck === undefined ? {} : { watermarkCheck }),
  });
  return refusals.flatMap(({ source, errors }) =>
    errors.map(({ path, ...rest }) => ({ source: source === 'file' ? rulesFile : 'saved rules', key: path, ...rest })),
  );
}
