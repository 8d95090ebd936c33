import { checksumMismatch, notFound, StorageError, type StorageErrorCode } from './storage-error.ts';

type S3Failure = { readonly name?: string; readonly code?: string; readonly $metadata?: { httpStatusCode?: number } };

const BY_NAME: Readonly<Record<string, readonly [StorageErrorCode, string]>> = {
  NoSuchBucket: ['STORAGE_REFUSED', 'Create the bucket, or correct its name, region and endpoint.'],
  PermanentRedirect: ['STORAGE_REFUSED', 'The bucket is in another region; correct region and endpoint.'],
  SignatureDoesNotMatch: ['STORAGE_REFUSED', 'Check secret access key and region, and the clock of this machine.'],
  RequestTimeTooSkewed: ['STORAGE_REFUSED', 'Set the clock of this machine.'],
  CredentialsProviderError: ['STORAGE_REFUSED', 'Set accessKeyId and secretAccessKey of the storage.'],
  NotImplemented: ['STORAGE_REFUSED', 'The server does not know this request; see encryption and pathStyle.'],
  QuotaExceeded: ['STORAGE_FULL', 'Raise the quota of the bucket, or remove what is old.'],
};

/** What an S3 server or the way to it said, in our words; the server's own are the cause's. */
export function s3Error(what: string, error: unknown): Error {
  if (error instanceof StorageError || (error instanceof Error && error.name === 'AbortError')) return error;
  const { name = '', code = name, $metadata: { httpStatusCode: status = 0 } = {} } = (error ?? {}) as S3Failure;
  const said = `${what}: ${code || 'failed'}${status > 0 ? ` (${status})` : ''}`;
  const known = BY_NAME[name];
  if (known) return new StorageError(known[0], said, known[1], error);
  if (name === 'NoSuchKey' || name === 'NotFound') return notFound(what, error);
  if (name === 'BadDigest' || name === 'XAmzContentSHA256Mismatch') return checksumMismatch(what, error);
  if (status === 401 || status === 403) {
    const remedy = 'Let this access key read, write, delete and list under the prefix of the bucket.';
    return new StorageError('STORAGE_REFUSED', said, remedy, error);
  }
  if (status === 507) return new StorageError('STORAGE_FULL', said, 'Make room on the storage.', error);
  if (status === 0 || status === 429 || status >= 500) {
    const remedy = 'Check the endpoint, and that the storage runs and this machine reaches it.';
    return new StorageError('STORAGE_UNREACHABLE', said, remedy, error);
  }
  return new StorageError('STORAGE_FAILED', said, 'See what the storage says in its log.', error);
}

/** Whether the storage said that there is no such object. */
export function isNotFound(error: unknown): boolean {
  const { name = '', $metadata } = (error ?? {}) as S3Failure;
  return name === 'NoSuchKey' || name === 'NotFound' || (name !== 'NoSuchBucket' && $metadata?.httpStatusCode === 404);
}
