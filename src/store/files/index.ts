export { openDataDir } from './data-dir.ts';
export { HighWaterMarks } from './high-water-marks.ts';
export { type Bracket, Journal, type JournalOptions } from './journal.ts';
export type { JournalRecord } from './journal-record.ts';
export { type LoadedSecrets, loadOrCreateSecrets, randomBase62, type Secrets } from './secrets-file.ts';
