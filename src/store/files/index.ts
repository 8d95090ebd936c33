export {
  type KeptAlarms,
  readAlarms,
  type StoredAlarm,
  type StoredNotice,
  type StoredSilence,
  writeAlarms,
} from './alarms-file.ts';
export { readBlocks, type StoredBlock, writeBlocks } from './blocks-file.ts';
export { certificatePlace, readCertificates, type StoredCertificate, writeCertificates } from './certificates-file.ts';
export { openDataDir } from './data-dir.ts';
export { HighWaterMarks } from './high-water-marks.ts';
export {
  readIdentity,
  type StoredAccessKey,
  type StoredIdentity,
  type StoredUser,
  writeIdentity,
} from './identity-file.ts';
export { type Bracket, Journal, type JournalOptions } from './journal.ts';
export type { JournalRecord } from './journal-record.ts';
export { readLoginSessions, type StoredLoginSession, writeLoginSessions } from './login-sessions-file.ts';
export { type LoadedSecrets, loadOrCreateSecrets, randomBase62, type Secrets } from './secrets-file.ts';
