export { type AddressForm, keptAddress } from './address-form.ts';
export { keepSessionFiles, removeOldStored, type SessionKeepingOptions } from './session-keeping.ts';
export { SessionLog, type SessionLogOptions } from './session-log.ts';
export { bytesOf, type PlayerTotals, recordOf, type SessionRecord } from './session-record.ts';
export { SessionRecords, type SessionRecordsOptions } from './session-records.ts';
