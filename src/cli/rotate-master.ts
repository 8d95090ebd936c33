import { type Config, loadConfig } from '../config/index.ts';
import { createLogger } from '../log/index.ts';
import { secretsOf } from '../rules/index.ts';
import {
  AssetKeys,
  CertificateTable,
  certificatePlace,
  IdentityTables,
  JobKeys,
  KeptAnswers,
  keyPlace,
  loadOrCreateMasterKeys,
  type MasterKeys,
  newMasterKey,
  parseMasterKeys,
  RuleApprovals,
  RuleRevisions,
  readCertificates,
  readIdentity,
  SecretBox,
  type Store,
  totpPlace,
  writeCertificates,
  writeIdentity,
  writeMasterKeys,
} from '../store/index.ts';
import { CliError, findRunningServer, withStore } from './installation/index.ts';

export type RotateOptions = { readonly config?: string };

/** Seals everything with a new master key. Broken off, it can be run again: until the end both keys are kept. */
export async function rotateMaster(options: RotateOptions): Promise<number> {
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const server = await findRunningServer(config);
  if (server !== undefined) {
    const message = `the server runs (process ${server.pid}) with the present master key`;
    throw new CliError(message, 'Stop it, and other nodes of its database, rotate, then start again.');
  }
  const sealed = await withStore(config, (store) =>
    config.masterKey === null ? rotateFile(store, config) : resealWithGiven(store, config, config.masterKey),
  );
  const next =
    config.masterKey === null
      ? 'Other nodes of this database need the new master.key, too.'
      : 'The former key can be taken out of masterKey now.';
  process.stdout.write(`${sealed} secrets sealed with the new master key. ${next}\n`);
  return 0;
}

async function rotateFile(store: Store, { dataDir }: Config): Promise<number> {
  const former = (await loadOrCreateMasterKeys(dataDir)).map((key) => Buffer.from(key).toString('base64'));
  const fresh = newMasterKey();
  await writeMasterKeys(dataDir, [fresh, ...former]);
  const sealed = await reseal(store, dataDir, await loadOrCreateMasterKeys(dataDir));
  await writeMasterKeys(dataDir, [fresh]);
  return sealed;
}

async function resealWithGiven(store: Store, { dataDir }: Config, given: string): Promise<number> {
  const keys = parseMasterKeys(given);
  if (keys === undefined || keys.length < 2) {
    const remedy = 'Put a new one in front of it, with a comma between: openssl rand -base64 32 makes one.';
    throw new CliError('masterKey has the present key only', remedy, { exitCode: 2 });
  }
  return reseal(store, dataDir, keys);
}

async function reseal(store: Store, dataDir: string, keys: MasterKeys): Promise<number> {
  const box = new SecretBox(keys);
  const log = createLogger({ level: 'silent' });
  const tables = new IdentityTables({ store, log });
  const sealed =
    (await tables.reseal((secret, place) => box.reseal(secret, place))) +
    (await new RuleRevisions({ store, log, box, secretsOf }).reseal()) +
    (await new RuleApprovals({ store, box }).reseal()) +
    (await new KeptAnswers({ store, box }).reseal()) +
    (await new AssetKeys({ store, box }).reseal()) +
    (await new JobKeys({ store, box }).reseal()) +
    (await new CertificateTable({ store, log }).reseal((secret, place) => box.reseal(secret, place)));
  const certificates = await resealCertificates(box, dataDir);
  const kept = await readIdentity(dataDir);
  if (kept === undefined) return sealed + certificates;
  await writeIdentity(dataDir, {
    users: kept.users.map((user) => ({
      ...user,
      totpSecret: user.totpSecret === null ? null : box.reseal(user.totpSecret, totpPlace(user.id)),
    })),
    keys: kept.keys.map((key) => ({ ...key, sealedSecret: box.reseal(key.sealedSecret, keyPlace(key.id)) })),
  });
  return sealed + certificates;
}

async function resealCertificates(box: SecretBox, dataDir: string): Promise<number> {
  const kept = await readCertificates(dataDir);
  if (kept.length === 0) return 0;
  const resealed = kept.map((each) => ({ ...each, sealedKey: box.reseal(each.sealedKey, certificatePlace(each.id)) }));
  await writeCertificates(dataDir, resealed);
  return resealed.length;
}
