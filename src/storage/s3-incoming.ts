import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { BucketParts } from './incoming.ts';
import { s3Error } from './s3-errors.ts';
import { MIN_PART_BYTES } from './s3-multipart.ts';
import { notFound } from './storage-error.ts';

type Bucket = {
  readonly client: S3Client;
  readonly targetOf: (name: string) => { readonly Bucket: string; readonly Key: string };
  /** What every object of the bucket is to have: type, encryption. */
  readonly attributesOf: (contentType: string | undefined) => Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'>;
};

const PUT_TRIES = 3;

/** Multipart uploads of S3 whose parts come from elsewhere, one request each. */
export function s3Incoming({ client, targetOf, attributesOf }: Bucket): BucketParts {
  return {
    kind: 'parts',
    leastBytes: MIN_PART_BYTES,
    async begin(name, contentType) {
      const command = new CreateMultipartUploadCommand({ ...targetOf(name), ...attributesOf(contentType) });
      const { UploadId = '' } = await client.send(command).catch(refuse(name));
      return UploadId;
    },
    async put(name, UploadId, { number, sizeBytes, contentMd5, open }, abortSignal) {
      const part = {
        ...targetOf(name),
        UploadId,
        PartNumber: number,
        ContentLength: sizeBytes,
        ContentMD5: contentMd5,
      };
      for (let tries = 1; ; tries++) {
        const Body = open();
        try {
          const options = abortSignal ? { abortSignal } : {};
          const { ETag = '' } = await client.send(new UploadPartCommand({ ...part, Body }), options);
          return ETag;
        } catch (error) {
          // The client does not send a stream again by itself.
          if (tries === PUT_TRIES || abortSignal?.aborted || !isPassing(error)) throw s3Error(name, error);
        } finally {
          Body.destroy();
        }
      }
    },
    async complete(name, UploadId, tags) {
      const Parts = tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
      const command = new CompleteMultipartUploadCommand({ ...targetOf(name), UploadId, MultipartUpload: { Parts } });
      await client.send(command).catch((error: unknown) => {
        throw isForgotten(error) ? notFound(name, error) : s3Error(name, error);
      });
    },
    async abort(name, UploadId) {
      await client.send(new AbortMultipartUploadCommand({ ...targetOf(name), UploadId })).catch((error: unknown) => {
        if (!isForgotten(error)) throw s3Error(name, error);
      });
    },
  };
}

function refuse(name: string) {
  return (error: unknown): never => {
    throw s3Error(name, error);
  };
}

const isForgotten = (error: unknown) => (error as { name?: string }).name === 'NoSuchUpload';

function isPassing(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
  return status === 0 || status === 429 || status >= 500;
}
