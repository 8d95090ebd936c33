import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveFolder } from '../../app/index.ts';
import { ArchiveError, type RebuiltStream, rebuildArchive } from '../../archive/index.ts';
import { type Config, loadConfig, storageSettings } from '../../config/index.ts';
import { openStorage, type Storage, StorageError } from '../../storage/index.ts';
import { CliError, findRunningServer, readInstalledRules } from '../installation/index.ts';
import type { DoctorOptions } from './doctor.ts';

/** Makes the indexes of the archive anew while no server runs, and tells what it has then; 1 where files can't be read. */
export async function rebuildIndexes(options: DoctorOptions & { readonly allNodes?: boolean }): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const server = await findRunningServer(config);
  if (server !== undefined) {
    const message = `the server runs (process ${server.pid}) and writes the indexes itself`;
    throw new CliError(message, 'Stop it, rebuild, then start it again.');
  }
  const folder = archiveFolder(config);
  const storages = await archiveStorages(config);
  try {
    let others = 0;
    const onOthers = () => {
      others++;
    };
    const nodeId = options.allNodes ? undefined : await nodeIdIn(config.dataDir);
    const streams = await rebuildArchive({ folder, storages, nodeId, onOthers });
    process.stdout.write(
      options.json ? `${JSON.stringify({ folder, streams, others }, null, 2)}\n` : reportOf(folder, streams, others),
    );
    return streams.every(({ unreadable }) => unreadable.length === 0) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof ArchiveError)) throw error;
    throw new CliError(`a storage could not be asked: ${error.message}`, `${error.remedy} Then run this again.`, {
      cause: error,
    });
  } finally {
    for (const storage of storages) storage.close();
  }
}

/** Undefined where no server has ever started with this data directory: then all that is in storages is its own. */
async function nodeIdIn(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, 'secrets.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as { nodeId?: string }).nodeId;
}

/** The storages that a rule copies the archive to. */
async function archiveStorages(config: Config): Promise<Storage[]> {
  const { dataDir, rulesFile } = config;
  const { rules } = await readInstalledRules({ dataDir, ...(rulesFile === null ? {} : { rulesFile }) });
  const names = new Set(rules.rules.streams.map(({ archive }) => archive?.storage));
  return Promise.all(
    storageSettings(config)
      .filter(({ name }) => names.has(name))
      .map(openStorage),
  );
}

function reportOf(folder: string, streams: readonly RebuiltStream[], others: number): string {
  const lines = streams.flatMap(({ id, days, slices, remoteSlices, segments, sizeBytes, unreadable }) => [
    `${id.domain}/${id.app}/${id.name}: ${segments} segments in ${slices} slices` +
      ` (${remoteSlices} in storages only) of ${days} days, ${(sizeBytes / 1e6).toFixed(1)} MB`,
    ...unreadable.map((file) => `  nothing whole in ${file}`),
  ]);
  const left = others === 0 ? '' : `${others} slices in storages are other nodes'; --all-nodes takes them in, too\n`;
  return `${folder}\n${lines.join('\n')}\n${streams.length} streams\n${left}`;
}
