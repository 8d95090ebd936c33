export { CHECKSUM_ALGORITHMS, type Checksum, exactly, OssSums } from './checked-bytes.ts';
export {
  type CredentialScope,
  type Credentials,
  type KnownCredentials,
  TEMPORARY_KEY,
  UploadCredentials,
} from './credentials.ts';
export { type CsvRow, readCsv } from './csv.ts';
export {
  MediaUploads,
  type MediaUploadsOptions,
  type NewSession,
} from './media-uploads.ts';
export type { NewUploadOfAsset, RegisteredObject, Upload, UploadedAsset, UploadLibrary } from './upload.ts';
export type { NamedPart, Published } from './upload-completion.ts';
export { UploadError, type UploadErrorCode } from './upload-error.ts';
export { UploadSessions } from './upload-sessions.ts';
export { UrlFetches } from './url-fetches.ts';
