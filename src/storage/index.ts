export { CRC_DIGITS, decodeCrcLine, encodeCrcLine } from './crc-line.ts';
export { storageError } from './folder-storage.ts';
export type { BucketParts, HiddenFiles, Incoming, IncomingPart } from './incoming.ts';
export { checkObjectName, checkPrefix, isObjectName } from './object-name.ts';
export { fillObjectTemplate } from './object-template.ts';
export { type ProbeResult, probeStorage } from './probe-storage.ts';
export type { S3Credentials, S3Options } from './s3-client.ts';
export type {
  ByteRange,
  GetOptions,
  ListOptions,
  ObjectBody,
  ObjectContent,
  ObjectInfo,
  PutOptions,
  Storage,
} from './storage.ts';
export { StorageError, type StorageErrorCode } from './storage-error.ts';
export { openStorage, type StorageSetting, Storages } from './storages.ts';
export type { StoredObject, UploadOutcome } from './upload-worker.ts';
export { type NewUpload, Uploads, type UploadsOptions } from './uploads.ts';
