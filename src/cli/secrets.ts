import { loadConfig } from '../config/index.ts';
import { CliError, readSecrets, secretsFile } from './installation/index.ts';

export type SecretsOptions = {
  readonly streamKey?: boolean;
  readonly pushKey?: boolean;
  readonly playKey?: boolean;
  readonly adminPassword?: boolean;
  readonly config?: string;
};

const SHOWN = ['streamKey', 'pushKey', 'playKey', 'adminPassword'] as const;

const PURPOSE: Readonly<Record<(typeof SHOWN)[number], string>> = {
  streamKey: 'the lasting stream key, for OBS                 --stream-key',
  pushKey: 'signs push URLs (type A)                        --push-key',
  playKey: 'signs play URLs once signing is switched on     --play-key',
  adminPassword: "the administrator's, for console and API        --admin-password",
};

/** Prints the secrets that are asked for by name; without one only where they are and what each is for. */
export async function showSecrets(options: SecretsOptions): Promise<number> {
  const { dataDir } = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const secrets = await readSecrets(dataDir);
  if (secrets === undefined) {
    throw new CliError(`there are no secrets in ${dataDir} yet`, 'Start the server once with headwater serve.');
  }
  const asked = SHOWN.filter((name) => options[name]);
  if (asked.length === 0) {
    const lines = SHOWN.map((name) => `  ${name.padEnd(15)}${PURPOSE[name]}`);
    process.stdout.write(`${secretsFile(dataDir)}\n${lines.join('\n')}\n`);
  }
  for (const name of asked) {
    const value = secrets[name];
    if (value === undefined) throw new CliError(`${secretsFile(dataDir)} has no ${name}`, 'Restart the server once.');
    process.stdout.write(asked.length === 1 ? `${value}\n` : `${name} ${value}\n`);
  }
  return 0;
}
