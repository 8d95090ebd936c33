import { type Config, ConfigError, loadConfig } from '../../config/index.ts';
import { CliError, findRunningServer, type RunningServer } from '../installation/index.ts';
import { certificateChecks } from './certificate-checks.ts';
import { type Check, checksText, fail, ok } from './check.ts';
import { databaseCheck } from './database-check.ts';
import { folderCheck, secretsCheck } from './folder-checks.ts';
import { clockCheck, ffmpegCheck, ipv6Check, nodeCheck } from './machine-checks.ts';
import { portChecks } from './port-checks.ts';
import { keyAgeChecks, rulesChecks } from './rules-checks.ts';
import { storageChecks } from './storage-checks.ts';

export type DoctorOptions = { readonly config?: string; readonly json?: boolean };

/** Lists what is missing, misconfigured, taken or weak; 1 when something fails. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const checks = [nodeCheck(process.versions.node), ...(await configuredChecks(options.config))];
  const isWell = checks.every(({ status }) => status !== 'fail');
  process.stdout.write(options.json ? `${JSON.stringify({ ok: isWell, checks }, null, 2)}\n` : checksText(checks));
  return isWell ? 0 : 1;
}

async function configuredChecks(file: string | undefined): Promise<Check[]> {
  let config: Config;
  try {
    config = loadConfig({ file, env: process.env, cwd: process.cwd() });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const remedy = 'Correct it; what depends on the configuration was not looked at.';
    return error.problems.map(({ source, key, message }) =>
      fail('configuration', `${source}: ${key === '' ? '' : `${key}: `}${message}`, remedy),
    );
  }
  const server = await findRunningServer(config);
  const database = await guarded('database', async () => databaseCheck(config, server));
  const kind = 'kind' in database ? database.kind : 'none';
  const groups = await Promise.all([
    guarded('server', async () => serverChecks(server)),
    guarded('ffmpeg', async () => [ffmpegCheck(config.ffmpegPath)]),
    guarded('ports', () => portChecks(config, server)),
    guarded('dataDir', async () => [
      await folderCheck('dataDir', config.dataDir),
      ...(await secretsCheck(config.dataDir)),
    ]),
    guarded('recordingsDir', async () => [await folderCheck('recordingsDir', config.recordingsDir)]),
    guarded('storages', () => storageChecks(config)),
    'kind' in database ? [database.check] : database,
    guarded('certificate', () => certificateChecks(config, Date.now())),
    guarded('ipv6', async () => [ipv6Check([config.rtmp.host, config.playback.host, config.control.host])]),
    guarded('rules', () => rulesChecks(config, { database: kind })),
    guarded('old-key', () => keyAgeChecks(server)),
  ]);
  return [ok('configuration', file ?? process.env.HEADWATER_CONFIG ?? 'defaults and environment'), ...groups.flat()];
}

async function serverChecks(server: RunningServer | undefined): Promise<Check[]> {
  if (server === undefined) return [ok('server', 'not running'), clockCheck(Date.now(), 0)];
  const beforeMs = Date.now();
  const serverMs = (await server.api.clockMs()) ?? beforeMs;
  const differenceMs = Math.abs(serverMs - beforeMs) < 1500 ? 0 : serverMs - beforeMs;
  return [ok('server', `runs as process ${server.pid}`), clockCheck(Date.now(), differenceMs)];
}

/** One check that cannot be made must not keep the others from being seen. */
async function guarded<T>(id: string, look: () => Promise<T>): Promise<T | Check[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof CliError) return [fail(id, error.message, error.remedy)];
    const reason = error instanceof Error ? error.message : String(error);
    return [fail(id, `could not be looked at: ${reason}`, 'Run this as the account of the server.')];
  }
}
