import { loadOrCreateMasterKeys, parseMasterKeys, SecretBox } from '../store/index.ts';
import type { Base } from './base.ts';

/** What seals and opens secrets: with the keys of the configuration, or else with those of the data directory. */
export async function openSecretBox({ config, log }: Pick<Base, 'config' | 'log'>): Promise<SecretBox> {
  const given = config.masterKey === null ? undefined : parseMasterKeys(config.masterKey);
  return new SecretBox(given ?? (await loadOrCreateMasterKeys(config.dataDir, log)));
}
