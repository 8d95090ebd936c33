import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Config, loadConfig } from '../config/index.ts';
import { backup, masterKeyFile, restore } from '../store/index.ts';
import { CliError, findRunningServer, withStore } from './installation/index.ts';

export type BackupOptions = { readonly config?: string };
export type RestoreOptions = BackupOptions & { readonly replace?: boolean };

/** Writes the database to a new file (0600, as it holds who watched and who may log in), through the server when it runs. */
export async function backupTo(file: string, options: BackupOptions): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const target = resolve(file);
  if (await exists(target)) throw new CliError(`${file} exists already`, 'Name a new file, or remove that one first.');
  const partial = `${target}.partial`;
  try {
    await writeBackup(config, (await open(partial, 'w', 0o600)).createWriteStream());
    await syncFile(partial);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  const { size } = await stat(target);
  process.stdout.write(
    `${target}: ${size} bytes. Keys in it are sealed with master.key, which it does not hold, nor secrets.json, the rules file or media.\n`,
  );
  return 0;
}

/** Fills the database from a backup while no server runs. */
export async function restoreFrom(file: string, options: RestoreOptions): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const server = await findRunningServer(config);
  if (server !== undefined) {
    const message = `the server runs (process ${server.pid}), and would not see what is restored beneath it`;
    throw new CliError(message, 'Stop it, restore, then start it again.');
  }
  if (!(await exists(file))) throw new CliError(`there is no file ${file}`, 'Name a file made by headwater backup.');
  const rows = await withStore(config, (store) =>
    restore(store, createReadStream(file), { replace: options.replace ?? false }),
  );
  process.stdout.write(`${rows} rows restored. ${await secretsHint(config)}Start the server with headwater serve.\n`);
  return 0;
}

/** A start without them makes new ones, of which the restored rules know nothing. */
async function secretsHint({ dataDir, masterKey }: Config): Promise<string> {
  const isSealed = masterKey === null && !(await exists(masterKeyFile(dataDir)));
  const hasSecrets = await exists(join(dataDir, 'secrets.json'));
  const forRules = isSealed
    ? `Rules and second factors can be read once you copy the old master.key to ${dataDir}. `
    : '';
  const forSecrets = `Keys and passwords stay as they were if you copy the old secrets.json to ${dataDir} first. `;
  return `${forRules}${hasSecrets ? '' : forSecrets}`;
}

async function writeBackup(config: Config, out: Writable): Promise<void> {
  const server = await findRunningServer(config);
  if (server === undefined) {
    await withStore(config, (store) => backup(store, out));
    return;
  }
  const { body } = await server.api.open('/backup');
  if (body === null) throw new CliError('the server sent no backup', 'Try again.');
  try {
    await pipeline(Readable.fromWeb(body), out);
  } catch (error) {
    const remedy = 'Look into the log of the server, and whether the disk is full.';
    throw new CliError('the backup broke off', remedy, { cause: error });
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
