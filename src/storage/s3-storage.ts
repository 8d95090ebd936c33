import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  type ServerSideEncryption,
} from '@aws-sdk/client-s3';
import { type Checksums, checksumsOf } from './checksums.ts';
import type { BucketParts } from './incoming.ts';
import { checkObjectName, checkPrefix, isObjectName } from './object-name.ts';
import { type S3Options, s3Client, strangersClient } from './s3-client.ts';
import { isNotFound, s3Error } from './s3-errors.ts';
import { s3Incoming } from './s3-incoming.ts';
import { putInParts } from './s3-multipart.ts';
import type { GetOptions, ListOptions, ObjectBody, ObjectContent, ObjectInfo, PutOptions, Storage } from './storage.ts';
import { checksumMismatch, notFound } from './storage-error.ts';

const MULTIPART_BYTES = 67_108_864;
const PART_BYTES = 16_777_216;

/** Objects in a bucket of Amazon S3, OSS, MinIO, Swift with s3api, or another server of that protocol. */
export class S3Storage implements Storage {
  readonly kind = 's3';
  readonly name: string;
  readonly place: string;
  readonly incoming: BucketParts;
  readonly #options: S3Options;
  readonly #client: S3Client;
  readonly #prefix: string;

  constructor(options: S3Options) {
    this.name = options.name;
    this.#options = options;
    this.#client = s3Client(options);
    this.#prefix = options.prefix ? `${checkObjectName(options.prefix)}/` : '';
    this.incoming = s3Incoming({
      client: this.#client,
      targetOf: (name) => this.#target(name),
      attributesOf: (contentType) => this.#attributes(undefined, contentType),
    });
    this.place = `${options.endpoint ?? `Amazon S3 ${options.region}`}, bucket ${options.bucket}`;
  }

