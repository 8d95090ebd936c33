import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  ListMultipartUploadsCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { contentMd5Of } from './checksums.ts';
import { checksumMismatch } from './storage-error.ts';

const MAX_PARTS = 10_000;
/** S3 takes no smaller parts, the last one excepted. */
export const MIN_PART_BYTES = 5_242_880;

type Target = { readonly Bucket: string; readonly Key: string };

type MultipartUpload = {
  readonly client: S3Client;
  readonly target: Target;
  /** What the object is to have: type, encryption, metadata. */
  readonly attributes: Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'>;
  readonly file: string;
  readonly sizeBytes: number;
  readonly partBytes: number;
  readonly sha256: string;
  readonly signal?: AbortSignal;
};

/** Sends a file part by part, each with its checksum; nothing is stored before the last one, and the whole fits `sha256`. */
export async function putInParts(upload: MultipartUpload): Promise<void> {
  const { client, target, attributes, signal } = upload;
  const options = signal ? { abortSignal: signal } : {};
  await abortUnfinished(client, target);
  const created = await client.send(new CreateMultipartUploadCommand({ ...target, ...attributes }), options);
  const UploadId = created.UploadId ?? '';
  try {
    const Parts = await sendParts(upload, UploadId);
    const complete = { ...target, UploadId, MultipartUpload: { Parts } };
    await client.send(new CompleteMultipartUploadCommand(complete), options);
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => undefined);
    throw error;
  }
}

async function sendParts({ client, target, file, signal, ...upload }: MultipartUpload, UploadId: string) {
  const partBytes = Math.max(upload.partBytes, MIN_PART_BYTES, Math.ceil(upload.sizeBytes / MAX_PARTS));
  const sha256 = createHash('sha256');
  const parts: { ETag: string | undefined; PartNumber: number }[] = [];
  const handle = await open(file, 'r');
  try {
    for (let offset = 0; offset < upload.sizeBytes; offset += partBytes) {
      const Body = await readPart(handle, offset, Math.min(partBytes, upload.sizeBytes - offset));
      sha256.update(Body);
      const PartNumber = parts.length + 1;
      const part = { ...target, UploadId, PartNumber, Body, ContentMD5: contentMd5Of(Body) };
      const { ETag } = await client.send(new UploadPartCommand(part), signal ? { abortSignal: signal } : {});
      parts.push({ ETag, PartNumber });
    }
  } finally {
    await handle.close();
  }
  if (sha256.digest('hex') !== upload.sha256) throw checksumMismatch(target.Key);
  return parts;
}

async function readPart(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const part = Buffer.allocUnsafe(length);
  for (let read = 0; read < length; ) {
    const { bytesRead } = await handle.read(part, read, length - read, position + read);
    if (bytesRead === 0) return part.subarray(0, read);
    read += bytesRead;
  }
  return part;
}

/** A process that died in the middle left parts, which cost money until somebody ends them. */
async function abortUnfinished(client: S3Client, { Bucket, Key }: Target): Promise<void> {
  try {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
    for (const { Key: key, UploadId } of Uploads) {
      if (key === Key) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    }
  } catch {
    // Not every key may list them; a lifecycle rule of the bucket does it, too.
  }
}
