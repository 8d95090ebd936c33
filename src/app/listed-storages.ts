import { type Config, storageSettings } from '../config/index.ts';
import type { StorageDoor } from '../operations/index.ts';
import { placeOf } from './object-place.ts';

/** The storages of the configuration, as far as operators may know them. */
export function listedStorages(config: Config): StorageDoor {
  const storages = storageSettings(config).map((setting) => {
    const { name, kind } = setting;
    if (setting.kind === 'folder') return { name, kind };
    const { endpoint, bucket } = placeOf(setting, '');
    return { name, kind, endpoint, bucket, ...(setting.prefix ? { prefix: setting.prefix } : {}) };
  });
  return { all: () => storages };
}
