import { stat } from 'node:fs/promises';
import { type Config, storageSettings } from '../../config/index.ts';
import { openStorage, probeStorage, StorageError, type StorageSetting } from '../../storage/index.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { folderCheck } from './folder-checks.ts';

/** Whether each storage can be written, read and deleted from, and whether strangers can, too. */
export function storageChecks(config: Config): Promise<Check[]> {
  return Promise.all(storageSettings(config).map((setting) => storageCheck(setting)));
}

export async function storageCheck(setting: StorageSetting): Promise<Check> {
  const id = `storage.${setting.name}`;
  if (setting.kind === 'folder' && !(await exists(setting.folder))) {
    return folderCheck(id, setting.folder);
  }
  const storage = await openStorage(setting);
  try {
    const { strangersMay } = await probeStorage(storage);
    if (strangersMay.length === 0) return ok(id, `${storage.place}: written, read back, deleted`);
    const finding = `${storage.place} answers anyone without credentials (${strangersMay.join(', ')})`;
    return warn(id, finding, 'Take public access off the bucket; viewers get what they may from this server.');
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return fail(id, `${storage.place}: ${error.message}`, error.remedy);
  } finally {
    storage.close();
  }
}

async function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
