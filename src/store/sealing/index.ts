export { readAcmeAccount, writeAcmeAccount } from './acme-account.ts';
export {
  loadOrCreateMasterKeys,
  masterKeyFile,
  newMasterKey,
  parseMasterKeys,
  writeMasterKeys,
} from './master-key-file.ts';
export { type MasterKeys, SecretBox } from './secret-box.ts';