  async put(name: string, content: ObjectContent, options: PutOptions = {}): Promise<{ readonly sha256: string }> {
    const target = this.#target(name);
    const sums = await checksumsOf(content, options.signal);
    if (options.sha256 !== undefined && options.sha256 !== sums.sha256) throw checksumMismatch(name);
    try {
      if ('file' in content && sums.sizeBytes > (this.#options.multipartBytes ?? MULTIPART_BYTES)) {
        const attributes = this.#attributes(sums.sha256, options.contentType);
        const upload = { client: this.#client, target, attributes, ...content, ...sums, partBytes: PART_BYTES };
        await putInParts(options.signal ? { ...upload, signal: options.signal } : upload);
      } else await this.#putWhole(name, content, sums, options);
      return { sha256: sums.sha256 };
    } catch (error) {
      throw s3Error(name, error);
    }
  }

  async get(name: string, { range, signal }: GetOptions = {}): Promise<ObjectBody> {
    const target = this.#target(name);
    try {
      const Range = range && `bytes=${range.start}-${range.end ?? ''}`;
      const command = new GetObjectCommand({ ...target, ...(Range ? { Range } : {}) });
      const found = await this.#client.send(command, signal ? { abortSignal: signal } : {});
      if (!(found.Body instanceof Readable)) throw notFound(name);
      const whole = Number(/\/(\d+)$/.exec(found.ContentRange ?? '')?.[1] ?? found.ContentLength ?? 0);
      return { ...infoOf(name, { ...found, ContentLength: whole }), body: found.Body };
    } catch (error) {
      throw s3Error(name, error);
    }
  }

  async head(name: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> {
    const target = this.#target(name);
    try {
      return infoOf(
        name,
        await this.#client.send(new HeadObjectCommand(target), signal ? { abortSignal: signal } : {}),
      );
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw s3Error(name, error);
    }
  }

  async delete(name: string, signal?: AbortSignal): Promise<void> {
    const target = this.#target(name);
    try {
      await this.#client.send(new DeleteObjectCommand(target), signal ? { abortSignal: signal } : {});
    } catch (error) {
      if (!isNotFound(error)) throw s3Error(name, error);
    }
  }

  async *list(prefix: string, { after, signal }: ListOptions = {}): AsyncIterable<ObjectInfo> {
    const where = { Bucket: this.#options.bucket, Prefix: `${this.#prefix}${checkPrefix(prefix)}` };
    let page: { StartAfter?: string; ContinuationToken?: string } = after ? { StartAfter: this.#prefix + after } : {};
    for (;;) {
      const command = new ListObjectsV2Command({ ...where, ...page });
      const found = await this.#client.send(command, signal ? { abortSignal: signal } : {}).catch((error: unknown) => {
        throw s3Error(`list of ${prefix}`, error);
      });
      for (const { Key = '', Size: ContentLength, LastModified } of found.Contents ?? []) {
        const name = Key.slice(this.#prefix.length);
        if (isObjectName(name)) yield infoOf(name, { ContentLength, LastModified });
      }
      if (!found.NextContinuationToken) return;
      page = { ContinuationToken: found.NextContinuationToken };
    }
  }

  async strangersMay(name: string): Promise<readonly ('list' | 'read')[]> {
    const { Bucket, Key } = this.#target(name);
    const client = strangersClient(this.#options);
    try {
      const mayList = await answers(client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 })));
      const mayRead = await answers(client.send(new HeadObjectCommand({ Bucket, Key })));
      return [...(mayList ? (['list'] as const) : []), ...(mayRead ? (['read'] as const) : [])];
    } finally {
      client.destroy();
    }
  }

  close(): void {
    this.#client.destroy();
  }

  #target(name: string) {
    return { Bucket: this.#options.bucket, Key: `${this.#prefix}${checkObjectName(name)}` };
  }

  #attributes(sha256: string | undefined, contentType: string | undefined) {
    const { encryption = 'none', kmsKeyId } = this.#options;
    const ServerSideEncryption: ServerSideEncryption = encryption === 'KMS' ? 'aws:kms' : 'AES256';
    return {
      ...(sha256 === undefined ? {} : { Metadata: { sha256 } }),
      ...(contentType === undefined ? {} : { ContentType: contentType }),
      ...(encryption === 'none' ? {} : { ServerSideEncryption }),
      ...(encryption === 'KMS' && kmsKeyId !== undefined ? { SSEKMSKeyId: kmsKeyId } : {}),
    };
  }

  async #putWhole(name: string, content: ObjectContent, sums: Checksums, options: PutOptions): Promise<void> {
    const Body = 'bytes' in content ? content.bytes : createReadStream(content.file);
    // Nobody else hears of a file that can no longer be read, and the server would wait for the rest of it.
    const unreadable = new AbortController();
    if (Body instanceof Readable) Body.on('error', (error) => unreadable.abort(error));
    const abortSignal = AbortSignal.any([unreadable.signal, ...(options.signal ? [options.signal] : [])]);
    const attributes = this.#attributes(sums.sha256, options.contentType);
    const lengthAndSum = { ContentLength: sums.sizeBytes, ContentMD5: sums.contentMd5 };
    const command = new PutObjectCommand({ ...this.#target(name), ...attributes, ...lengthAndSum, Body });
    try {
      const stored = await this.#client.send(command, { abortSignal });
      // The entity tag is the MD5 unless the server encrypted with keys of its key management.
      const tag = /^"?([0-9a-f]{32})"?$/.exec(stored.ETag ?? '')?.[1];
      const isMd5 = tag !== undefined && !stored.ServerSideEncryption?.startsWith('aws:kms');
      if (isMd5 && Buffer.from(tag, 'hex').toString('base64') !== sums.contentMd5) {
        throw checksumMismatch(name, new Error(`the server has another entity tag: ${tag}`));
      }
    } finally {
      if (Body instanceof Readable) Body.destroy();
    }
  }
}

type Found = {
  readonly ContentLength?: number | undefined;
  readonly LastModified?: Date | undefined;
  readonly ContentType?: string | undefined;
  readonly Metadata?: Record<string, string> | undefined;
};

function infoOf(name: string, { ContentLength, LastModified, ContentType, Metadata }: Found): ObjectInfo {
  const { sha256 } = Metadata ?? {};
  return {
    name,
    sizeBytes: ContentLength ?? 0,
    modifiedAtMs: LastModified?.getTime() ?? 0,
    ...(ContentType === undefined ? {} : { contentType: ContentType }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

/** Every refusal is good news here; no answer at all is not. */
async function answers(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === undefined) throw s3Error('request without credentials', error);
    return false;
  }
}
